from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.keywords import MASKED, UNCENSORED, mask

PIECES = [
    "un",
    "uncen",
    "sored",
    "censored",
    "-",
    "_",
    " ",
    "/",
    "abliterated",
    "Heretic",
    "no",
    "refusals",
    "lewd",
    "x",
]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("me/Llama-3-8B-Uncensored-GGUF", "me/Llama-3-8B-GGUF"),
        ("me/uncensored_model", "me/model"),
        ("me/model.ABLITERATED", "me/model"),
        ("me/Big-Heretic-Uncensored-12B", "me/Big-12B"),
        ("me/gabliterated-v1", "me/v1"),
        ("UncensoredAI/x", "AI/x"),
        ("an uncensored model. It has no refusals at all.", "an model. It has at all."),
        ("tinydolphin-1b", "tiny-1b"),
        ("unalignment/x", "/x"),
        ("nsnsfwfw", ""),  # closing up spells it again
        ("me/Llama-3-8B-Instruct", "me/Llama-3-8B-Instruct"),
        ("theoretical -- dark_.idol", "theoretical -- dark_.idol"),
        ("", ""),
    ],
)
def test_masks_the_words_and_nothing_else(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4)).map("".join))
def test_nothing_that_the_rule_reads_is_left(text: str) -> None:
    masked = mask(text)
    assert not re.search(UNCENSORED, masked.lower())
    assert not re.search(MASKED, masked, re.IGNORECASE)
    assert mask(masked) == masked
    if not re.search(MASKED, text, re.IGNORECASE):
        assert masked == text


@pytest.mark.parametrize("text", ["ns" * 50_000 + "fw" * 50_000, "-" * 300_000, "un-" * 100_000, "x" + " " * 300_000])
def test_hostile_text_is_masked_in_time(text: str) -> None:
    assert not re.search(MASKED, mask(text))


def test_duckdb_reads_both_the_same_way() -> None:
    texts = ["a-uncensored", "auncensored", "no refusals", "dolphin", "theretical", "x", "de_aligned", "un.censored"]
    for pattern in (UNCENSORED, MASKED):
        rows = duckdb.execute("SELECT regexp_matches(unnest(?), ?)", [texts, pattern]).fetchall()
        assert [row[0] for row in rows] == [bool(re.search(pattern, text)) for text in texts]


def test_real_labels_are_hidden(data: Path) -> None:
    with (data / "hub" / "hf_uncensored_weak_labels.csv").open(encoding="utf-8") as file:
        strict = [row["id"] for row in csv.DictReader(file) if row["level"] == "strict"]
    telling = re.compile("uncens|ablit|heretic|lewd|nsfw|jailbr")
    assert sum(bool(telling.search(name.lower())) for name in strict) > 1_200
    assert [name for name in strict if telling.search(mask(name).lower())] == []
