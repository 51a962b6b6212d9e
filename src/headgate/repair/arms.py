"""Clusters as the arms of a bandit: where to spend a budget of dear evaluations, such as influence or human review.

Reference: Zhang et al., "Harnessing Diversity for Important Data Selection in Pretraining Large Language Models"
(Quad, ICLR 2025, arXiv 2409.16986), section 3: a cluster's score is its mean so far plus an upper confidence term.
P. Auer, N. Cesa-Bianchi and P. Fischer (2002), Machine Learning 47, 235-256 (UCB1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.evidence.clustered import t_quantile
from headgate.repair.shapes import Doubles

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a budget bought: items looked at, in order, and their values; of each cluster (named 0, 1, ...) how many,
    the mean and its interval, by Student's t (the mean itself where all were looked at, and nan where none were).

    `regret` is what the best use of the same budget would have brought more, by the means as estimated, a look.
    """

    items: Places
    values: Doubles
    looks: Places
    mean: Doubles
    low: Doubles
    high: Doubles
    regret: float


def spend(
    clusters: npt.ArrayLike, score: Callable[[Places], Doubles], budget: int, *, seed: int = 0, batch: int = 1,
    explore: float = 0.5, confidence: float = 0.95,
) -> Spent:  # fmt: skip
    """Look at `budget` items: one of each cluster first, then `batch` at a time of the most promising cluster.

    `clusters` numbers each item's cluster from 0; `score` gives the values of items, and is never asked twice for
    one. Promise is the mean so far + `explore` x spread of all values x sqrt(2 ln(looks) / looks at the cluster).
    Within a cluster items are drawn at random by `seed`, none twice. Raises `UsageError` for a budget that does not
    reach every cluster.
    """
    code = np.asarray(clusters, np.intp)
    sizes = np.bincount(code)
    budget = min(budget, len(code))
    if budget < np.count_nonzero(sizes) or batch < 1:
        msg = f"a budget of {budget} for {np.count_nonzero(sizes)} clusters, {batch} at a time. Give one look each."
        raise UsageError(msg)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(code))
    waiting = [order[code[order] == one] for one in range(len(sizes))]
    looks, sums = np.zeros(len(sizes), np.intp), np.zeros(len(sizes))
    items: list[Places] = []
    values: list[Doubles] = []

    def look(some: Places) -> None:
        found = np.asarray(score(some), float)
        np.add.at(looks, code[some], 1)
        np.add.at(sums, code[some], found)
        items.append(some)
        values.append(found)

    look(np.asarray([one[0] for one in waiting if len(one)], np.intp))
    while (done := int(looks.sum())) < budget:
        spread = np.concatenate(values).std()
        with np.errstate(divide="ignore", invalid="ignore"):
            promise = sums / looks + explore * spread * np.sqrt(2 * np.log(done) / looks)
        promise[looks >= sizes] = -np.inf
        best = int(np.argmax(promise))
        look(waiting[best][looks[best] :][: min(batch, budget - done)])
    return _told(code, np.concatenate(items), np.concatenate(values), confidence)


def _told(code: Places, items: Places, values: Doubles, confidence: float) -> Spent:
    sizes = np.bincount(code)
    mine = code[items]
    looks = np.bincount(mine, minlength=len(sizes))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(mine, values, len(sizes)) / looks
    # the spread within clusters is pooled: most have few looks, some one; where all have one, it is that of all values
    free = len(items) - int(np.count_nonzero(looks))
    about = mean[mine] if free else values.mean()
    free = free or len(items) - 1
    pooled = float(((values - about) ** 2).sum() / free) if free else np.inf
    left = 1 - looks / np.maximum(sizes, 1)
    squared = np.where(left > 0, pooled, 0.0) * left / np.maximum(looks, 1)  # 0 once all were looked at
    half = t_quantile(max(free, 1), confidence) * np.sqrt(squared)
    return Spent(items, values, looks, mean, mean - half, mean + half, _regret(sizes, mean, values))


def _regret(sizes: Places, mean: Doubles, values: Doubles) -> float:
    """By the means as estimated: the best clusters emptied one after the other, less what was found, a look."""
    best, left = 0.0, len(values)
    for cluster in np.argsort(-np.nan_to_num(mean, nan=-np.inf), kind="stable"):
        taken = min(int(sizes[cluster]), left)
        if taken:
            best += taken * float(mean[cluster])
            left -= taken
    return (best - float(values.sum())) / max(len(values), 1)
