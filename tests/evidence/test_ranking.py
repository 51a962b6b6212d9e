from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from headgate.evidence.ranking import gain, rank


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=60))
def test_average_precision_is_scikit_learn_s_ties_included(items: list[tuple[bool, int]]) -> None:
    hit, score = [i[0] for i in items], [i[1] for i in items]
    if not any(hit):
        return
    found = rank(hit, score, range(len(items)), draws=0)
    assert found.average_precision.value == pytest.approx(average_precision_score(hit, score))


def test_precision_and_recall_at_a_budget_by_hand() -> None:
    # in the order of scores: hit, miss, hit, hit, miss
    found = rank([1, 0, 1, 1, 0], [9, 8, 7, 6, 5], range(5), budgets=(1, 3, 10), draws=0)
    assert {k: e.value for k, e in found.precision.items()} == pytest.approx({1: 1, 3: 2 / 3, 10: 3 / 5})
    assert {k: e.value for k, e in found.recall.items()} == pytest.approx({1: 1 / 3, 3: 2 / 3, 10: 1})
    assert found.lee_liu == pytest.approx((1 / 3) ** 2 / (1 / 5))


def test_equal_scores_are_not_rewarded_for_their_order() -> None:
    # ten items of one score, three of them hits: any budget among them finds the block's share
    found = rank([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [1] * 10, range(10), budgets=(2,), draws=0)
    assert found.precision[2].value == pytest.approx(0.3)
    assert found.average_precision.value == pytest.approx(0.3)


def test_intervals_are_wider_where_accounts_hold_many_alike_items() -> None:
    rng = np.random.default_rng(0)
    hit = np.repeat(rng.random(40) < 0.3, 25)
    score = np.repeat(rng.random(40), 25) + hit * 0.3
    alone = rank(hit, score, np.arange(1000)).average_precision
    together = rank(hit, score, np.repeat(np.arange(40), 25)).average_precision
    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_intervals_cover_the_true_average_precision() -> None:
    # truth: the mean over many samples of the same population
    def sample(seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        hit = rng.random(400) < 0.2
        return hit, rng.normal(size=400) + 1.5 * hit

    truth = np.mean([rank(*sample(s), np.arange(400), draws=0).average_precision.value for s in range(1000, 1400)])
    covered = [r.low <= truth <= r.high for s in range(60) if (r := rank(*sample(s), np.arange(400)).average_precision)]
    assert np.mean(covered) >= 0.85


def test_gain_is_nothing_against_oneself_and_certain_against_noise() -> None:
    rng = np.random.default_rng(1)
    hit = rng.random(2000) < 0.1
    score, noise = rng.normal(size=2000) + 2 * hit, rng.normal(size=2000)
    assert gain(hit, score, score, np.arange(2000)).value == 0
    better = gain(hit, score, noise, np.arange(2000))
    expected = average_precision_score(hit, score) - average_precision_score(hit, noise)
    assert better.value == pytest.approx(expected)
    assert 0.2 < better.low < better.value < better.high


def test_nothing_labelled_is_refused() -> None:
    with pytest.raises(ValueError, match="no positive among the items"):
        rank([0, 0], [1, 2], [0, 1])
