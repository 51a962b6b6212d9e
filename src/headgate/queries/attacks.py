"""Guesses of one secret from the answers to pairs of queries, by likelihood ratio: above 0 says the second value.

Answers of a person: `differential` (pairs, 2 values, 2 queries), `cloning` (pairs, dummies, 2 values, 2 queries), NaN
where there was none.
Reference: Gadotti et al. (2019), arXiv 1804.06752. Where the person is not counted, both queries of a pair count the
same people, and the noise drawn from these cancels; where the person is, it does not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROUNDING = 1 / 6  # variance that rounding two answers adds to their difference


def differential(answers: Floats, shared: Ints, apart: Ints) -> float:
    """Log likelihood ratio from `answers` (pairs, values, 2) to pairs of `shared` conditions each, apart by `apart`.

    The difference of a pair is normal: of mean 0 and variance 2 where the person is not counted, of mean 1 and
    variance 2 more for each of the conditions shared and the secret where the person is. The half that the condition
    `apart` itself draws is common to all pairs apart by it. `values` may be both or the second alone.
    """
    gap = answers[..., 0] - answers[..., 1]
    values = gap.shape[1]
    group, layers = np.repeat(apart, values), np.repeat(shared + 1, values)
    second = np.tile(np.arange(values) == values - 1, len(gap))
    flat, there = gap.ravel(), ~np.isnan(gap).ravel()
    if not there.any():
        return 0.0
    ways = [_likelihood(flat[there], counted[there], layers[there], group[there]) for counted in (second, ~second)]
    if values == 1:  # then "the first value" says that no pair counts the person
        ways[1] = _likelihood(flat[there], np.zeros(there.sum(), dtype=bool), layers[there], group[there])
    return ways[0] - ways[1]


def cloning(answers: Floats) -> float:
    """Log likelihood ratio from `answers` (pairs, dummies, values, 2): queries repeated with conditions without effect.

    Where the person is not counted, a dummy condition draws the same noise in both queries, and the difference is the
    same for all dummies, up to rounding; where the person is, its variance is 2 more.
    """
    gap = answers[..., 0] - answers[..., 1]
    there = ~np.isnan(gap)
    number = there.sum(1)  # (pairs, values)
    mean = np.where(there, gap, 0).sum(1) / np.maximum(number, 1)
    spread = (np.where(there, gap - mean[:, None], 0) ** 2).sum(1)
    free = np.maximum(number - 1, 0)
    counted = -free / 2 * np.log(2 + ROUNDING) - spread / (2 * (2 + ROUNDING))
    not_counted = -free / 2 * np.log(ROUNDING) - spread / (2 * ROUNDING)
    ratio = (counted - not_counted).sum(0)
    return float(ratio[-1] - ratio[0]) if len(ratio) > 1 else float(ratio[0])


def features(one: Floats, other: Floats) -> Floats:
    """What a classifier may learn from: figures of the answers to both kinds of queries by value, and differences.

    Shape (24,): no likelihood is assumed, so that noise of another shape, rounding and missing answers count too.
    """
    by_value = np.stack([_figures(one[:, value], other[:, :, value]) for value in (0, 1)])
    return np.concatenate((by_value[0], by_value[1], by_value[1] - by_value[0]))


def _figures(pairs: Floats, clones: Floats) -> Floats:
    gap, copied = pairs[..., 0] - pairs[..., 1], clones[..., 0] - clones[..., 1]
    there = ~np.isnan(copied)
    centre = _mean(copied, axis=1)
    return np.array([
        _mean(gap), _mean(abs(gap)), _mean(gap**2), _mean(np.where(np.isnan(gap), np.nan, gap == 0)),
        float(np.isnan(pairs[..., 0]).mean()) if pairs.size else 0.0,
        float(np.isnan(pairs[..., 1]).mean()) if pairs.size else 0.0,
        _mean(np.where(there, copied, np.nan)), _mean(np.where(there, (copied - centre[:, None]) ** 2, np.nan)),
    ])  # fmt: skip


def _mean(values: Floats, axis: int | None = None) -> Floats:
    there = ~np.isnan(values)
    return np.asarray(np.where(there, values, 0).sum(axis) / np.maximum(there.sum(axis), 1), dtype=np.float64)


def _likelihood(gap: Floats, counted: npt.NDArray[np.bool_], layers: Ints, group: Ints) -> float:
    """Log likelihood but for a constant: normal with own variances and one shared draw of variance 1 for each group."""
    own = 1 + ROUNDING + np.where(counted, 2 * layers, 0)
    off = gap - counted
    weight = np.bincount(group, 1 / own)
    pull = np.bincount(group, off / own)
    fit = (off**2 / own).sum() - (pull**2 / (1 + weight)).sum()
    return float(-(np.log(own).sum() + np.log1p(weight).sum() + fit) / 2)
