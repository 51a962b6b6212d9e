"""How much stricter than asked thresholds are fitted so that what was asked holds on fresh rows too."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np

from headgate.errors import UsageError
from headgate.fairness.constraints import Constraint
from headgate.fairness.counts import Counts, Floats
from headgate.fairness.measures import RATES, SHARES, rate

FEWEST = 30  # positives of a group, or rows that a share is of, below which nothing is said to hold
_SMOOTH = 0.5  # added to each count, so that a rate of 0 or 1 has an error too
_STEP = 1e-4


def standard_error(name: str, counts: Counts) -> Floats:
    """The standard error of the measure `name` of each group, shape (..., groups), by the delta method.

    A measure m of counts n_c, each near Poisson, has the variance sum_c n_c (dm/dn_c)^2; for a share that is the
    binomial p (1 - p) / n. Counts are smoothed by 0.5.
    """
    cells = [one + _SMOOTH for one in (counts.tp, counts.fp, counts.fn, counts.tn)]
    found = np.zeros(np.shape(counts.tp))
    for i, cell in enumerate(cells):
        up, down = (
            rate(name, _counts([*cells[:i], cell + sign * _STEP, *cells[i + 1 :]], counts.groups)) for sign in (1, -1)
        )
        slope = (up - down) / (2 * _STEP)
        found += cell * slope**2
    return np.sqrt(found)


def _counts(cells: list[Floats], groups: tuple[str, ...]) -> Counts:
    tp, fp, fn, tn = cells
    return Counts(tp, fp, fn, tn, groups)


def errors_away(confidence: float, sides: int = 1) -> float:
    """How many standard errors an estimate stays away so that each of `sides` holds, all with `confidence`.

    Raises `UsageError` where that is not from 0.5 (no margin) up to below 1.
    """
    if not 0.5 <= confidence < 1:
        msg = f"a margin of {confidence:g} is no probability to hold. Give one from 0.5 (none) to 0.999."
        raise UsageError(msg)
    return NormalDist().inv_cdf(1 - (1 - confidence) / sides) if confidence > 0.5 else 0.0


def tightened(asked: Constraint, counts: Counts, confidence: float, *, fresh: float = 1.0) -> float:
    """The bound of the excess that is fitted, from `counts` (groups) at thresholds that just meet `asked`.

    `fresh` is how many fresh rows there are for each row of validation: the gap on those errs too. At least half of
    the bound is left: below that, thresholds that look nearer to equal on validation rows are mostly so by chance.
    """
    given_away = errors_away(confidence) * unequal_by_chance(asked, counts) * sqrt(1 + 1 / fresh)
    if asked.gap in ("worst", "largest"):
        return asked.bound - given_away
    return max(asked.bound - given_away, asked.bound / 2)


def too_few(counts: Counts, measures: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The groups of `counts` (groups) with fewer than `FEWEST` positives, or rows that a share of `measures` is of."""
    least = np.min([counts.positives, *(RATES[one][1](counts) for one in measures if one in SHARES)], axis=0)
    return tuple(one for one, n in zip(counts.groups, least, strict=True) if n < FEWEST)


def unequal_by_chance(asked: Constraint, counts: Counts) -> float:
    """The standard error of the excess of `asked`: of the two groups that err most, or the one where a rate counts."""
    errors = [standard_error(one, counts) for one in asked.measures]
    if asked.gap in ("worst", "largest"):
        return max(float(one.max()) for one in errors)
    pairs = max(float(np.sqrt(np.sort(one**2)[-2:].sum())) for one in errors)
    highest = max(float(np.nanmax(rate(one, counts))) for one in asked.measures) if asked.gap == "ratio" else 1.0
    return pairs / highest if highest > 0 else pairs
