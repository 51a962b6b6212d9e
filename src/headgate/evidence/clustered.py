"""A share among items that are weighted or come in groups, with a Wilson interval on the effective number of items.

The linearised variance of a ratio, summed by group, gives the number of independent items that would be as
uncertain; Wilson's interval on that number stays within 0 and 1 and has a width where nothing was found.

Reference: E. L. Korn and B. I. Graubard (1998), Confidence intervals for proportions with small expected number
of positive counts estimated from survey data, Survey Methodology 24, 193-201 (the effective size and its t factor; they
put the exact interval on it where we put Wilson's).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.evidence.intervals import wilson

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Column: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1, its interval, and the number of independent items that would be as uncertain."""

    estimate: float
    low: float
    high: float
    effective: float


def share(
    hits: Column, *, weights: Column | None = None, groups: Column | None = None, confidence: float = 0.95
) -> Share | None:
    """The weighted share of `hits` (0 or 1 for each item); None where there are fewer than two groups.

    `weights` are positive, any scale; `groups` are what may vary together (authors, say): any labels, one for each
    item.
    Raises `ValueError` for arrays that do not match.
    """
    values = np.asarray(hits, dtype=float)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    if values.ndim != 1 or weight.shape != values.shape or (groups is not None and len(groups) != len(values)):
        msg = f"{values.shape} hits do not match their weights or groups. Give one of each for every item."
        raise ValueError(msg)
    if not np.isin(values, (0, 1)).all() or not (weight > 0).all():
        msg = "A hit is neither 0 nor 1, or a weight is not above 0. Give such values only."
        raise ValueError(msg)
    code = numbered(groups, len(values))
    if not len(code) or not code.max():
        return None
    estimate = min(1.0, float(weight @ values / weight.sum()))
    weight = weight / weight.sum()
    residuals, sizes = np.bincount(code, weight * (values - estimate)), np.bincount(code, weight)
    effective = _effective(estimate, len(values), residuals, sizes, confidence)
    ends = wilson(estimate * effective, effective, confidence=confidence)
    assert ends is not None
    return Share(estimate, *ends, effective)


def numbered(groups: Column | None, items: int) -> Ints:
    """Each item's group as a number from 0; every item is a group of its own without `groups`."""
    if groups is None:
        return np.arange(items)
    return np.asarray(np.unique(np.asarray(groups), return_inverse=True)[1], dtype=np.int64)


def redrawn(groups: Ints, draws: int, seed: int) -> Iterator[Floats]:
    """How often each item counts when as many groups as there are, see `numbered`, are drawn with replacement."""
    rng, number = np.random.default_rng(seed), int(groups.max()) + 1
    for _ in range(draws):
        yield np.bincount(rng.integers(0, number, number), minlength=number)[groups].astype(float)


def _effective(estimate: float, items: int, residuals: Column, sizes: Column, confidence: float) -> float:
    """The effective number of items, from the groups' residuals and sizes (both parts of 1)."""
    degrees = len(sizes) - 1
    variance = float(residuals @ residuals) * len(sizes) / degrees
    if variance < 1e-15 or not 0 < estimate < 1:
        # Nothing varies, so nothing tells how alike a group is: as if its items were all one.
        return 1 / float(sizes @ sizes)
    fewer = NormalDist().inv_cdf((1 + confidence) / 2) / t_quantile(degrees, confidence)
    return min(estimate * (1 - estimate) / variance, items) * fewer**2


def t_quantile(degrees: int, confidence: float) -> float:
    """How many standard errors an interval reaches to each side, its variance estimated with `degrees` of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + confidence) / 2))
