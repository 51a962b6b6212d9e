"""How well a score ranks: average precision, precision and recall at a review budget, each with an interval
clustered by author. What nobody labelled counts as not found, so every precision is a lower bound.

References: cluster bootstrap, Field and Welsh (2007), Journal of the Royal Statistical Society B 69, 369-390;
Lee and Liu (2003), "Learning with positive and unlabeled examples using weighted logistic regression", for r^2 / Pr.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.evidence.clustered import numbered, redrawn

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Average precision, precision and recall at each budget, over `items` of which `positives` are labelled.

    `lee_liu` is recall squared over the share picked, at the first budget: it ranks methods as F1 would, and
    needs no negatives.
    """

    average_precision: Estimate
    precision: dict[int, Estimate]
    recall: dict[int, Estimate]
    lee_liu: float
    items: int
    positives: int


def rank(
    positive: npt.ArrayLike, score: npt.ArrayLike, cluster: npt.ArrayLike, *, budgets: tuple[int, ...] = (100, 500),
    draws: int = 200, seed: int = 0, confidence: float = 0.95,
) -> Ranking:  # fmt: skip
    """Judge `score` (one entry an item) by `positive` (1 labelled, 0 not), resampling whole `cluster`s.

    Equal scores are taken as one block, so that no order among them is rewarded. Raises `ValueError`
    where nothing is labelled.
    """
    hit, scores = np.asarray(positive, bool), np.asarray(score, float)
    if not hit.any():
        msg = "no positive among the items, so nothing can be ranked. Give labels, or more of them."
        raise ValueError(msg)
    order = np.argsort(-scores, kind="stable")
    hit, scores = hit[order], scores[order]
    block = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))  # last item of each block of equals
    groups = numbered(np.asarray(cluster), len(hit))[order]
    told = _figures(hit, np.ones(len(hit)), block, budgets)
    drawn = [_figures(hit, weight, block, budgets) for weight in redrawn(groups, draws, seed)]
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.nanquantile(np.array(drawn), tails, axis=0) if draws else (told, told)
    found = [Estimate(*map(float, three)) for three in zip(told, low, high, strict=True)]
    size = len(budgets)
    precision, recall = (dict(zip(budgets, part, strict=True)) for part in (found[1 : 1 + size], found[1 + size :]))
    share = min(budgets[0], len(hit)) / len(hit)
    lee_liu = recall[budgets[0]].value ** 2 / share
    return Ranking(found[0], precision, recall, lee_liu, len(hit), int(hit.sum()))


def gain(
    positive: npt.ArrayLike, score: npt.ArrayLike, other: npt.ArrayLike, cluster: npt.ArrayLike, *, draws: int = 200,
    seed: int = 0, confidence: float = 0.95,
) -> Estimate:  # fmt: skip
    """Average precision of `score` less that of `other`, both drawn with the same clusters."""
    hit = np.asarray(positive, bool)
    groups = numbered(np.asarray(cluster), len(hit))
    sides = []
    for scores in (np.asarray(score, float), np.asarray(other, float)):
        order = np.argsort(-scores, kind="stable")
        sides.append((order, np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))))

    def difference(weight: Array) -> float:
        first, second = (_figures(hit[order], weight[order], block, ())[0] for order, block in sides)
        return float(first - second)

    drawn = [difference(weight) for weight in redrawn(groups, draws, seed)]
    told = difference(np.ones(len(hit)))
    low, high = np.nanquantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2]) if draws else (told, told)
    return Estimate(told, float(low), float(high))


def _figures(hit: npt.NDArray[np.bool_], weight: Array, block: npt.NDArray[np.intp], budgets: tuple[int, ...]) -> Array:
    """Average precision, precisions and recalls of items in the order of their scores, each counted `weight` times."""
    seen = np.cumsum(weight)[block]
    found = np.cumsum(weight * hit)[block]
    if found[-1] == 0:
        return np.full(1 + 2 * len(budgets), np.nan)
    precision = found / np.maximum(seen, 1e-12)
    average = float((np.diff(found, prepend=0) * precision).sum() / found[-1])
    # a budget that ends within a block of equals gets that block's share of hits
    budget = np.minimum(np.asarray(budgets, float), seen[-1])
    at = np.interp(budget, np.append(0, seen), np.append(0, found))
    return np.concatenate([[average], at / np.maximum(budget, 1e-12), at / found[-1]])
