"""Copies of rows: by hand, and against comparing every pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from headgate.profiles.partitions import Column
from headgate.profiles.row_copies import copies, near_copies

Table = list[tuple[int, ...]]


def columns_of(table: Table, width: int) -> list[Column]:
    return [Column(np.array([row[n] for row in table], np.int32), 9) for n in range(width)]


def test_by_hand() -> None:
    table = [(0, 1, 2, 3), (4, 1, 2, 3), (0, 1, 2, 3), (1, 2, 3, 4), (0, 1, 2, 8)]
    columns = columns_of(table, 4)
    assert copies(columns, 5).tolist() == [False, False, True, False, False]
    found, counts = near_copies(columns, 5)
    # row 1 differs from row 0 in the first column and row 4 in the last; row 2 is the same as row 0
    assert found.tolist() == [False, True, False, False, True]
    assert counts == [1, 0, 0, 1]


def test_values_that_change_places_are_another_row() -> None:
    assert not copies(columns_of([(1, 2), (2, 1)], 2), 2).any()


def test_few_columns_have_no_near_copies() -> None:
    assert near_copies(columns_of([(0, 1, 2), (0, 1, 3)], 3), 2)[1] == [0, 0, 0]


def test_no_rows() -> None:
    assert copies(columns_of([], 4), 0).tolist() == []
    assert near_copies(columns_of([], 4), 0)[0].tolist() == []


@given(st.integers(4, 6).flatmap(lambda n: st.lists(st.tuples(*[st.integers(0, 2)] * n), min_size=1, max_size=40)))
def test_against_every_pair(table: Table) -> None:
    columns = columns_of(table, len(table[0]))
    same = copies(columns, len(table))
    near, counts = near_copies(columns, len(table))
    for n, row in enumerate(table):
        assert same[n] == (row in table[:n])
        apart = [sum(a != b for a, b in zip(row, other, strict=True)) for other in table[:n]]
        assert near[n] == (not same[n] and 1 in apart)
    assert (sum(counts) > 0) == near.any()
