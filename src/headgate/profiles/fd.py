"""Functional dependencies of a table, exact and approximate, and which of them are more than chance.

Left sides are tried by size, each once, on partitions of the rows (see `partitions`). Nothing is guessed: a dependency
that holds exactly, or with at most the error asked for, and no column too many on its left is found, and no other.

Reference: Y. Huhtala et al. (1999), TANE, The Computer Journal 42, 100-111; Z. Wei and S. Link (2019), Discovery and
ranking of functional dependencies, ICDE, 1526-1537 (ranking by how many values a dependency makes redundant).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, lgamma, log, log2

import numpy as np

from headgate.profiles.partitions import Column, Partition, breaks, everything, refined

MOST_SETS = 20_000  # left sides of one size; more are not tried
CHANCE = 0.05  # how likely it may be that a dependency is called telling where all columns are independent


@dataclass(frozen=True, slots=True)
class Dependency:
    """That columns `left` determine column `right`, but for `broken` rows.

    `redundant` values follow from others, and save `bits`, less what it takes to name the broken rows.
    """

    left: tuple[int, ...]
    right: int
    broken: int
    redundant: int
    bits: float


@dataclass(frozen=True, slots=True)
class Found:
    """The minimal dependencies of a table: those without exception, and those broken by few rows.

    `tried` is the number of pairs of a left side and a column that were looked at or implied; `left` the size up to
    which left sides were tried.
    """

    exact: list[Dependency]
    near: list[Dependency]
    tried: int
    left: int


def dependencies(columns: Sequence[Column], rows: int, *, error: float, most_left: int) -> Found:
    """All minimal dependencies with up to `most_left` columns on the left and at most a share `error` of rows broken.

    Of a column determined exactly by some columns, no larger set of them is named; the same for those nearly
    determined. Left sides of a size that `MOST_SETS` forbids are left out, see `Found.left`.
    """
    up_to = int(error * rows + 1e-9)
    savings = [_collision_bits(column, rows) for column in columns]
    exact: list[Dependency] = []
    near: list[Dependency] = []
    determined: dict[tuple[int, ...], int] = {}  # of each left side, the columns that it determines, as bits
    nearly: dict[tuple[int, ...], int] = {}
    tried, largest = 0, 0
    for size in range(min(most_left, len(columns)) + 1):
        if comb(len(columns), size) > MOST_SETS:
            break
        largest = size
        for left, partition in _left_sides(columns, rows, size, determined):
            known, almost = _inherited(left, determined), _inherited(left, nearly)
            for right, column in enumerate(columns):
                bit = 1 << right
                if right in left or known & bit:
                    continue
                allowed = 0 if almost & bit else up_to
                count = breaks(partition, column, up_to=allowed)
                if count > allowed:
                    continue
                found = _dependency(left, right, count, partition, savings[right])
                if count:
                    near.append(found)
                else:
                    exact.append(found)
                    known |= bit
                almost |= bit
            determined[left], nearly[left] = known, almost
        tried += comb(len(columns), size) * (len(columns) - size)
    return Found(exact, near, tried, largest)


def telling(found: Sequence[Dependency], tried: int) -> list[Dependency]:
    """Those of `found` that are more than chance among so many `tried`, the most telling first.

    Where columns are independent, a value follows by chance as often as two rows agree in it. They are ranked by bits
    for each column on the left; the best of each column on the right comes before anybody's second best.
    """
    least = log2(max(tried, 1) / CHANCE)
    told = sorted((one for one in found if one.bits > least), key=lambda one: (-_worth(one), one.left, one.right))
    seen: dict[int, int] = {}
    turns = []
    for one in told:
        turns.append(seen.setdefault(one.right, 0))
        seen[one.right] += 1
    return [told[n] for n in sorted(range(len(told)), key=lambda n: (turns[n], n))]


def standing_alone(found: Found) -> list[Dependency]:
    """The exact dependencies that are no near-dependency with columns added that part its exceptions from the rest."""
    near: dict[int, list[set[int]]] = {}
    for one in found.near:
        near.setdefault(one.right, []).append(set(one.left))
    return [one for one in found.exact if not any(left <= set(one.left) for left in near.get(one.right, ()))]


def _worth(one: Dependency) -> float:
    return one.bits / max(1, len(one.left))


def _left_sides(
    columns: Sequence[Column], rows: int, size: int, determined: dict[tuple[int, ...], int]
) -> Iterator[tuple[tuple[int, ...], Partition]]:
    """Each left side with its partition; one with a column that its others determine tells nothing new."""
    stack: list[tuple[int, Partition]] = []
    start = everything(rows)
    for left in combinations(range(len(columns)), size):
        smaller = [left[:n] + left[n + 1 :] for n in range(size)]
        # One whose smaller side was left out has such a column as well.
        if any(side not in determined or determined[side] >> out & 1 for side, out in zip(smaller, left, strict=True)):
            continue
        same = 0
        while same < len(stack) and same < size and stack[same][0] == left[same]:
            same += 1
        del stack[same:]
        for one in left[same:]:
            stack.append((one, refined(stack[-1][1] if stack else start, columns[one])))
        yield left, stack[-1][1] if stack else start


def _inherited(left: tuple[int, ...], of: dict[tuple[int, ...], int]) -> int:
    known = 0
    for n in range(len(left)):
        known |= of[left[:n] + left[n + 1 :]]
    return known


def _dependency(left: tuple[int, ...], right: int, broken: int, partition: Partition, saving: float) -> Dependency:
    """The dependency with the bits that it saves; naming the broken rows and their values costs some."""
    members = len(partition.rows)
    redundant = members - partition.number
    named = (lgamma(members + 1) - lgamma(broken + 1) - lgamma(members - broken + 1)) / log(2)
    return Dependency(left, right, broken, redundant, (redundant - broken) * saving - named)


def _collision_bits(column: Column, rows: int) -> float:
    """Minus the logarithm of the chance that two rows agree in the column."""
    shares = np.bincount(column.codes, minlength=column.size) / max(1, rows)
    return -log2(float(shares @ shares)) if rows else 0.0
