"""Rows grouped by equal values, groups of one row left out: what functional dependencies are told by.

A column is an array of codes, one for each row, from 0; equal values have equal codes.

Reference: Y. Huhtala, J. Karkkainen, P. Porkka and H. Toivonen (1999), TANE: an efficient algorithm for discovering
functional and approximate dependencies, The Computer Journal 42, 100-111 (stripped partitions); J. Kivinen and H.
Mannila (1995), Approximate inference of functional dependencies from relations, Theoretical Computer Science 149,
129-149 (the error g3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
_FEW = 1024  # rows that are always counted together
_DENSE = 4  # cells of a table of counts for each row, above which sorting is quicker


@dataclass(frozen=True, slots=True)
class Column:
    """Codes of n rows, each from 0 to below `size`."""

    codes: npt.NDArray[np.int32]
    size: int


@dataclass(frozen=True, slots=True)
class Partition:
    """Rows that share their values with another row, sorted by `groups`, which are numbered from 0 without gaps."""

    rows: Ints
    groups: Ints

    @property
    def number(self) -> int:
        """How many groups there are."""
        return int(self.groups[-1]) + 1 if len(self.groups) else 0


def everything(rows: int) -> Partition:
    """The partition by no column: all `rows` are alike."""
    if rows < 2:
        return Partition(np.zeros(0, np.int64), np.zeros(0, np.int64))
    return Partition(np.arange(rows), np.zeros(rows, np.int64))


def refined(partition: Partition, column: Column) -> Partition:
    """The groups of `partition`, split by the values of `column`."""
    key = partition.groups * column.size + column.codes[partition.rows]
    order = np.argsort(key, kind="stable")
    key = key[order]
    lengths = _runs(key)[1]
    kept = np.repeat(lengths > 1, lengths)
    numbers = np.cumsum(lengths > 1) - 1
    return Partition(partition.rows[order][kept], np.repeat(numbers, lengths)[kept])


def breaks(partition: Partition, column: Column, *, up_to: int) -> int:
    """How many rows must go so that the groups of `partition` determine `column` (g3 times the number of rows).

    Where these are more than `up_to`, some number above it.
    """
    rows, groups = partition.rows, partition.groups
    few = _DENSE * up_to + _FEW
    if len(rows) > 2 * few:
        # Rows less only ever break less, so that a part of them can refuse for all.
        found = _breaks(rows[:few], groups[:few], column)
        if found > up_to:
            return found
    return _breaks(rows, groups, column)


def _breaks(rows: Ints, groups: Ints, column: Column) -> int:
    if not len(rows):
        return 0
    key = groups * column.size + column.codes[rows]
    cells = (int(groups[-1]) + 1) * column.size
    if cells <= _DENSE * len(rows) + _FEW:
        counts = np.bincount(key, minlength=cells).reshape(-1, column.size)
        return len(rows) - int(counts.max(axis=1).sum())
    key = np.sort(key)
    starts, lengths = _runs(key)
    firsts = _starts(key[starts] // column.size)
    return len(rows) - int(np.maximum.reduceat(lengths, firsts).sum())


def broken(partition: Partition, column: Column) -> tuple[Ints, Ints]:
    """Rows that break the dependency of `column` on the groups, and for each a row with its group's usual value.

    The usual value of a group is its most frequent; of equally frequent ones that with the lowest code. As many rows as
    `breaks` counts.
    """
    nothing = np.zeros(0, np.int64)
    if not len(partition.rows):
        return nothing, nothing
    key = partition.groups * column.size + column.codes[partition.rows]
    order = np.argsort(key, kind="stable")
    starts, lengths = _runs(key[order])
    group = key[order][starts] // column.size
    # The longest run of each group comes first, and the first of equal ones.
    first = np.lexsort((starts, -lengths, group))
    usual = first[_starts(group[first])]
    odd = np.ones(len(starts), dtype=bool)
    odd[usual] = False
    rows = partition.rows[order]
    examples = rows[starts[usual]][group]
    return rows[np.repeat(odd, lengths)], np.repeat(examples, lengths)[np.repeat(odd, lengths)]


def _runs(key: Ints) -> tuple[Ints, Ints]:
    """Where each run of equal values of the sorted `key` starts, and how long it is."""
    starts = _starts(key)
    return starts, np.diff(starts, append=len(key))


def _starts(key: Ints) -> Ints:
    changed = np.ones(len(key), dtype=bool)
    np.not_equal(key[1:], key[:-1], out=changed[1:])
    return np.flatnonzero(changed)
