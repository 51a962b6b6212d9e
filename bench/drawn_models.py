"""A class taken out of a diffusion model of small digits, and what each proof says of it: one seed after another.

python bench/drawn_models.py --seeds 0 1 2 [--erased 3 7 8]     (about 90 s a seed on one core)
Models after: retrained without the class (another seed), score_forgetting as it is by default and without `spread`
(SFD's own loss), the label's embedding swapped for the anchor's, the class's score negated, and a label filter.
"""

from __future__ import annotations

import argparse
import copy
import time

import torch

from headgate.nn.diffusion import LabelFilter, velocity_losses
from headgate.nn.pictures import frechet
from headgate.nn.training import train
from headgate.prove import benign_prompt_canary, composition_leak, condition_space, residual_capability
from headgate.remove.score_forgetting import classes_of, nearest, remove
from headgate.repair.examples import parted, take
from headgate.repair.shapes import Case, Check
from headgate.synthetic.drawn import drawn, subject
from tests.drawn_models import Negated, swapped

METHODS = {
    "retrained": (condition_space, residual_capability, composition_leak, benign_prompt_canary),
    "spread": (condition_space, residual_capability, composition_leak, benign_prompt_canary),
    "plain": (condition_space, residual_capability, composition_leak, benign_prompt_canary),
    "swapped": (condition_space,), "negated": (composition_leak,), "filter": (residual_capability,),
}  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    asked.add_argument("--erased", type=int, nargs="+", default=[3, 7, 8])
    given = asked.parse_args()
    torch.set_num_threads(1)
    for n, seed in enumerate(given.seeds):
        one(seed, given.erased[n % len(given.erased)])


def one(seed: int, gone: int) -> None:
    digits = drawn(seed, erased=gone)
    whole = subject(digits, seed)
    kept = parted(digits.train, digits.forget)[1]
    retrained = [whole.retrain(kept, 1_000 + 10 * seed + n) for n in range(3)]
    proof, adapter = digits.parts["proof"], whole.adapter
    began = time.process_time()
    spread = remove(whole, digits.forget, digits.parts["validation"])
    seconds = time.process_time() - began
    plain = remove(whole, digits.forget, digits.parts["validation"], spread=0.0)
    kinds = classes_of(whole, digits.forget)[1]
    exemplars = torch.from_numpy(parted(digits.train, digits.forget)[0].x).flatten(1) * 2 - 1
    anchor = nearest(whole.model, gone, kinds, exemplars)
    judged = adapter.probabilities(whole.model, proof.clean)
    print(f"seed {seed}, class {gone}, anchor {anchor}; removal {seconds:.1f} s of CPU; {spread.note}")
    print(f"drawings of kept classes shown, source: {adapter.outcomes(whole.model, proof.clean).mean():.3f}, "
          f"judged right {(judged.argmax(1) == proof.clean.y).mean():.3f}; class before "
          f"{adapter.outcomes(whole.model, proof.queries).mean():.3f}")  # fmt: skip
    afters = {"retrained": retrained[2], "spread": spread.model, "plain": plain.model,
              "swapped": swapped(whole.model, gone, anchor), "negated": Negated(whole.model, gone, anchor),
              "filter": LabelFilter(whole.model, (gone,), anchor)}  # fmt: skip
    clean = adapter.features(whole.model, proof.clean)
    for name, after in afters.items():
        label = adapter.probabilities(after, proof.queries).argmax(1) == gone
        shown = adapter.outcomes(after, proof.clean).mean()
        print(
            f"  {name}: judged the class {label.mean():.3f}, sure {adapter.outcomes(after, proof.queries).mean():.3f},"
            f" kept {shown:.3f}, Frechet {frechet(clean, adapter.features(after, proof.clean)):.3f}",
            flush=True,
        )
        case = Case(whole, after, tuple(retrained[:2]), digits.forget, proof)
        for method in METHODS[name]:
            for check in method.prove(case):
                if "step" not in check.axis and "condition " not in check.axis:
                    print("   ", words(check), flush=True)
    back = take(digits.train, [digits.train.ids.index(one) for one in digits.forget.ids[:20]])
    for name, after in {"retrained": retrained[2], "spread": spread.model, "plain": plain.model}.items():
        rates = []
        for epochs in (3, 6, 12):
            taught = copy.deepcopy(after)
            train(taught, back, velocity_losses, epochs=epochs, rate=3e-4, batch=20, seed=seed)
            rates.append(f"{adapter.outcomes(taught, proof.queries).mean():.2f}")
        print(f"  relearning {name}: after 3, 6, 12 steps on 20 pictures {', '.join(rates)}", flush=True)


def words(check: Check) -> str:
    numbers = ", ".join(f"{one:.2f}" for one in (check.before, check.after, check.reference))
    return f"{check.test} {check.axis}: {numbers} [{check.low:.2f}, {check.high:.2f}] {check.verdict}"


if __name__ == "__main__":
    main()
