from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.web import search
from headgate.web.columns import Columns


@given(st.lists(st.integers(-3, 3) | st.integers(-(2**40), 2**40)), st.integers(1, 20))
def test_the_largest_come_first_and_ties_as_they_stood(keys: list[int], most: int) -> None:
    wanted = sorted(range(len(keys)), key=lambda place: (-keys[place], place))[:most]
    assert search.largest(np.array(keys, np.int64), most).tolist() == wanted


def columns_of(numbers: list[int]) -> Columns:
    values = np.array(numbers, np.int64)
    return Columns(
        None, {}, {"likes": values, "newest": values}, {"likes": -1, "newest": -1}, np.ones(len(values), bool), {}
    )  # type: ignore[arg-type]


@given(st.lists(st.integers(-1, 2), max_size=30), st.integers(1, 5))
def test_pages_visit_each_once_though_most_are_equal(numbers: list[int], most: int) -> None:
    held, after, seen = columns_of(numbers), "", list[int]()
    while True:
        found, before, following = search.page(held, np.arange(len(numbers)), "likes", after, most)
        assert before == len(seen)
        seen += found.tolist()
        if following is None:
            break
        after = following
    assert seen == sorted(range(len(numbers)), key=lambda place: (-numbers[place], place))


@pytest.mark.parametrize("place", ["", ".", "1", "1.", "1.x", "--1.2", f"{2**62}.1", f"1.{2**62}", f"-{2**80}.1"])
def test_what_is_no_place_is_refused(place: str) -> None:
    if place:
        with pytest.raises(UsageError, match="is no place in the list"):
            search.page(columns_of([1]), np.arange(1), "likes", place, 1)


def test_a_day_lasts_until_its_last_second() -> None:
    day = 20_000 * 86_400  # 2024-10-04
    held = columns_of([day - 1, day, day + 86_399, day + 86_400, -1])
    found = search.hits(held, search.Asked(since="2024-10-04", until="2024-10-04"))
    assert found.tolist() == [1, 2]
    assert search.hits(held, search.Asked(until="9999-12-31")).tolist() == [0, 1, 2, 3]
