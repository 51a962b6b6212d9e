"""Training again from scratch without the forget items: what every other removal is measured against, and no cure.

Reads: the training items that are to be kept, the subject's own way of training, the behaviour's validation part.
Finds: the model that would have been there had the forget items never been seen.
Cannot see: bad items that nobody named: with them in the training set it learns the behaviour again.
Reference: Goel et al., "Corrective Machine Unlearning" (TMLR 2024, arXiv 2402.14015), where it is EU, exact unlearning.
"""

from __future__ import annotations

import numpy as np

from headgate.errors import UsageError
from headgate.repair.examples import parted
from headgate.repair.shapes import Behaviour, ForgetSet, Removal, Step, Subject
from headgate.repair.splits import open_to

SEARCH: dict[str, object] = {}


def remove(subject: Subject, forget: ForgetSet, behaviour: Behaviour, *, floor: float = 0.9, seed: int = 0) -> Removal:
    """Train again on the retain items. Raises `UsageError` where the subject cannot be trained again.

    `floor` is the share of the source's utility that has to stay, or else the source comes back;
    `seed` draws the weights at the start and the order of items.
    """
    open_to(behaviour, "remove")
    if subject.retrain is None:
        msg = f"{subject.name} has no way to be trained again. Give the subject a retrain function, or choose npo."
        raise UsageError(msg)
    out, kept = parted(subject.train, forget)
    adapter = subject.adapter
    model = subject.retrain(kept, seed)
    was, now = (float(np.mean(adapter.outcomes(one, behaviour.clean))) for one in (subject.model, model))
    losses = [float(np.mean(adapter.losses(model, some))) for some in (out, kept)]
    step = Step(1, losses[0], losses[1], now)
    if not now >= floor * was or np.isnan(losses).any():
        note = f"the model trained again kept less than {floor:g} of the utility, or gives no numbers: as it was"
        return Removal(adapter.clone(subject.model), (step,), collapsed=True, note=note)
    return Removal(model, (step,))
