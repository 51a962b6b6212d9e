"""SS3: the published formulas, and sums that do not care how a text was cut."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.texts import ss3
from headgate.texts.ss3_train import fit
from tests.docstrings import grouped

TEXTS = ["the pump pump leaks", "pump valve the leaks", "a violin and the bow", "the violin bow 小提琴 琴 琴", "river the water", "water water river flow the"]  # fmt: skip
LABELS = ["parts", "parts", "music", "music", "nature", "nature"]


def by_hand(counts: list[int], most: list[int], sigma: float, lam: float, rho: float) -> list[float]:
    """gv of one word as the paper and the authors' code have it, one number after the other."""
    lv = [(n / m) ** sigma if n > 1 else 0.0 for n, m in zip(counts, most, strict=True)]
    kinds, ordered = len(lv), sorted(lv)
    middle = ordered[(kinds - 1) // 2]
    spread = ordered[0] if kinds == 2 else sum(abs(v - middle) for v in lv) / kinds
    sg = []
    for n, value in zip(counts, lv, strict=True):
        if not n:
            sg.append(0.0)
        elif spread:
            sg.append(0.5 * math.tanh(3 / (lam * spread) * (value - middle) - 3) + 0.5)
        else:
            sg.append(1.0 if value else 0.0)
    found = []
    for n, value in enumerate(lv):
        others = sum(sg) - sg[n]
        found.append(value * sg[n] * ((kinds - (others + 1)) / ((kinds - 1) * (others + 1))) ** rho)
    return found


@pytest.mark.parametrize(("sigma", "lam", "rho"), [(0.45, 0.5, 1.0), (1.0, 2.0, 0.3), (0.2, 0.1, 3.0)])
@pytest.mark.parametrize("kinds", [2, 3, 5, 6])
def test_gv_is_the_published_formula(kinds: int, sigma: float, lam: float, rho: float) -> None:
    counts = np.random.default_rng(kinds).integers(0, 9, (40, kinds))
    most = counts.max(axis=0).tolist()
    found = ss3.confidence(counts, np.ones(40, int), sigma=sigma, lam=lam, rho=rho)
    expected = [by_hand(row, most, sigma, lam, rho) for row in counts.tolist()]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert found.min() >= 0
    assert found.max() <= 1


def test_a_word_of_one_class_is_worth_most_and_one_of_all_next_to_nothing() -> None:
    model = fit(TEXTS, LABELS)
    assert model.classes == ("music", "nature", "parts")
    assert model.worth[model.words["violin"]].tolist()[1:] == [0, 0]
    pump, the = model.worth[model.words["pump"]] / ss3.ONE, model.worth[model.words["the"]] / ss3.ONE
    assert pump[2] == 1.0  # the most frequent word of its class and of no other
    assert the.max() < 0.15
    assert "valve" not in model.words  # met once


def test_words_are_folded_and_chinese_characters_stand_alone() -> None:
    assert ss3.units("It's ＦＵＬＬ_width, ÉTÉ 河水x!") == ["it's", "full", "width", "été", "河", "水", "x"]
    assert ss3.units("_ ... \u200b") == []


def test_runs_end_with_each_word() -> None:
    assert ss3.runs(["a", "b", "c"], 2) == ["a b", "b c"]
    assert ss3.runs(["a"], 2) == []
    model = fit(["red pump red pump", "red pump"] + ["blue sky blue"] * 2, ["x", "x", "y", "y"], grams=2)
    assert set(model.words) == {"red", "pump", "red pump", "pump red", "blue", "sky", "blue sky", "sky blue"} - {
        "pump red"
    }
    one, two = ss3.steps(model, [["red", "pump"]])
    assert one.tolist() == model.worth[model.words["red"]].tolist()
    assert two.tolist() == (model.worth[model.words["pump"]] + model.worth[model.words["red pump"]]).tolist()


@pytest.mark.parametrize("grams", [1, 2, 3])
def test_what_texts_add_does_not_depend_on_what_is_beside_them(grams: int) -> None:
    model = fit(TEXTS, LABELS, grams=grams)
    words = [ss3.units(text) for text in [*TEXTS, "", "unknown words", "pump"]]
    together = ss3.sums(model, words)
    assert together.tolist() == [ss3.sums(model, [text])[0].tolist() for text in words]
    assert together[-3:-1].tolist() == [[0, 0, 0], [0, 0, 0]]


LETTERS = st.text(
    st.sampled_from("the pumviolnbw\u0301\u00b4\u3099か\u0308琴小 \n\t.'_\u200b\u0345Éﬁ１") | st.characters(),
    max_size=60,
)
MODELS = {grams: fit(TEXTS * 2, LABELS * 2, grams=grams) for grams in (1, 2, 3)}


@settings(max_examples=300)
@given(text=LETTERS | st.lists(st.sampled_from(TEXTS)).map(" ".join), cuts=st.lists(st.integers(0, 80)), grams=st.sampled_from([1, 2, 3]))  # fmt: skip
def test_read_in_pieces_cut_anywhere_is_exactly_read_at_once(text: str, cuts: list[int], grams: int) -> None:
    model = MODELS[grams]
    stream = ss3.start(model)
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    for low, high in pairwise(edges):
        ss3.add(model, stream, text[low:high])
    ss3.add(model, stream, "", last=True)
    words = ss3.units(text)
    assert stream.sums.tolist() == ss3.sums(model, [words])[0].tolist()
    assert stream.seen == len(words)
    assert stream.rest == ""


def test_a_stream_says_when_the_lead_was_safe() -> None:
    found = MODELS[1]
    model = ss3.build(found.classes, dict(zip(found.words, found.counts.tolist(), strict=True)), lead=1.5)
    text = "the pump the pump pump"
    so_far, _ = ss3.cumulated(model, [ss3.units(text)])
    expected = int(np.flatnonzero(ss3.leads(so_far[1:]) >= 1.5)[0]) + 1
    stream = ss3.start(model)
    for letter in text:
        ss3.add(model, stream, letter)
    assert stream.decided == expected == 4
    ss3.add(model, stream, " violin violin violin violin", last=True)
    assert stream.decided == 4  # what was decided stays


def test_shares_compare_with_the_best_other_class() -> None:
    added = np.array([[3, 1, 0], [2, 2, 1], [0, 0, 0], [0, 5, 0]])
    found = ss3.shares(added)
    np.testing.assert_allclose(found[0], [0.75, 0.25, 0])
    np.testing.assert_allclose(found[1], [0.5, 0.5, 1 / 3])
    assert np.isnan(found[2]).all()
    np.testing.assert_allclose(found[3], [0, 1, 0])
    assert ss3.leads(added * ss3.ONE).tolist() == [2, 0, 0, 5]


@pytest.mark.slow
def test_real_docstrings_streamed_by_sentence_equal_the_batch_exactly() -> None:
    texts, labels = grouped()
    model = fit(texts, labels)
    whole = ss3.sums(model, [ss3.units(text) for text in texts])
    for n, text in enumerate(texts[::7]):
        stream = ss3.start(model)
        for sentence in text.replace(". ", ". \x00").split("\x00"):
            ss3.add(model, stream, sentence)
        ss3.add(model, stream, "", last=True)
        assert stream.sums.tolist() == whole[7 * n].tolist()
    assert len(Counter(labels)) == 10
