from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.texts.decode import decoded, deobfuscated


@pytest.mark.parametrize(
    ("text", "read", "kinds"),
    [
        ("The qu\u0435sti\u043en is G00D", "the question is good", ["homoglyph", "leet"]),
        (
            "I t h i n k the chlid\u200bren are h3re",
            "i think the children are here",
            ["invisible", "spaced", "leet", "misspelt"],
        ),
        ("\uff37\uff25\uff29信", "微信", ["styled", "styled", "styled", "pinyin"]),
        ("A clean line.", "a clean line.", []),
        ("一行干净的中文。", "一行干净的中文。", []),
    ],
)
def test_goes_through_all_readers(text: str, read: str, kinds: list[str]) -> None:
    assert decoded(text).text == read == deobfuscated(text)
    assert [change.kind for change in decoded(text).changes] == kinds


@given(st.text(max_size=80))
def test_reads_anything(text: str) -> None:
    deobfuscated(text)


@pytest.mark.parametrize(
    "text", ["a " * 50_000, "a-" * 50_000, "x" * 100_000, "木" * 100_000, "亻 " * 50_000, "1a" * 50_000]
)
def test_long_hostile_texts_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    deobfuscated(text)
    assert time.perf_counter() - start < 5
