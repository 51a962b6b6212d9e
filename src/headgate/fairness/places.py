"""Whole places for groups, with rates as near to each other as whole numbers allow: the arithmetic of `capacity`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from headgate.fairness.counts import Floats

Ints = npt.NDArray[np.int64]
Ends = Sequence[tuple[Ints, Ints]]
_NEAR = 1e-9  # rates that differ by less are the same: they are ratios of counts


def ends(counted: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """For t = 0, 1, ... the fewest and the most places of a group that reach exactly t of the rows `counted`.

    `counted` (n) goes by rank: place 1 is the first row's.
    """
    at = np.flatnonzero(counted) + 1
    return np.concatenate(([0], at)), np.concatenate((at, [len(counted) + 1])) - 1


def nearest(groups: Ends, scores: Sequence[Floats], k: int) -> Ints:
    """`k` places over groups, of which `groups` are the `ends` and `scores` the descending scores.

    The rates t / all that are counted differ least; among such places the sum of scores is highest. Every group must
    count a row, and all together have k rows.
    """
    places, worth = np.zeros(len(groups), dtype=np.int64), -np.inf
    for low, high in _windows(groups, k):
        found = _filled(scores, low, high, k)
        total = sum(float(one[:a].sum()) for one, a in zip(scores, found.tolist(), strict=True))
        if total > worth + _NEAR:
            places, worth = found, total
    return places


def _windows(groups: Ends, k: int) -> list[tuple[Ints, Ints]]:
    """The fewest and most places of each group at every pair of rates that are as near as k places allow."""
    counted = np.array([len(low) - 1 for low, _ in groups])
    rates = np.unique(np.concatenate([np.arange(one + 1) / one for one in counted.tolist()]))

    def up(rate: float) -> Ints:
        return np.ceil(rate * counted - _NEAR).astype(np.int64)

    def down(rate: float) -> Ints:
        return np.floor(rate * counted + _NEAR).astype(np.int64)

    def fewest(rate: float) -> Ints:
        return np.array([low[t] for (low, _), t in zip(groups, up(rate).tolist(), strict=True)])

    def most(rate: float) -> Ints:
        return np.array([high[t] for (_, high), t in zip(groups, down(rate).tolist(), strict=True)])

    # at the lowest rate all groups reach, k places suffice; at the highest that none exceeds, they fit
    lowest = _last(rates, lambda rate: int(fewest(rate).sum()) <= k)
    highest = len(rates) - 1 - _last(rates[::-1], lambda rate: int(most(rate).sum()) >= k)
    pairs, gap = list[tuple[float, float]](), np.inf
    for at in range(lowest, -1, -1):
        rate = float(rates[at])
        if float(rates[highest]) - rate > gap + _NEAR:
            break
        upper = max(float(rates[highest]), float((up(rate) / counted).max()))
        if upper - rate < gap - _NEAR:
            pairs, gap = [], upper - rate
        if upper - rate <= gap + _NEAR:
            pairs.append((rate, upper))
    return [(fewest(low), most(high)) for low, high in pairs]


def _last(rates: Floats, holds: Callable[[float], bool]) -> int:
    """The place of the last of `rates` at which `holds`, which holds at the first."""
    low, high = 0, len(rates)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(float(rates[middle])) else (low, middle)
    return low


def _filled(scores: Sequence[Floats], low: Ints, high: Ints, k: int) -> Ints:
    """The places from `low` to `high` of each group, `k` in all, with the highest sum of scores."""
    free = [one[a:b] for one, a, b in zip(scores, low.tolist(), high.tolist(), strict=True)]
    member = np.repeat(np.arange(len(free)), [len(one) for one in free])
    first = np.argsort(-np.concatenate(free), kind="stable")[: k - int(low.sum())]
    return low + np.bincount(member[first], minlength=len(free))
