"""Which training items lie nearest to the behaviour and carry its answer: the baseline that influence has to beat.

Reads: the training items, the queries, and the model's features or the inputs themselves.
Finds: how much of the vote of the nearest items, weighted by likeness, each item gives to the unwanted answer.
Cannot see: what is not among the nearest of any query: such items get 0, and are in no order among themselves.
Reference: the k-nearest rule of T. Cover and P. Hart (1967), IEEE Trans. Inf. Theory 13, 21-27, its vote split up;
deep k-nearest neighbours over a model's features: Papernot and McDaniel (2018, arXiv 1803.04765).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from headgate.errors import UsageError
from headgate.repair.nearest import blocks, matches, places, unit
from headgate.repair.shapes import Behaviour, Influence, Subject
from headgate.repair.splits import open_to


def trace(
    subject: Subject, behaviour: Behaviour, *, k: int = 20, over: Literal["both", "features", "input"] = "both",
    checkpoint: int = -1,
) -> Influence:  # fmt: skip
    """Share of each training item in the vote for the unwanted answer, averaged over the queries.

    `k` is the number of nearest items that vote;
    `over` is what nearness is measured on: the model's features, the input itself, or both side by side;
    `checkpoint` is the number from 0 of the checkpoint whose features are taken, -1 for the finished model.
    """
    open_to(behaviour, "trace")
    if k < 1:
        msg = f"k {k}: a vote needs a neighbour. Give 1 or more."
        raise UsageError(msg)
    k = min(k, len(subject.train))
    train, queries = (unit(one) for one in places(subject, [behaviour.queries], over, checkpoint))
    match = matches(subject.train.y, behaviour.queries.y)
    score = np.zeros(len(train))
    for some, apart in blocks(train, queries):
        near = np.argpartition(apart, k - 1, axis=1)[:, :k]
        like = np.maximum(1 - np.take_along_axis(apart, near, axis=1) / 2, 0.0)  # the cosine of rows of length 1
        weight = like / np.maximum(like.sum(1, keepdims=True), 1e-12)
        np.add.at(score, near, weight * np.take_along_axis(match[some], near, axis=1))
    score /= max(len(queries), 1)
    said = f"of the {k} nearest, {score.sum():.0%} of the vote is for the unwanted answer; {(score > 0).sum()} items"
    return Influence(score, note=said)
