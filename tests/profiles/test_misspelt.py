"""Misspelt values: edit distance against the definition, and what is no misspelling."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.profiles.misspelt import edits, misspelt


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [("kitten", "sitting", 3), ("abcd", "abdc", 1), ("", "ab", 2), ("ca", "abc", 3), ("same", "same", 0)],
)
def test_distances_by_hand(first: str, second: str, distance: int) -> None:
    assert edits(first, second, most=5) == distance


@given(st.text("abc", max_size=8), st.text("abc", max_size=8), st.integers(0, 4))
def test_distances_are_those_of_the_definition(first: str, second: str, most: int) -> None:
    @cache
    def by_definition(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        ways = [by_definition(i - 1, j) + 1, by_definition(i, j - 1) + 1]
        ways.append(by_definition(i - 1, j - 1) + (first[i - 1] != second[j - 1]))
        if i > 1 and j > 1 and first[i - 1] == second[j - 2] and first[i - 2] == second[j - 1]:
            ways.append(by_definition(i - 2, j - 2) + 1)
        return min(ways)

    assert edits(first, second, most=most) == min(by_definition(len(first), len(second)), most + 1)


@pytest.mark.parametrize(
    ("value", "usual"),
    [("Berln", "Berlin"), ("Copenhaegn", "Copenhagen"), ("Grenwch st", "Greenwich st"), ("BERLIN", "Berlin"),
     ("New  York", "New York"), ("oslo", "Oslo")],
)  # fmt: skip
def test_misspelt(value: str, usual: str) -> None:
    assert misspelt(value, usual, times=1, usual_times=10)


@pytest.mark.parametrize(
    ("value", "usual"),
    [("11th", "10th"), ("1.2.3", "1.2.4"), ("v1-beta", "v2-beta"), ("Rome", "Oslo"), ("cat", "car"), ("Male", "Female"),
     ("Berlin", "Berlin"), (3, 4), (None, "Berlin"), ("", "Berlin"), ("Ann-1", "Ann 1"), ("Denver", "Dresden")],
)  # fmt: skip
def test_not_misspelt(value: object, usual: object) -> None:
    assert not misspelt(value, usual, times=1, usual_times=10)


def test_what_is_about_as_frequent_is_another_value() -> None:
    assert misspelt("Berln", "Berlin", times=2, usual_times=20)
    assert not misspelt("Berln", "Berlin", times=2, usual_times=19)
