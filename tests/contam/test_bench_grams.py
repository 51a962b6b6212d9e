"""The n-grams of items, and the sieve that finds them in a stream."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from headgate.contam import token_ids
from headgate.contam.bench_grams import Sieve, equal_windows, joined, numbers_for, of_items


def test_items_stand_one_after_another_with_boundaries() -> None:
    grams = of_items([["a", "b", "a", "b"], [], ["b", "a"]], 2, {"a": 2, "b": 3})
    assert grams.tokens.tolist() == [0, 2, 3, 2, 3, 0, 0, 3, 2, 0]
    assert (grams.starts.tolist(), grams.ends.tolist()) == ([1, 6, 7], [5, 6, 9])
    assert grams.of.tolist() == [-1, 0, 1, 0, -1, -1, -1, 1, -1, -1]  # ab is 0, ba is 1
    assert (grams.places.tolist(), grams.first.tolist(), grams.count) == ([1, 3, 2, 7], [0, 2, 4], 2)
    assert grams.at.tolist() == [1, 2]


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=4),
       st.lists(st.sampled_from([0, 1, 2, 3, 4]), max_size=30), st.integers(1, 4))  # fmt: skip
def test_the_sieve_finds_what_a_set_finds(items: list[list[str]], stream: list[int], n: int) -> None:
    grams = of_items(items, n, {"a": 2, "b": 3, "c": 4})
    wanted = {tuple(grams.tokens[at : at + n].tolist()): g for g, at in enumerate(grams.at.tolist())}
    gram, at = Sieve(grams).places(np.array(stream, np.uint32))
    expected = sorted(
        (wanted[window], k) for k in range(len(stream) - n + 1) if (window := tuple(stream[k : k + n])) in wanted
    )
    assert list(zip(gram.tolist(), at.tolist(), strict=True)) == expected


def test_no_items_find_nothing() -> None:
    gram, at = Sieve(of_items([], 3, {})).places(np.arange(2, 50, dtype=np.uint32))
    assert gram.size == at.size == 0


def test_windows_that_run_past_an_end_are_not_equal() -> None:
    tokens = np.array([2, 3, 2], np.uint32)
    same = equal_windows(tokens, np.array([0, 2, 0]), tokens, np.array([0, 0, 2]), 2)
    assert same.tolist() == [True, False, False]


def test_parts_are_joined_in_order() -> None:
    gram, at = joined([(np.array([1, 0]), np.array([5, 9])), (np.array([1]), np.array([2]))])
    assert (gram.tolist(), at.tolist()) == ([0, 1, 1], [9, 2, 5])


def test_words_that_are_known_keep_their_numbers() -> None:
    assert numbers_for([["a", "b"], ["c", "a"]]) == {"a": 2, "b": 3, "c": 4}
    assert numbers_for([["a", "b"], ["c"]], {"b": 7}, 20) == {"b": 7, "a": 20, "c": 21}
    assert token_ids.FIRST == 2
