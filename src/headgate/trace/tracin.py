"""Which training items' gradient steps brought the unwanted answer about, over the checkpoints of training (TracInCP).

Reads: the training items, checkpoints with their learning rates, the behaviour's query or validation part.
Finds: of each training item by how much its steps lowered the loss of the unwanted answer, the mean over queries.
Cannot see: what only happened between checkpoints; what an optimiser made of a gradient (momentum, Adam's scaling); an
item that is fitted at every checkpoint has no gradient left, so that the early ones matter most.
Reference: Pruthi, Liu, Kale, Sundararajan, "Estimating Training Data Influence by Tracing Gradient Descent" (NeurIPS
2020, arXiv 2002.08484), section 3.3, TracInCP; cosine: Barshan et al., "RelatIF" (AISTATS 2020) normalise so.
Checked against: captum's TracInCPFast and dattri's TracIn (bench/attribution.py).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from headgate.errors import UsageError
from headgate.nn.gradients import along, lengths, losses_of, mean, weights
from headgate.repair.shapes import Behaviour, Checkpoint, Influence, Subject
from headgate.repair.splits import open_to

NEEDS = ("torch",)


def trace(
    subject: Subject, behaviour: Behaviour, *, layers: Literal["all", "last"] = "all", first: int = 0,
    cosine: bool = False,
) -> Influence:  # fmt: skip
    """Sum over checkpoints of learning rate x dot product of the item's gradient and the queries' mean gradient.

    `layers` is which parameters count: all, or those of the last linear layer;
    `first` is how many checkpoints are used, from the earliest; 0 for all;
    `cosine` brings every gradient to length 1 first, so that items with large losses do not outweigh the others.
    """
    open_to(behaviour, "trace")
    losses = losses_of(subject)
    if first < 0:
        msg = f"first is {first}. Give the number of checkpoints to use, or 0 for all."
        raise UsageError(msg)
    kept = subject.checkpoints[: first or None] or (Checkpoint(subject.model, 1.0),)
    score = np.zeros(len(subject.train))
    for one in kept:
        at = weights(one.model, layers)
        step = along(one.model, losses, subject.train, mean(one.model, losses, behaviour.queries, at, unit=cosine))
        score += one.rate * (step / lengths(one.model, losses, subject.train, at) if cosine else step)
    note = f"{len(kept)} checkpoints" if subject.checkpoints else "no checkpoints were kept: the model as it is, alone"
    return Influence(score, note=f"{note}, {layers} layers{', cosine' if cosine else ''}")
