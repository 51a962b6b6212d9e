"""What artifacts state held against what they inherit: kept, open or broken, over all of a hub at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.graph import Ints
from headgate.licences import duties as algebra
from headgate.licences.duties import ASKS, NEVER, UNKNOWN, Duty
from headgate.licences.inherit import Inherited

KEPT, OPEN, BROKEN = 0, 1, 2
_GRADE = {"kept": KEPT, "open": OPEN, "broken": BROKEN}
GRAVITY = {asks: place for place, asks in enumerate(ASKS)}

Longs: TypeAlias = npt.NDArray[np.int64]
Grades: TypeAlias = npt.NDArray[np.int8]


class Verdicts(NamedTuple):
    """For each node: KEPT, OPEN or BROKEN, -1 where nothing is inherited; the duty that says so; what is broken.

    `broken` has one bit for each of `ASKS`, in their order.
    """

    grade: Grades
    duty: Ints
    broken: Ints


def judge(given: Inherited, asks: Collection[str] = tuple(ASKS)) -> Verdicts:
    """The worst that each node makes of the duties among `asks` that it inherits."""
    size = given.graph.size
    table = outcomes(given)
    best: Longs = np.full(size, np.iinfo(np.int64).max)
    broken = np.zeros(size, np.int32)
    for walk in given.walks:
        at = slice(int(np.searchsorted(walk.states, size)), None)
        nodes, sure, steps = walk.states[at] - size, walk.sure[at], walk.steps[at]
        for place in walk.duties:
            duty = given.duties[place]
            if duty.asks not in asks:
                continue
            grade = table[given.holds[nodes], place]
            grade = np.where((grade == BROKEN) & ~sure, OPEN, grade)
            # the worst first, then the gravest duty, then the nearest origin
            rank = ((BROKEN - grade.astype(np.int64)) << 58) | (GRAVITY[duty.asks] << 54)
            rank |= (np.minimum(steps, 2**20 - 1).astype(np.int64) << 32) | place
            best[nodes] = np.minimum(best[nodes], rank)
            broken[nodes] |= (grade == BROKEN).astype(np.int32) << GRAVITY[duty.asks]
    looked = best < np.iinfo(np.int64).max
    worst = np.where(looked, BROKEN - (best >> 58), -1).astype(np.int8)
    return Verdicts(worst, np.where(looked, best & 0xFFFFFFFF, -1).astype(np.int32), broken)


def outcomes(given: Inherited) -> Grades:
    """KEPT, OPEN or BROKEN for each set of licences (rows) and duty (columns).

    A set nobody knows leaves everything open that is not broken whatever is stated.
    """
    table = np.full((len(given.sets), len(given.duties)), OPEN, np.int8)
    for row, stated in enumerate(given.sets):
        for column, duty in enumerate(given.duties):
            if duty.asks in NEVER:
                table[row, column] = BROKEN
            elif stated:
                table[row, column] = _GRADE[algebra.kept(duty, stated)]
    return table


def at_odds(given: Inherited, verdicts: Verdicts) -> dict[int, tuple[Duty, ...]]:
    """Nodes whose own licence is not known and whose parents' licences cannot be combined, with the duties at odds."""
    size = given.graph.size
    nameless = np.array([not stated for stated in given.sets], bool)[given.holds] & (verdicts.grade == OPEN)
    nodes, licences = [], []
    for walk in given.walks:
        duty = given.duties[walk.duties[0]]
        if duty != UNKNOWN:
            surely = walk.states[walk.sure & (walk.states >= size)] - size
            surely = surely[nameless[surely]]
            nodes.append(surely)
            licences += [duty.licence] * len(surely)
    together: dict[int, set[str]] = {}
    for node, licence in zip(np.concatenate(nodes).tolist() if nodes else [], licences, strict=True):
        together.setdefault(node, set()).add(licence)
    several = {node: algebra.combine(found) for node, found in together.items() if len(found) > 1}
    return {
        node: found.at_odds
        for node, found in several.items()
        # what no licence allows was judged by the way it came
        if found.verdict == "conflict" and not any(duty.asks in NEVER for duty in found.at_odds)
    }
