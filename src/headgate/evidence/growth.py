"""Whether a share grew between two samples: its growth at the least, and Welch's test over their shards.

Reference: A. Birhane et al. (2023), Into the LAION's Den, arXiv 2311.03449 (both measures, for hateful alt-texts);
B. L. Welch (1947), The generalization of "Student's" problem when several different population variances are
involved, Biometrika 34, 28-35.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from headgate.evidence.clustered import Column
from headgate.evidence.intervals import wilson


@dataclass(frozen=True, slots=True)
class Welch:
    """Welch's t of two sets of shards: above 0 where the second mean is higher; `p` is two-sided."""

    t: float
    degrees: float
    p: float


def conservative_growth(first: tuple[int, int], second: tuple[int, int], *, confidence: float = 0.95) -> float | None:
    """(low of the second - high of the first) / high of the first, by Wilson's ends of (found, of).

    Above 0 the intervals do not meet: the share grew by so much at the least. None where either has no items.
    """
    before, after = (wilson(*one, confidence=confidence) for one in (first, second))
    if before is None or after is None:
        return None
    return (after[0] - before[1]) / before[1]


def welch(first: Column, second: Column) -> Welch | None:
    """Welch's test of the shards' shares; None where a set has fewer than two shards or nothing varies."""
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if min(len(one), len(two)) < 2:
        return None
    parts = [float(side.var(ddof=1)) / len(side) for side in (one, two)]
    if not sum(parts):
        return None
    from scipy.special import stdtr

    t = float(two.mean() - one.mean()) / sqrt(sum(parts))
    spread = sum(part**2 / (len(side) - 1) for part, side in zip(parts, (one, two), strict=True))
    degrees = sum(parts) ** 2 / spread
    return Welch(t, degrees, float(2 * stdtr(degrees, -abs(t))))
