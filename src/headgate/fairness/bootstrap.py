"""Intervals of measures of decisions by the bootstrap, without drawing a row.

Drawing n rows again with replacement gives counts of the 4 x groups kinds of row that are one multinomial draw; so all
draws of any number of measures cost one call, whatever n is. That draw never leaves 0 or 1 where a small group stands
there, and its percentiles never reach "no gap", as a gap is never below 0: `posterior` and `gap_ends` mend these.
Reference: Efron (1979), Bootstrap methods; Rubin (1981), The Bayesian bootstrap.
Checked against: simulations of their coverage; see docs/methods/group_fairness.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from headgate.errors import UsageError
from headgate.fairness.counts import Counts, Floats

HALF = 0.5  # of a row added to each kind of row: Jeffreys' prior of a share
FEWEST = 40  # draws, of which one lies beyond each end of a 95 % interval
_MOST = 3 * 10**7  # numbers drawn


def redrawn(counts: Counts, *, draws: int = 1000, seed: int = 0, fixed: bool = False) -> Counts:
    """Counts of `draws` bootstrap samples, shape (draws, ..., groups), of unweighted `counts` of shape (..., groups).

    `fixed` keeps the size of every group as it is, as where groups were sampled apart. Raises `UsageError` where
    counts are no whole numbers, or `draws` are fewer than 40 or too many for the memory.
    """
    table = _whole(counts, draws)
    random = np.random.default_rng(seed)
    if fixed:
        cells = np.moveaxis(table, 0, -1)
        sizes = cells.sum(-1, keepdims=True)
        shares = np.divide(cells, sizes, out=np.full(cells.shape, 0.25), where=sizes > 0)
        drawn = random.multinomial(sizes[..., 0].astype(np.int64), shares, size=(draws, *cells.shape[:-1]))
        return _counts(np.moveaxis(drawn, -1, 1), counts)
    n = int(table.sum())
    return _counts(random.multinomial(n, table.ravel() / n, size=draws).reshape(draws, *table.shape), counts)


def posterior(counts: Counts, *, draws: int = 1000, seed: int = 0, prior: float = HALF) -> Counts:
    """Counts of `draws` populations that `counts` (..., groups) may come from, shape (draws, ..., groups).

    The Bayesian bootstrap with `prior` rows added to each kind of row: no rate is undefined in any draw, and a group
    in which nobody failed does not count as one in which nobody can. Raises `UsageError` as `redrawn` does.
    """
    table = _whole(counts, draws)
    drawn = np.random.default_rng(seed).standard_gamma(table + prior, size=(draws, *table.shape))
    return _counts(drawn, counts)


def ends(values: Floats, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """The percentiles of `values` (draws, ...) that leave out half of 1 - `confidence` at each end; NaN is left out."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(values, (tail, 1 - tail), axis=0)
    return np.asarray(low), np.asarray(high)


def gap_ends(
    values: Floats, drawn: Floats, gap: Callable[[Floats], Floats], *, confidence: float = 0.95
) -> tuple[float, float]:
    """Both ends of the interval of `gap(values)`, a distance that is 0 where all groups are equal.

    `values` (..., groups) are the groups' rates, `drawn` (draws, ..., groups) the same of the `posterior`. The low end
    is the gap less what chance alone adds to one in 95 of 100 draws, at most their percentile; so it reaches 0 where
    the groups may be equal.
    """
    found = float(gap(values))
    chance = float(np.quantile(gap(drawn - values), confidence))
    low, high = ends(gap(drawn), confidence=confidence)
    return min(float(low), max(0.0, found - chance)), max(float(high), found)


def enough(draws: int, size: int) -> None:
    """Raise `UsageError` where `draws` of `size` numbers are too few for an interval, or too many for the memory."""
    if not FEWEST <= draws <= max(FEWEST, _MOST // max(size, 1)):
        msg = f"{draws:,} draws of {size:,} numbers each. Give from {FEWEST} to {max(FEWEST, _MOST // max(size, 1)):,}."
        raise UsageError(msg)


def _whole(counts: Counts, draws: int) -> Floats:
    table = counts.table
    if table.ndim < 2 or (table != np.rint(table)).any() or not table.sum():
        msg = f"draws of counts of shape {table.shape}: give whole numbers for each group."
        raise UsageError(msg)
    enough(draws, table.size)
    return table


def _counts(drawn: np.ndarray[tuple[int, ...], np.dtype[np.generic]], counts: Counts) -> Counts:
    tp, fp, fn, tn = np.moveaxis(drawn, 1, 0).astype(np.float64)
    return Counts(tp, fp, fn, tn, counts.groups)
