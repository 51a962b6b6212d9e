"""Mentions of identity terms, weights of sources, and a model of six outputs."""

from __future__ import annotations

import re

import numpy as np
import pytest

from headgate.tables import rows
from headgate.texts.linear_text import log_odds, probabilities
from headgate.texts.toxicity_model import AXES, TOXIC, balanced, mentions, train_toxicity
from tests.text_models import invented


def of(text: str) -> set[str]:
    return {axis for axis, hit in zip(AXES, mentions([text])[0], strict=True) if hit}


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("My NEIGHBOUR is a Muslim.", {"religion"}),
        ("muslimgauze is a band", set()),
        ("two trans women, one wheelchair", {"gender_sex", "ability"}),
        ("middle of eastern; special care needs", set()),  # terms of two words, apart
        ("middle eastern food", {"race_origin"}),
        ("die Muslimin wohnt hier", {"religion"}),
        ("她是女人", {"gender_sex"}),
        ("女 人", {"gender_sex"}),  # a space between Han characters changes nothing
        ("我们去公园", set()),
        ("", set()),
    ],
)
def test_terms_are_whole_words(text: str, axes: set[str]) -> None:
    assert of(text) == axes


def test_mentions_are_those_of_a_loop_over_the_terms() -> None:
    listed = rows("identity_terms.csv")
    terms = {
        axis: {
            tuple(re.findall(r"\w+", r["term"].lower())) for r in listed if r["axis"] == axis and r["language"] != "zh"
        }
        for axis in AXES
    }
    rng = np.random.default_rng(0)
    words = ["the", "house", *[w for r in listed if r["language"] != "zh" for w in r["term"].lower().split()]]
    texts = [" ".join(rng.choice(words, 5)) for _ in range(300)]
    expected = [
        [any(tuple(text.split()[n : n + len(term)]) == term for term in terms[axis] for n in range(5)) for axis in AXES]
        for text in texts
    ]
    assert mentions(texts).tolist() == expected


def test_the_table_of_terms_is_clean() -> None:
    listed = rows("identity_terms.csv")
    assert {row["axis"] for row in listed} == set(AXES)
    assert {row["language"] for row in listed} == {"en", "de", "zh"}
    keys = [tuple(row.values()) for row in listed]
    assert len(set(keys)) == len(keys)
    assert all(row["term"] == row["term"].strip().lower() for row in listed)


def test_answers_weigh_the_same_in_each_source() -> None:
    hit = np.array([True, True, True, False, True, False, False])
    sources = np.array(["a", "a", "a", "a", "b", "b", "c"])
    weights = balanced(hit, sources)
    assert weights.mean() == pytest.approx(1)
    group = {
        key: weights[[k == key for k in zip(sources, hit, strict=True)]].sum()
        for key in set(zip(sources, hit, strict=True))
    }
    assert len(group) == 5
    assert list(group.values()) == pytest.approx([7 / 5] * 5)


def about(text: str, number: int) -> str:
    return text + " " + ("muslim", "women", "disabled", "immigrants", "punch")[number // 2 % 5]


def test_it_learns_toxicity_and_what_it_is_about() -> None:
    texts, toxic = invented(600)
    texts = [about(text, number) for number, text in enumerate(texts)]
    model = train_toxicity(texts, toxic, bits=14)
    assert model.labels == (TOXIC, *AXES)
    chance = probabilities(log_odds(model, ["word1 blorf muslim", "word1 kindly muslim", "word1 blorf women"]))
    assert (chance[:, 0] > 0.5).tolist() == [True, False, True]
    religion, gender = 1 + AXES.index("religion"), 1 + AXES.index("gender_sex")
    assert (chance[:, religion] > 0.5).tolist() == [True, True, False]
    assert chance[2, gender] > 0.5 > chance[0, gender]


def test_topics_of_a_source_stand_above_terms() -> None:
    texts, toxic = invented(600)
    texts = [about(text, number) for number, text in enumerate(texts)]
    topics = np.full((600, 5), np.nan)
    topics[:, AXES.index("ability")] = ["word3" in text.split() for text in texts]
    model = train_toxicity(texts, toxic, topics=topics, bits=14)
    chance = probabilities(log_odds(model, ["word3 blorf", "blorf disabled"]))[:, 1 + AXES.index("ability")]
    assert chance[0] > 0.5 > chance[1]
