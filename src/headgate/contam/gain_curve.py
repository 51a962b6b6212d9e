"""How much better a model does on a benchmark for what of it stood in its training data, by threshold.

For a threshold t the items that score t or more are contaminated, the others clean. The estimated gain is the mean
result over all items less the mean over clean ones. Its significance z is measured against a clean set drawn at
random, of the same size; the threshold with the largest z is chosen. Thresholds that leave fewer than `least_clean`
clean items are left out.

Three guards: `p` says how often results shuffled among the items reach as large a z at any threshold; `held_out` is
the gain at thresholds chosen on the other half of the items, so choice alone gains nothing; `matched` compares
only items of like difficulty, where that is given (a model that saw none of the data can tell it). Without it a
gain may mean that contaminated items are easy.

Reference: A. K. Singh et al. (2024), arXiv 2411.03923 (gain, z); P. H. Westfall and S. S. Young (1993),
Resampling-Based Multiple Testing (the largest of many statistics under permutation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEVELS = 10  # of difficulty
MOST = 100  # thresholds


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold: how many items are contaminated and clean, the gain with its 95 % bootstrap band, and z."""

    threshold: float
    contaminated: int
    clean: int
    gain: float
    low: float
    high: float
    z: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The gain at every threshold; `chosen` is the point of largest z, None where there is nothing to choose from.

    `matched` is the gain at the chosen point among items of like difficulty, None where that is not given or no
    level has both kinds; `matched_items` counts the contaminated items that had clean ones to compare with.
    """

    points: tuple[Point, ...]
    chosen: Point | None
    p: float
    held_out: float
    items: int
    matched: float | None = None
    matched_items: int = 0


def curve(
    scores: npt.ArrayLike, results: npt.ArrayLike, *, difficulty: npt.ArrayLike | None = None, least_clean: int = 30,
    draws: int = 1000, seed: int = 0,
) -> Curve:  # fmt: skip
    """The gain curve of one model on items of contamination `scores` and `results` (one each; NaN: left out).

    Raises `ValueError` for arrays that do not match.
    """
    score, result = np.asarray(scores, float), np.asarray(results, float)
    hard = np.zeros(len(score)) if difficulty is None else np.asarray(difficulty, float)
    if score.ndim != 1 or score.shape != result.shape or score.shape != hard.shape:
        msg = f"{score.shape} scores do not match {result.shape} results or {hard.shape} difficulties. Give one each."
        raise ValueError(msg)
    known = np.isfinite(score) & np.isfinite(result) & np.isfinite(hard)
    score, result, hard = score[known], result[known], hard[known]
    thresholds = _thresholds(score, least_clean)
    if not len(thresholds):
        return Curve((), None, 1.0, 0.0, len(score))
    rng = np.random.default_rng(seed)
    group = np.searchsorted(thresholds, score, "right")  # clean at the thresholds from this one on
    gains, z = _gains(group, result, len(thresholds))
    low, high = _band(group, result, len(thresholds), draws, rng)
    clean = np.cumsum(np.bincount(group, minlength=len(thresholds)))[: len(thresholds)]
    columns = zip(
        thresholds.tolist(), clean.tolist(), gains.tolist(), low.tolist(), high.tolist(), z.tolist(), strict=True
    )
    points = tuple(Point(at, len(score) - k, k, *estimate) for at, k, *estimate in columns)
    best = int(np.argmax(z))
    level = _levels(hard)
    p = _p_value(group, result, level, len(thresholds), float(z[best]), draws, rng)
    held_out = _held_out(group, result, len(thresholds), least_clean, rng)
    chosen = points[best]
    if difficulty is None:
        return Curve(points, chosen, p, held_out, len(score))
    matched, compared = _matched(score >= chosen.threshold, result, level)
    return Curve(points, chosen, p, held_out, len(score), matched, compared)


def _thresholds(score: Floats, least_clean: int) -> Floats:
    """The distinct scores above 0 with enough items below each; spread evenly over the items if there are too many."""
    ordered = np.sort(score)
    found = np.unique(score[score > 0])
    found = found[np.searchsorted(ordered, found, "left") >= max(1, least_clean)]
    if len(found) > MOST:
        found = found[np.unique(np.linspace(0, len(found) - 1, MOST).round().astype(int))]
    return found


def _gains(group: Ints, result: Floats, count: int) -> tuple[Floats, Floats]:
    """The gain and its z at each of `count` thresholds; NaN gain and no z where nothing is clean."""
    items = len(result)
    clean = np.cumsum(np.bincount(group, minlength=count + 1))[:count]
    total = np.cumsum(np.bincount(group, weights=result, minlength=count + 1))[:count]
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = result.mean() - total / clean
        error = np.sqrt(result.var(ddof=1) / clean * (1 - clean / items)) if items > 1 else np.zeros(count)
        z = gain / error
    return gain, np.where(np.isfinite(z), z, 0.0)


def _band(group: Ints, result: Floats, count: int, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    made = np.empty((draws, count))
    for row in made:
        pick = rng.integers(0, len(result), len(result))
        row[:] = _gains(group[pick], result[pick], count)[0]
    made[np.isnan(made)] = 0.0  # a draw without a clean item tells of no gain
    low, high = np.quantile(made, [0.025, 0.975], axis=0)
    return low, high


def _p_value(
    group: Ints, result: Floats, level: Ints, count: int, z: float, draws: int, rng: np.random.Generator
) -> float:
    """How often the largest z of results shuffled among items of the same level is `z` or more."""
    sorted_ = np.argsort(level, kind="stable")
    reached = 0
    for _ in range(draws):
        shuffled = np.empty(len(result))
        shuffled[sorted_] = result[np.lexsort((rng.random(len(result)), level))]
        reached += _gains(group, shuffled, count)[1].max() >= z - 1e-12
    return (1 + reached) / (1 + draws)


def _held_out(
    group: Ints, result: Floats, count: int, least_clean: int, rng: np.random.Generator, rounds: int = 20
) -> float:
    """The mean gain on one half of the items at the threshold chosen on the other."""
    found: list[float] = []
    for _ in range(rounds):
        order = rng.permutation(len(result))
        halves = order[: len(order) // 2], order[len(order) // 2 :]
        for choose, judge in (halves, halves[::-1]):
            if len(choose) < 2:
                continue
            z = _gains(group[choose], result[choose], count)[1]
            clean = np.cumsum(np.bincount(group[choose], minlength=count + 1))[:count]
            z[clean < max(1, least_clean // 2)] = -np.inf
            gain = _gains(group[judge], result[judge], count)[0][int(np.argmax(z))]
            found.append(0.0 if np.isnan(gain) else float(gain))
    return float(np.mean(found)) if found else 0.0


def _levels(hard: Floats) -> Ints:
    """Items of like difficulty: at most `LEVELS` groups of about equal size."""
    cuts = np.unique(np.quantile(hard, np.linspace(0, 1, LEVELS + 1)[1:-1]))
    return np.searchsorted(cuts, hard, "right").astype(np.int64)


def _matched(contaminated: npt.NDArray[np.bool_], result: Floats, level: Ints) -> tuple[float | None, int]:
    total, compared = 0.0, 0
    for one in np.unique(level):
        mine, clean = (level == one) & contaminated, (level == one) & ~contaminated
        if mine.any() and clean.any():
            total += mine.sum() * (result[mine].mean() - result[clean].mean())
            compared += int(mine.sum())
    return (float(total / len(result)), compared) if compared else (None, 0)
