"""Rows of a table that are the same as another, or the same but for one column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.profiles.partitions import Column
from headgate.texts.ngrams import mixed

Bools: TypeAlias = npt.NDArray[np.bool_]
FEWEST = 4  # columns of a table; with fewer, rows that agree in all but one say little


def copies(columns: Sequence[Column], rows: int) -> Bools:
    """Which rows say in every column what an earlier one says."""
    return ~_first(_row_hashes(columns, rows))


def near_copies(columns: Sequence[Column], rows: int) -> tuple[Bools, list[int]]:
    """Which rows differ from an earlier, different one in a single column; and how many do so in each column.

    None in a table of fewer than `FEWEST` columns. Rows are told by a 64-bit hash: two that differ are held to be the
    same with a chance of about 2^-64 for each pair.
    """
    found = np.zeros(rows, dtype=bool)
    counts = [0] * len(columns)
    if len(columns) < FEWEST or not rows:
        return found, counts
    whole = _row_hashes(columns, rows)
    different = np.flatnonzero(_first(whole))
    for place, column in enumerate(columns):
        rest = whole[different] - _hashes(place, column)[different]
        same = different[~_first(rest)]
        found[same] = True
        counts[place] = len(same)
    return found, counts


def _row_hashes(columns: Sequence[Column], rows: int) -> npt.NDArray[np.uint64]:
    total = np.zeros(rows, dtype=np.uint64)
    for place, column in enumerate(columns):
        total += _hashes(place, column)
    return total


def _hashes(place: int, column: Column) -> npt.NDArray[np.uint64]:
    each = mixed(mixed(np.arange(column.size, dtype=np.uint64) + np.uint64(1)) + np.uint64(place))
    return np.asarray(each[column.codes], dtype=np.uint64)


def _first(keys: npt.NDArray[np.uint64]) -> Bools:
    first = np.zeros(len(keys), dtype=bool)
    first[np.unique(keys, return_index=True)[1]] = True
    return first
