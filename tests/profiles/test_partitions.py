"""Stripped partitions: by hand, and against counting group by group."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.profiles import partitions
from headgate.profiles.partitions import Column, breaks, broken, everything, refined


def column(*codes: int) -> Column:
    return Column(np.array(codes, np.int32), max(codes, default=0) + 1)


def test_groups_by_hand() -> None:
    by_first = refined(everything(6), column(1, 0, 1, 2, 0, 1))
    # value 2 stands alone and is left out
    assert (by_first.rows.tolist(), by_first.groups.tolist()) == ([1, 4, 0, 2, 5], [0, 0, 1, 1, 1])
    by_both = refined(by_first, column(0, 0, 1, 0, 1, 0))
    assert (by_both.rows.tolist(), by_both.groups.tolist(), by_both.number) == ([0, 5], [0, 0], 1)


def test_what_breaks_by_hand() -> None:
    groups = refined(everything(7), column(0, 0, 0, 0, 1, 1, 2))
    right = column(1, 0, 1, 2, 1, 0, 5)
    # 1 is usual in the first group; the second ties, and the lower code counts as usual
    assert breaks(groups, right, up_to=7) == 3
    rows, examples = broken(groups, right)
    assert (rows.tolist(), examples.tolist()) == ([1, 3, 4], [0, 0, 5])


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_rows_to_break_anything(rows: int) -> None:
    groups, right = everything(rows), Column(np.zeros(rows, np.int32), 1)
    assert refined(groups, right).number == groups.number == 0
    assert breaks(groups, right, up_to=0) == 0
    assert [len(part) for part in broken(groups, right)] == [0, 0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 400)), max_size=60), st.integers(0, 5))
def test_against_counting(rows: list[tuple[int, int, int]], up_to: int) -> None:
    first, second, right = (Column(np.array([row[n] for row in rows], np.int32), 401) for n in range(3))
    groups = refined(refined(everything(len(rows)), first), second)
    counts: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    for one, other, last in rows:
        counts[one, other][last] += 1
    expected = sum(sum(count.values()) - max(count.values()) for count in counts.values())
    found = breaks(groups, right, up_to=up_to)
    assert found == expected if expected <= up_to else found > up_to
    odd, examples = broken(groups, right)
    assert len(odd) == expected
    for row, example in zip(odd.tolist(), examples.tolist(), strict=True):
        assert rows[row][:2] == rows[example][:2]
        count = counts[rows[row][:2]]
        assert count[rows[example][2]] == max(count.values())
        assert rows[row][2] != rows[example][2]


def test_a_part_of_the_rows_refuses_only_what_all_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    left, right = Column(rng.integers(0, 50, 5000).astype(np.int32), 50), Column(np.zeros(5000, np.int32), 9)
    groups = refined(everything(5000), left)
    assert breaks(groups, right, up_to=3) == 0
    # the last rows alone break it, which the first rows do not know
    right.codes[groups.rows[-2:]] = [1, 2]
    assert breaks(groups, right, up_to=3) == 2
    noise = Column(rng.integers(0, 9, 5000).astype(np.int32), 9)
    whole = breaks(groups, noise, up_to=5000)
    some = breaks(groups, noise, up_to=3)
    assert 3 < some < whole
    monkeypatch.setattr(partitions, "_FEW", 5000)
    assert breaks(groups, noise, up_to=3) == whole
