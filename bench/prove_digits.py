"""What behaviour_rate and membership say of poisoned digits: before, after NPO, and of a model that was retrained.

python bench/prove_digits.py [--seeds 5] [--references 5]. A retrained model stands in for `after` once, so that its
verdicts are false alarms; none of them is among the references.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict

import numpy as np

from headgate.nn.adapters import CLASSES, class_losses
from headgate.nn.networks import convolutional
from headgate.nn.training import train
from headgate.prove import behaviour_rate, membership
from headgate.remove.npo import remove
from headgate.repair.examples import parted
from headgate.repair.shapes import Case, Check, Examples, ForgetSet, Model, Subject
from headgate.synthetic.digits import poisoned


def trained(items: Examples, seed: int) -> Model:
    """A small net on `items`."""
    model = convolutional((1, 8, 8), 10, seed=seed)
    train(model, items, class_losses, epochs=20, rate=3e-3, seed=seed)
    return model


def checks(case: Case) -> dict[str, Check]:
    """All checks of the two tests, in each of their ways, by name."""
    found = {f"behaviour_rate {one.axis}": one for one in behaviour_rate.prove(case)}
    for unseen in ("clean", "queries"):
        for attack in ("loss", "ratio"):
            for one in membership.prove(case, unseen=unseen, attack=attack):  # type: ignore[arg-type]
                found[f"membership {one.axis or 'area'}, {unseen}, {attack}"] = one
    return found


def main() -> None:
    """Print, of each check and model, its mean over seeds with t intervals, and how often each verdict came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--references", type=int, default=5)
    given = parser.parse_args()
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    verdicts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for seed in range(given.seeds):
        planted = poisoned(seed)
        forget = ForgetSet(planted.bad, "planted", 1.0)
        kept = parted(planted.train, forget)[1]
        subject = Subject("digits", trained(planted.train, seed), planted.train, CLASSES, (), trained)
        references = tuple(trained(kept, 1000 + 50 * seed + n) for n in range(given.references))
        models = {"before": subject.model, "npo": remove(subject, forget, planted.parts["validation"]).model,
                  "retrained": trained(kept, 5000 + seed)}  # fmt: skip
        for name, after in models.items():
            for what, one in checks(Case(subject, after, references, forget, planted.parts["proof"])).items():
                verdicts[what, name][one.verdict] += 1
                if one.after is not None and one.reference is not None:
                    values[what, name].append(one.after)
                    values[what, "reference"].append(one.reference)
    for what in dict.fromkeys(what for what, _ in verdicts):
        for name in ("reference", "before", "npo", "retrained"):
            print(what, "|", name, "|", _interval(values[what, name]), "|", dict(verdicts[what, name]))


def _interval(found: list[float]) -> str:
    from scipy.stats import t

    if not found:
        return "-"
    half = t.ppf(0.975, len(found) - 1) * np.std(found, ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.nan
    return f"{np.mean(found):.3f} +- {half:.3f}"


if __name__ == "__main__":
    main()
