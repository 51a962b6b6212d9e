"""From a score to a probability with an interval: shares in bins of the score, monotone, clustered by author.

References: Zadrozny and Elkan (2001), histogram binning; Kumar, Liang and Ma (2019), "Verified uncertainty
calibration": the error of binned probabilities can be measured, that of continuous ones cannot; Naeini,
Cooper and Hauskrecht (2015), expected calibration error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.evidence.clustered import numbered, redrawn
from headgate.evidence.intervals import wilson
from headgate.evidence.ranking import Estimate

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bins of a score: `edges` are the inner bounds, and each bin has its share of positives, interval and items.

    The interval is of the share among artifacts with such a score, not of one artifact's own truth.
    """

    edges: Array
    share: Array
    low: Array
    high: Array
    items: npt.NDArray[np.int64]


def calibrate(
    score: npt.ArrayLike, positive: npt.ArrayLike, cluster: npt.ArrayLike, weight: npt.ArrayLike | None = None,
    *, least: int = 50, bins: int = 20, confidence: float = 0.95,
) -> Calibration:  # fmt: skip
    """Bins of `score` and the share of `positive` (1 or 0) in each, each item counted `weight` times.

    Half of the bins lie between the quantiles of the positives' scores, half between those of all, none holds
    fewer than `least` items; neighbours whose shares fall are pooled. The interval is Wilson's, at the number
    of independent items that the spread between clusters and the weights leave. Raises `ValueError`
    without items.
    """
    scores, hits = np.asarray(score, float), np.asarray(positive, float)
    if not len(scores):
        msg = "no labelled items to calibrate on. Review some first."
        raise ValueError(msg)
    weights = np.ones(len(scores)) if weight is None else np.asarray(weight, float)
    place = np.searchsorted(_edges(scores, hits > 0, bins, least), scores, side="right")
    edges, place = _monotone(scores, hits, weights, place, least)
    number = len(edges) + 1
    total = np.bincount(place, weights, number)
    share = np.bincount(place, weights * hits, number) / total
    items = np.bincount(place, minlength=number)
    independent = _independent(hits - share[place], weights, np.asarray(cluster), place, share, number)
    ends = [wilson(found * of, of, confidence=confidence) for found, of in zip(share, independent, strict=True)]
    low, high = np.array(ends, float).T
    return Calibration(edges, share, low, high, items)


def apply(calibration: Calibration, score: npt.ArrayLike) -> tuple[Array, Array, Array]:
    """Probability, low and high of each score."""
    place = np.searchsorted(calibration.edges, np.asarray(score, float), side="right")
    return calibration.share[place], calibration.low[place], calibration.high[place]


def expected_error(probability: npt.ArrayLike, positive: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Expected calibration error: mean distance of stated probability and found share over equal probabilities."""
    stated, hits = np.asarray(probability, float), np.asarray(positive, float)
    weights = np.ones(len(stated)) if weight is None else np.asarray(weight, float)
    values, place = np.unique(stated, return_inverse=True)
    off = np.bincount(place.ravel(), weights * hits) - values * np.bincount(place.ravel(), weights)
    return float(np.abs(off).sum() / weights.sum())


def error_interval(
    probability: npt.ArrayLike, positive: npt.ArrayLike, cluster: npt.ArrayLike, *, draws: int = 200, seed: int = 0,
    confidence: float = 0.95,
) -> Estimate:  # fmt: skip
    """`expected_error` with an interval from draws of whole clusters; chance alone makes it more than 0."""
    stated, hits = np.asarray(probability, float), np.asarray(positive, float)
    drawn = [
        expected_error(stated[weight > 0], hits[weight > 0], weight[weight > 0])
        for weight in redrawn(numbered(np.asarray(cluster), len(stated)), draws, seed)
    ]
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(expected_error(stated, hits), float(low), float(high))


def _edges(scores: Array, hits: npt.NDArray[np.bool_], bins: int, least: int) -> Array:
    half = max(1, min(bins, len(scores) // least) // 2)
    inner = np.linspace(0, 1, half + 1)[1:-1] if half > 1 else np.array([0.5])
    of_all = np.quantile(scores, inner)
    return np.unique(np.concatenate([of_all, np.quantile(scores[hits], inner)]) if hits.any() else of_all)


def _monotone(
    scores: Array, hits: Array, weights: Array, place: npt.NDArray[np.intp], least: int
) -> tuple[Array, npt.NDArray[np.intp]]:
    """Pool neighbouring bins until each has `least` items and shares never fall."""
    pools: list[list[float]] = []  # weight, weight of hits, items, lowest score
    for bin_ in np.unique(place):
        here = place == bin_
        pools.append([weights[here].sum(), (weights * hits)[here].sum(), float(here.sum()), scores[here].min()])
        while len(pools) > 1 and (pools[-2][2] < least or pools[-1][1] * pools[-2][0] <= pools[-2][1] * pools[-1][0]):
            _pool(pools)
    if len(pools) > 1 and pools[-1][2] < least:
        _pool(pools)
    edges = np.array([pool[3] for pool in pools[1:]])
    return edges, np.searchsorted(edges, scores, side="right")


def _pool(pools: list[list[float]]) -> None:
    """Take the highest pool into the one below it."""
    upper = pools.pop()
    pools[-1][:3] = [of + more for of, more in zip(pools[-1][:3], upper[:3], strict=True)]


def _independent(
    off: Array, weights: Array, cluster: npt.NDArray[np.generic], place: npt.NDArray[np.intp], share: Array, number: int
) -> Array:
    """Items that would give the same variance of each bin's share if all were independent and weighed the same."""
    cells, cell = np.unique(numbered(cluster, len(off)) * number + place, return_inverse=True)
    sums = np.bincount(cell.ravel(), weights * off)
    bin_of = (cells % number).astype(np.intp)
    squares = np.bincount(bin_of, sums**2, number)
    clusters = np.bincount(bin_of, minlength=number)
    total = np.bincount(place, weights, number)
    simple = total**2 / np.maximum(np.bincount(place, weights**2, number), 1e-12)
    variance = squares / np.maximum(total, 1e-12) ** 2 * clusters / np.maximum(clusters - 1, 1)
    spread = share * (1 - share)
    clustered = np.where((variance > 0) & (clusters > 1), spread / np.maximum(variance, 1e-300), simple)
    # where every item agrees nothing is known of the spread between clusters: each then counts once
    clustered = np.where(spread == 0, np.minimum(clusters, simple), clustered)
    return np.asarray(np.minimum(clustered, simple))
