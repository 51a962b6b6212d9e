"""n-grams against a plain loop over strings."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.texts import ngrams

TEXTS = st.lists(st.text(max_size=30), max_size=8)
BASE = 0x9E3779B97F4A7C15


def plain_hash(text: str) -> int:
    return sum(ord(char) * BASE**place for place, char in enumerate(text)) % 2**64


@given(TEXTS, st.integers(1, 7))
def test_character_ngrams_are_those_of_a_loop(texts: list[str], n: int) -> None:
    hashes, owner = ngrams.char_ngrams(*ngrams.code_points(texts), n)
    expected = [
        (plain_hash(text[at : at + n]), number) for number, text in enumerate(texts) for at in range(len(text) - n + 1)
    ]
    assert list(zip(hashes.tolist(), owner.tolist(), strict=True)) == expected


@given(TEXTS)
def test_words_are_runs_that_stay_in_their_text(texts: list[str]) -> None:
    flat, offsets = ngrams.code_points(texts)
    found = ngrams.words(flat, offsets)
    joined = "".join(texts)
    assert all(offsets[o] <= s < e <= offsets[o + 1] for s, e, o in zip(*found[1:], strict=True))
    assert found.hashes.tolist() == [plain_hash(joined[s:e]) for s, e in zip(found.start, found.end, strict=True)]


@given(st.lists(st.text(alphabet="ab_1 .-", max_size=20), max_size=6))
def test_words_of_spaced_text_are_those_of_re(texts: list[str]) -> None:
    found = ngrams.words(*ngrams.code_points(texts))
    expected = [(plain_hash(word), n) for n, text in enumerate(texts) for word in re.findall(r"\w+", text)]
    assert list(zip(found.hashes.tolist(), found.owner.tolist(), strict=True)) == expected


def test_unspaced_scripts_give_one_word_a_character() -> None:
    text = "我们 go国9"
    found = ngrams.words(*ngrams.code_points([text]))
    assert [text[s:e] for s, e in zip(found.start, found.end, strict=True)] == ["我", "们", "go", "国", "9"]


def test_marks_belong_to_their_word() -> None:
    text = "हिन्दी, cafe\u0301!"
    found = ngrams.words(*ngrams.code_points([text]))
    assert [text[s:e] for s, e in zip(found.start, found.end, strict=True)] == ["हिन्दी", "cafe\u0301"]


def test_pairs_of_words_do_not_cross_texts() -> None:
    found = ngrams.words(*ngrams.code_points(["one two three", "", "four", "one  two!"]))
    hashes, owner = ngrams.word_ngrams(found, 2)
    assert owner.tolist() == [0, 0, 3]
    assert hashes[0] == hashes[2] != hashes[1]
    _, owner = ngrams.word_ngrams(found, 1)
    assert owner.tolist() == [0, 0, 0, 2, 3, 3]
    assert ngrams.word_ngrams(found, 9)[0].size == 0


def test_the_order_of_words_and_letters_matters() -> None:
    found = ngrams.words(*ngrams.code_points(["a b", "b a"]))
    assert len(set(ngrams.word_ngrams(found, 2)[0].tolist())) == 2
    hashes, _ = ngrams.char_ngrams(*ngrams.code_points(["abc", "acb", "bca"]), 3)
    assert len(set(hashes.tolist())) == 3


def test_a_text_has_the_same_ngrams_in_any_company() -> None:
    alone, _ = ngrams.char_ngrams(*ngrams.code_points(["déjà vu"]), 3)
    hashes, owner = ngrams.char_ngrams(*ngrams.code_points(["x" * 1000, "déjà vu", "y"]), 3)
    assert hashes[owner == 1].tolist() == alone.tolist()


def test_lower_case_keeps_the_number_of_characters() -> None:
    text = "ÄÖ İSTANBUL ΑΣ 中\U00020000"
    flat, _ = ngrams.code_points([text])
    assert "".join(map(chr, ngrams.lowered(flat))) == "äö istanbul ασ 中\U00020000"


def test_lone_surrogates_are_code_points_like_others() -> None:
    flat, offsets = ngrams.code_points(["a\ud800", "b"])
    assert flat.tolist() == [97, 0xD800, 98]
    assert offsets.tolist() == [0, 2, 3]


def test_nothing_gives_nothing() -> None:
    for texts in ([], ["", ""]):
        flat, offsets = ngrams.code_points(texts)
        assert ngrams.char_ngrams(flat, offsets, 3)[0].size == 0
        assert ngrams.words(flat, offsets).hashes.size == 0
    with pytest.raises(ValueError, match="n-grams of 0"):
        ngrams.char_ngrams(*ngrams.code_points(["a"]), 0)


def test_mixing_is_one_to_one_and_fills_slots_evenly() -> None:
    hashes = np.arange(200_000, dtype=np.uint64)
    assert len(np.unique(ngrams.mixed(hashes))) == len(hashes)
    low = Counter((ngrams.mixed(hashes) & np.uint64(15)).tolist())
    assert max(low.values()) < 1.05 * 200_000 / 16
    words = [f"{a}{b}{c}" for a in "abcdefghijklmnop" for b in "abcdefghijklmnop" for c in "abcdefghijklmnop"]
    hashes, _ = ngrams.char_ngrams(*ngrams.code_points(words), 3)
    place = ngrams.slots(hashes, 12)
    assert place.min() >= 0
    assert place.max() < 4096
    assert len(np.unique(place)) > 0.55 * 4096  # 1 - 1/e = .632 by chance
    assert (place != ngrams.slots(hashes, 12, salt=1)).mean() > 0.99
