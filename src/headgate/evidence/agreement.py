"""Agreement of two labellers: raw agreement and Cohen's kappa with an interval.

Reference: J. Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement
20, 37-46; J. L. Fleiss, J. Cohen and B. S. Everitt (1969), Large sample standard errors of kappa and weighted kappa,
Psychological Bulletin 72, 323-327.
Checked against: the skin condition table of the SAS/STAT manual, "The FREQ Procedure" (0.3449, standard error
0.0724), and table 2 of E. Kavanagh et al. (2009), BMC Cancer 9:1 (0.906, standard error 0.092).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from headgate.evidence.clustered import Column, Floats
from headgate.evidence.intervals import wilson

_ROUNDING = 1e-14


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two labellers agree. What is undefined is None: kappa for one category, everything without items.

    `error` is the large-sample standard error of the published formula; the interval is wider where that fails.
    """

    items: int
    agreed: float | None
    agreed_low: float | None
    agreed_high: float | None
    by_chance: float | None
    kappa: float | None
    low: float | None
    high: float | None
    error: float | None


def agreement(first: Column, second: Column, *, confidence: float = 0.95) -> Agreement:
    """Agreement of two labellers, whose labels of the same items (any categories, no order) are `first` and `second`.

    Kappa is undefined, and None, where only one category was ever used. Items have to be independent of each other.
    Raises `ValueError` for unequal lengths.
    """
    if len(first) != len(second):
        msg = (
            f"{len(first)} labels cannot be compared with {len(second)}. Give both labellers' labels of the same items."
        )
        raise ValueError(msg)
    items = len(first)
    if not items:
        return Agreement(0, None, None, None, None, None, None, None, None)
    codes = np.unique(np.concatenate([np.asarray(first), np.asarray(second)]), return_inverse=True)[1]
    kinds = int(codes.max()) + 1
    counts = np.bincount(codes[:items] * kinds + codes[items:], minlength=kinds * kinds).reshape(kinds, kinds)
    agreed, chance = _agreed(counts / items), _by_chance(counts / items)
    ends = wilson(int(np.trace(counts)), items, confidence=confidence)
    assert ends is not None
    if kinds == 1:
        return Agreement(items, agreed, *ends, chance, None, None, None, None)
    return Agreement(items, agreed, *ends, chance, kappa(counts), *_ends(counts, confidence), kappa_error(counts))


def kappa(counts: Column) -> float:
    """Cohen's kappa of a square table of counts, one labeller down and the other across, not all in one cell."""
    table = counts / counts.sum()
    return (_agreed(table) - _by_chance(table)) / (1 - _by_chance(table))


def _ends(counts: Column, confidence: float) -> tuple[float, float]:
    """Both ends of kappa's interval, kappa between them.

    Two imagined items spread over all cells keep the error above 0 where the labellers agree in everything or one never
    varies. There the published error is 0 and a bootstrap finds 0 too.
    """
    spread = counts + 2 / counts.size
    half = NormalDist().inv_cdf((1 + confidence) / 2) * max(kappa_error(counts), kappa_error(spread))
    found, centre = kappa(counts), kappa(spread)
    return min(found, max(-1.0, centre - half)), max(found, min(1.0, centre + half))


def kappa_error(counts: Column) -> float:
    """The large-sample standard error of kappa from a square table of counts, by Fleiss, Cohen and Everitt."""
    items = counts.sum()
    table: Floats = counts / items
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    chance = _by_chance(table)
    found = kappa(counts)
    same = np.diag(table) @ (1 - (rows + columns) * (1 - found)) ** 2
    crossed = table * (columns[:, None] + rows[None, :]) ** 2
    apart = (1 - found) ** 2 * (crossed.sum() - np.trace(crossed))
    spread = float(same + apart - (found - chance * (1 - found)) ** 2)
    # the terms are about 1, so that what is left below this is rounding
    return sqrt(spread / items) / (1 - chance) if spread > _ROUNDING else 0.0


def _agreed(table: Floats) -> float:
    return float(np.trace(table))


def _by_chance(table: Floats) -> float:
    return float(table.sum(axis=1) @ table.sum(axis=0))
