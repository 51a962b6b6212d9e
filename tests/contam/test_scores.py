"""The four scores on cases worked out by hand; test_contam_search.py compares them with brute force."""

from __future__ import annotations

import numpy as np
import pytest

from headgate.contam.bench_grams import Sieve, numbers_for, of_items
from headgate.contam.scores import SCORES, Counting, Matches, Tally
from headgate.contam.token_ids import encode


def match(corpus: str, items: list[str], n: int, counting: Counting) -> Matches:
    words = [item.split() for item in items]
    ids = numbers_for(words)
    grams = of_items(words, n, ids)
    tokens = np.concatenate([[0], *(np.append(encode(doc.split(), ids), 0) for doc in corpus.split("|"))])
    tokens = tokens.astype(np.uint32)
    tally = Tally(grams, counting)
    tally.add(Sieve(grams).places(tokens), tokens)
    return tally.matches()


def test_the_scores_by_hand() -> None:
    # item: a b c X e f g h; 3-grams of it in the corpus: abc, efg, fgh
    made = match("z a b c y e f g h z", ["a b c x e f g h"], 3, Counting(skip_budget=0))
    assert made.scores[0].tolist() == pytest.approx([4 / 8, 7 / 8, 3 / 6, 7 / 8])
    assert (made.length[0], made.here[0], made.at[0]) == (4, 4, 6)
    made = match("z a b c y e f g h z", ["a b c x e f g h"], 3, Counting(skip_budget=1))
    assert made.scores[0].tolist() == pytest.approx([1, 7 / 8, 3 / 6, 1])
    assert (made.length[0], made.here[0], made.at[0]) == (8, 0, 2)


def test_a_span_stays_in_one_document_and_ends_on_a_token_that_agrees() -> None:
    apart = match("a b c|d e f", ["a b c d e f"], 3, Counting(skip_budget=4))
    assert apart.scores[0, SCORES.index("longest_match")] == pytest.approx(3 / 6)
    assert apart.scores[0, SCORES.index("token_extend")] == 1
    trailing = match("q a b c q q", ["x a b c y z"], 3, Counting(skip_budget=4))
    assert trailing.scores[0, SCORES.index("longest_match")] == pytest.approx(3 / 6)


def test_an_inserted_word_breaks_a_span() -> None:
    made = match("a b c NEW d e f g", ["a b c d e f g"], 3, Counting(skip_budget=4))
    assert made.scores[0, 0] == pytest.approx(4 / 7)


def test_items_too_short_have_no_score() -> None:
    made = match("a b c", ["a b", "", "a b c"], 3, Counting())
    assert np.isnan(made.scores[:2]).all()
    assert made.scores[2].tolist() == [1, 1, 1, 1]


def test_a_rare_n_gram_finds_the_span_beyond_the_cap() -> None:
    # "a b" is everywhere; the one full copy comes last and has "c d", which is rare
    corpus = "|".join(["a b"] * 50 + ["a b c d"])
    made = match(corpus, ["a b c d"], 2, Counting(skip_budget=0, most_places=5))
    assert made.scores[0].tolist() == [1, 1, 1, 1]
    assert made.common.tolist() == [True]


def test_where_every_n_gram_is_common_the_first_places_are_grown() -> None:
    corpus = "a b|a b|a b y q|a b x q"  # the only 2-gram that matches is in four places; from the third on it can grow
    for most, longest, common in ((2, 2 / 4, True), (3, 1, True), (4, 1, False)):
        made = match(corpus, ["a b z q"], 2, Counting(skip_budget=1, most_places=most))
        assert made.scores[0, 0] == pytest.approx(longest)
        assert made.common[0] == common
