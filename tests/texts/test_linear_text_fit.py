"""Training finds what separates invented texts, and figures agree with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import BadInput
from headgate.texts.linear_text import classes, log_odds, probabilities
from headgate.texts.linear_text_fit import best_offset, macro_f1, train, train_classes
from tests.text_models import invented


def test_it_learns_what_the_labels_follow() -> None:
    texts, toxic = invented(400)
    model = train(texts, toxic, ["toxic"], bits=12)
    odds = log_odds(model, ["word1 word2 blorf", "word1 word2 kindly", "grumpish word3"])[:, 0]
    assert odds[0] > 2
    assert odds[1] < -2
    assert odds[2] > 2


def test_the_same_texts_give_the_same_model() -> None:
    texts, toxic = invented(200)
    one, other = (train(texts, toxic, ["toxic"], bits=10, seed=3) for _ in range(2))
    assert one.weights.tobytes() == other.weights.tobytes()
    assert one.bias == other.bias


def test_probabilities_are_calibrated_to_the_texts_given() -> None:
    rng = np.random.default_rng(1)
    known = rng.random(4_000) < 0.5
    toxic = rng.random(4_000) < np.where(known, 0.8, 0.1)  # the word is right four times of five
    texts = [f"word{rng.integers(50)} {'blorf' if one else 'kindly'}" for one in known]
    model = train(texts, toxic, ["toxic"], bits=12, grams=["w1"])
    chance = probabilities(log_odds(model, texts))[:, 0]
    assert chance[known].mean() == pytest.approx(toxic[known].mean(), abs=0.03)
    assert chance[~known].mean() == pytest.approx(toxic[~known].mean(), abs=0.03)


def test_weights_of_texts_move_the_probabilities() -> None:
    texts, toxic = ["blorf word"] * 200, [True, False] * 100
    weights = np.where(toxic, 3.0, 1.0)
    even, uneven = (train(texts, toxic, ["toxic"], bits=8, weights=one) for one in (None, weights))
    found = [float(probabilities(log_odds(model, ["blorf word"]))[0, 0]) for model in (even, uneven)]
    assert found == pytest.approx([0.5, 0.75], abs=0.01)


def test_unknown_targets_count_for_nothing() -> None:
    texts, toxic = invented(200)
    table = np.column_stack([toxic, toxic]).astype(float)
    noise = ["blorf blorf word1"] * 100
    model = train(texts + noise, np.vstack([table, np.full((100, 2), [np.nan, 0.0])]), ["a", "b"], bits=12)
    first, second = log_odds(model, ["blorf word1"])[0]
    assert first > 1
    assert second < first - 1


def test_rare_words_are_left_out() -> None:
    texts, toxic = invented(100)
    with_rare = [f"{text} only{n}" for n, text in enumerate(texts)]
    model = train(with_rare, toxic, ["toxic"], bits=16, grams=["w1"])
    assert (model.weights != 0).sum() <= 63


def test_classes_are_told_apart_and_named() -> None:
    texts = [f"word{n % 7} {'blorf' if n % 4 == 0 else 'kindly' if n % 4 == 1 else 'plain'}" for n in range(400)]
    labels = ["bad" if n % 4 == 0 else "good" if n % 4 == 1 else "none" for n in range(400)]
    model = train_classes(texts, labels, bits=12)
    assert model.labels == ("bad", "good", "none")
    told = classes(model, log_odds(model, ["word1 blorf", "word9 kindly", "plain word2"]))
    assert [model.labels[n] for n in told] == ["bad", "good", "none"]


def test_too_few_texts_are_told() -> None:
    with pytest.raises(BadInput, match="'toxic' has 2 texts and 98 others; training needs 8 of each"):
        train(["a b"] * 100, [True] * 2 + [False] * 98, ["toxic"], bits=8)
    with pytest.raises(BadInput, match="training needs 8"):
        train_classes(["a b"] * 100, ["same"] * 100, bits=8)


def test_macro_f1_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(0)
    truth, told = rng.integers(0, 4, 500), rng.integers(0, 4, 500)
    assert macro_f1(told, truth, 4) == pytest.approx(f1_score(truth, told, average="macro"))


def test_the_best_offset_raises_macro_f1() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random(2_000) < 0.1).astype(np.int64)
    scores = np.column_stack([np.full(2_000, -0.1), rng.normal(truth - 2.0, 0.7)])
    plain = macro_f1(scores.argmax(1), truth, 2)
    assert macro_f1((scores + best_offset(scores, truth)).argmax(1), truth, 2) > plain + 0.1
