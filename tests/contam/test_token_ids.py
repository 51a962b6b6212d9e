"""Words are what they should be in every script, and ranks are exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.contam import token_ids
from headgate.contam.token_ids import (
    BOUNDARY,
    UNKNOWN,
    Kept,
    encode,
    splitter,
    whole_windows,
    window_hashes,
    window_ranks,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat's 2nd hat, isn't_it?", ["the", "cat", "s", "2nd", "hat", "isn", "t", "it"]),
        ("Ｆｕｌｌ　ｗｉｄｔｈ １２", ["full", "width", "12"]),
        ("we\u200bb so\u00adft", ["web", "soft"]),
        ("你好world再见", ["你", "好", "world", "再", "见"]),
        ("カメラ", ["カ", "メ", "ラ"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("ne\u0301 n\u00e9", ["n\u00e9", "n\u00e9"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("\ud800 ok", ["ok"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert splitter(Kept())(text) == words


def test_switches() -> None:
    assert splitter(Kept(case=True))("Ab É") == ["Ab", "É"]
    assert splitter(Kept(punctuation=True))("a,b_c — d") == ["a", ",", "b", "_", "c", "—", "d"]
    assert splitter(Kept(punctuation=True))("a,b_c") == ["a", ",", "b", "_", "c"]
    assert splitter(Kept(width=True))("ａ b") == ["ａ", "b"]


@given(st.text(st.characters(max_codepoint=127)), st.booleans(), st.booleans())
def test_a_text_of_plain_letters_has_the_same_words_beside_others(text: str, case: bool, punctuation: bool) -> None:
    split = splitter(Kept(case, punctuation))
    assert [*split(text), "é"] == split(text + " é")


@given(st.text())
def test_words_hold_no_space_and_a_word_is_one_word(text: str) -> None:
    split = splitter(Kept())
    for word in split(text):
        assert not any(char.isspace() for char in word)
        assert split(word) == [word]


def test_a_word_without_a_number_is_unknown_and_breaks_windows() -> None:
    tokens = encode(["a", "x", "b"], {"a": 2, "b": 3})
    assert tokens.tolist() == [2, UNKNOWN, 3]
    assert whole_windows(np.array([2, 3, UNKNOWN, 2, 3, BOUNDARY, 2], np.uint32), 2).tolist() == [
        True, False, False, True, False, False,
    ]  # fmt: skip
    assert whole_windows(tokens, 4).size == 0


@given(st.lists(st.integers(2, 4), max_size=40), st.integers(1, 9))
def test_ranks_and_hashes_are_equal_where_n_grams_are(values: list[int], n: int) -> None:
    tokens = np.array(values, np.uint32)
    grams = [tuple(values[k : k + n]) for k in range(len(values) - n + 1)]
    ranks, hashes = window_ranks(tokens, n), window_hashes(tokens, n)
    assert len(ranks) == len(hashes) == len(grams)
    for k, gram in enumerate(grams):
        assert [r == ranks[k] for r in ranks] == [g == gram for g in grams]
        assert [h == hashes[k] for h in hashes] == [g == gram for g in grams]


def test_hashes_spread_over_the_highest_and_lowest_bits() -> None:
    hashes = token_ids.window_hashes(np.arange(2, 200_002, dtype=np.uint32), 3)
    for bits in (hashes >> np.uint64(56), hashes & np.uint64(255)):
        counts = np.bincount(bits.astype(int), minlength=256)
        assert 600 < counts.min() < counts.max() < 1000  # 781 each, with a deviation of 28
