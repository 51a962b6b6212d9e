from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest

from headgate.repair.words import bm25, counted, tfidf

TRAIN = ["the cat sat", "the dog the dog", "a bird"]


def test_words_are_counted_folded_and_unknown_ones_left_out() -> None:
    counts, vocabulary = counted(TRAIN)
    assert list(vocabulary) == ["a", "bird", "cat", "dog", "sat", "the"]
    np.testing.assert_array_equal(counts.toarray()[1], [0, 0, 0, 2, 0, 2])
    asked, same = counted(["The Cat, the GNU"], vocabulary)
    assert same is vocabulary
    np.testing.assert_array_equal(asked.toarray(), [[0, 0, 1, 0, 0, 2]])


def test_tfidf_by_hand() -> None:
    counts, _ = counted(TRAIN)
    cat, the = log(4 / 2) + 1, log(4 / 3) + 1
    length = sqrt(2 * cat**2 + the**2)
    np.testing.assert_allclose(tfidf(counts, counts).toarray()[0], [0, 0, cat / length, 0, cat / length, the / length])
    np.testing.assert_allclose((tfidf(counts, counts).toarray() ** 2).sum(1), 1.0)


def test_an_empty_text_is_like_nothing() -> None:
    counts, vocabulary = counted(TRAIN)
    nothing, _ = counted(["", "zebra"], vocabulary)
    assert not tfidf(nothing, counts).toarray().any()
    assert not bm25(nothing, counts).any()


def test_tfidf_is_scikit_learn_s() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    texts = [*TRAIN, "dog dog dog cat"]
    theirs = text.TfidfVectorizer(sublinear_tf=True, token_pattern=r"\w+").fit_transform(texts)
    counts, _ = counted(texts)
    np.testing.assert_allclose(tfidf(counts, counts).toarray(), theirs.toarray())


def test_bm25_by_hand() -> None:
    train, vocabulary = counted(TRAIN)
    asked, _ = counted(["dog dog"], vocabulary)
    rarity = log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    long = 4 / 3  # the text's length beside the mean of 3, 4 and 2
    expected = rarity * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * long))
    np.testing.assert_allclose(bm25(asked, train), [[0, expected, 0]])
