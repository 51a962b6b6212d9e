"""The loop that every gradient-based removal runs: a loss of forget and retain batches, and a guard of the utility."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import torch

from headgate.errors import UsageError
from headgate.nn.threads import device_of, fitting
from headgate.nn.training import batches, endless, seeded
from headgate.repair.examples import parted
from headgate.repair.shapes import Behaviour, Examples, ForgetSet, Removal, Step, Subject
from headgate.repair.splits import open_to

Pair = tuple[torch.Tensor, torch.Tensor]
# (model, forget batch, retain batch) -> the loss to go down
Objective = Callable[[torch.nn.Module, Pair, Pair], torch.Tensor]

LOOKS = 4  # at the utility, in each pass
PATIENCE = 2  # passes in a row that may end below the floor: utility often dips first and comes back


def unlearn(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, objective: Objective, *, rate: float, epochs: int,
    batch: int = 32, seed: int = 0, floor: float = 0.9, model: torch.nn.Module | None = None,
) -> Removal:  # fmt: skip
    """Go down `objective` by AdamW from the subject's model (or `model`), over `epochs` passes of the retain items.

    Forget batches come round as often as it takes. Utility, the mean outcome on the clean items of `behaviour`, is
    looked at four times a pass. What comes back is the last state that kept `floor` of the source's utility: the final
    one, or else an earlier one, which counts as collapsed, or the weights at the start where there was none. It ends
    early where losses are no numbers or two passes in a row end below the floor. Raises `UsageError` for the proof
    part, a model without gradients, or settings that train nothing.
    """
    open_to(behaviour, "remove")
    trainable(rate=rate, floor=floor, epochs=epochs, batch=batch)
    losses = gradients_of(subject)
    out, kept = parted(subject.train, forget)
    changed: torch.nn.Module = subject.adapter.clone(subject.model) if model is None else model
    optimiser = torch.optim.AdamW([one for one in changed.parameters() if one.requires_grad], rate, weight_decay=0.0)
    least = floor * utility(subject, changed if model is None else subject.model, behaviour)
    generator, steps, below = np.random.default_rng(seed), list[Step](), 0
    good, share, latest = _weights(changed), 0.0, True
    with fitting(changed), seeded(seed):
        for epoch in range(1, epochs + 1):
            for part in _pass(changed, objective, optimiser, out, kept, batch, generator):
                here = utility(subject, changed, behaviour)
                latest = finite(changed) and here >= least
                if latest:
                    good, share = _weights(changed), epoch - 1 + part
            steps.append(_step(epoch, losses, changed, out, kept, here))
            below = 0 if latest else below + 1
            if below >= PATIENCE or not np.isfinite([steps[-1].forget, steps[-1].retain]).all():
                break
    if latest:
        return Removal(changed.eval(), tuple(steps))
    changed.load_state_dict(good)
    ended = f"utility fell below {floor:g} of the source's: as it was after {share:g} of {len(steps)} passes"
    return Removal(changed.eval(), tuple(steps), collapsed=True, note=ended)


def trainable(*, rate: float, floor: float, **counts: int) -> None:
    """Raise `UsageError` unless `rate` is a number above 0, `floor` is 0 to 1, and each of `counts` is 1 or more."""
    wrong = [f"{name} {value}" for name, value in counts.items() if value < 1]
    wrong += [f"rate {rate:g}"] * (not 0 < rate < float("inf")) + [f"floor {floor:g}"] * (not 0 <= floor <= 1)
    if wrong:
        msg = f"{', '.join(wrong)}: out of range. Give a rate above 0, a floor of 0 to 1, and counts of 1 or more."
        raise UsageError(msg)


def finite(model: torch.nn.Module) -> bool:
    """Whether all weights of `model`, running means included, are numbers and none is infinite."""
    return all(bool(torch.isfinite(one).all()) for one in model.state_dict().values())


def gradients_of(subject: Subject) -> Callable[..., torch.Tensor]:
    """The differentiable losses of `subject`; raises `UsageError` where its model has none."""
    if subject.adapter.item_losses is None:
        msg = f"{subject.name} is a subject of kind {subject.adapter.kind}, without gradients. Choose another method."
        raise UsageError(msg)
    return subject.adapter.item_losses


def utility(subject: Subject, model: torch.nn.Module, behaviour: Behaviour) -> float:
    """The mean outcome of `model` on the clean items of `behaviour`."""
    return float(np.mean(subject.adapter.outcomes(model, behaviour.clean)))


def _pass(
    model: torch.nn.Module, objective: Objective, optimiser: torch.optim.Optimizer, out: Examples, kept: Examples,
    batch: int, generator: np.random.Generator,
) -> Iterator[float]:  # fmt: skip
    """One pass in `LOOKS` parts; after each, the share of the pass that is done, the model in eval mode."""
    device = device_of(model)
    bad = endless(out, batch, generator, device)
    goods = batches(kept, batch, generator, device)
    number = -(-len(kept) // batch)
    ends = sorted({-(-number * part // LOOKS) for part in range(1, LOOKS + 1)})
    for start, end in zip([0, *ends], ends, strict=False):
        model.train()
        for good in islice(goods, end - start):
            optimiser.zero_grad()
            objective(model, next(bad), good).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        model.eval()
        yield end / number


def _weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return copy.deepcopy(model.state_dict())


def _step(
    number: int, losses: Callable[..., torch.Tensor], model: torch.nn.Module, out: Examples, kept: Examples, here: float
) -> Step:  # fmt: skip
    with torch.no_grad():
        means = [
            float(torch.cat([losses(model, x, y) for x, y in batches(some, 256, None, device_of(model))]).mean())
            for some in (out, kept)
        ]
    return Step(number, means[0], means[1], here)
