"""The Pareto frontier of an objective against a gap over the thresholds of all parts.

With two parts, or few cuts, every combination is looked at, all at once. With more, coordinate descent from many
starts: everybody at the same level, then each part in turn to its best cut while the others stay. Nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from headgate.fairness.constraints import Constraint, Objective
from headgate.fairness.counts import Floats
from headgate.fairness.cuts import Ints, Part, one_moved, product, total
from headgate.fairness.measures import rate

MOST = 62_500  # combinations that are looked at one by one
_LEVELS = 24
_COARSE = 20_000  # combinations of few cuts that starts are chosen from
_SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Frontier:
    """Points none of which is beaten, by rising `excess` and rising `value`; `chosen` (points, parts) are the cuts."""

    excess: Floats
    value: Floats
    chosen: Ints

    def best(self, bound: float) -> int:
        """The point of the highest value whose excess is at most `bound`; the one of least excess where none is."""
        # sums of the same shares in another order differ in the last digits
        return max(int(np.searchsorted(self.excess, bound + 1e-12, side="right")) - 1, 0)


def frontier(
    given: Sequence[Part], asked: Constraint, aim: Objective, bounds: Sequence[float], start: Ints
) -> Frontier:
    """The frontier of `aim` against the excess of `asked` over the cuts of the parts `given`.

    Exact where the combinations are at most `MOST`; otherwise searched for each of `bounds`. `start` (parts) is the
    baseline, which wins among equals by being nearest.
    """
    shape = [len(part.at) for part in given]
    if prod(shape) <= MOST:
        counts = product(given)
        excess, value = asked.excess(counts), aim.value(counts)
        there = _promising(excess, value)
        chosen = np.stack(np.unravel_index(there, shape), axis=-1)
        return _unbeaten(excess[there], value[there], chosen, start)
    chosen = _descended(given, asked, aim, np.asarray(bounds, dtype=np.float64), start)
    counts = total(given, chosen)
    return _unbeaten(asked.excess(counts), aim.value(counts), chosen, start)


def _promising(excess: Floats, value: Floats) -> Ints:
    """Where a point may be on the frontier: not beaten by the best of the hundredth that is nearest to equal."""
    excess, value = np.nan_to_num(excess, nan=np.inf), np.nan_to_num(value, nan=-np.inf)
    near = excess <= np.partition(excess, len(excess) // 100)[len(excess) // 100]
    return np.flatnonzero(near | (value > value[near].max()))


def _unbeaten(excess: Floats, value: Floats, chosen: Ints, start: Ints) -> Frontier:
    there = np.flatnonzero(np.isfinite(excess) & np.isfinite(value))
    far = np.abs(chosen[there] - start).sum(-1)
    order = there[np.lexsort((far, -value[there], excess[there]))]
    best = np.maximum.accumulate(value[order])
    first = np.ones(len(order), dtype=bool)
    first[1:] = best[1:] > best[:-1] + 1e-15
    return Frontier(excess[order[first]], value[order[first]], chosen[order[first]])


def _descended(given: Sequence[Part], asked: Constraint, aim: Objective, bounds: Floats, start: Ints) -> Ints:
    levels = [_level(given, asked.measures[0], one) for one in np.linspace(0, 1, _LEVELS + 1)]
    starts = np.vstack((start, *levels, *_coarse(given, asked, aim, bounds)))
    every = np.tile(np.arange(len(bounds)), len(starts))[:, None]
    seen, moving = [starts], np.hstack((np.repeat(starts, len(bounds), axis=0), every))
    for _ in range(_SWEEPS):
        before = moving = np.unique(moving, axis=0)
        chosen, bound = before[:, :-1].copy(), bounds[before[:, -1]]
        for i in range(len(given)):
            chosen[:, i] = _best_cut(given, i, chosen, asked, aim, bound)
        seen.append(chosen)
        moved = (chosen != before[:, :-1]).any(1)
        if not moved.any():
            break
        moving = np.hstack((chosen, before[:, -1:]))[moved]
    return np.unique(np.vstack(seen), axis=0)


def _coarse(given: Sequence[Part], asked: Constraint, aim: Objective, bounds: Floats) -> list[Ints]:
    """The best of all combinations of a few cuts of each part, at each of `bounds` and at twice and four times that."""
    most = int(_COARSE ** (1 / len(given)))
    if most < 2:  # with so many parts even two cuts of each are too many combinations
        return []
    kept = [np.unique(np.linspace(0, len(part.at) - 1, most).round().astype(np.intp)) for part in given]
    counts = product([part.kept(one) for part, one in zip(given, kept, strict=True)])
    excess, value = np.nan_to_num(asked.excess(counts), nan=np.inf), np.nan_to_num(aim.value(counts), nan=-np.inf)
    best = {int(np.where(excess <= bound, value, -np.inf).argmax()) for one in (1, 2, 4) for bound in one * bounds}
    at = np.unravel_index(sorted(best), [len(one) for one in kept])
    return list(np.stack([one[i] for one, i in zip(kept, at, strict=True)], axis=-1))


def _best_cut(given: Sequence[Part], i: int, chosen: Ints, asked: Constraint, aim: Objective, bound: Floats) -> Ints:
    """The best cut of part `i` in each row of `chosen` (states, parts) while the other parts stay."""
    counts = one_moved(given, i, chosen)
    excess = np.nan_to_num(asked.excess(counts), nan=np.inf)
    value = np.nan_to_num(aim.value(counts), nan=-np.inf)
    # within the bound the objective counts, outside it how far outside
    score = np.where(excess <= bound[:, None] + 1e-12, value, -1e6 - excess)
    stays = score[np.arange(len(chosen)), chosen[:, i]] >= score.max(1) - 1e-15
    return np.where(stays, chosen[:, i], score.argmax(1))


def _level(given: Sequence[Part], measure: str, level: float) -> Ints:
    """The cut of each part at which its own `measure` is nearest to `level`."""
    far = [np.abs(np.nan_to_num(rate(measure, part.counts.all)[:, 0], nan=9.0) - level) for part in given]
    return np.array([one.argmin() for one in far], dtype=np.intp)
