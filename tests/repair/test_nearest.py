from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from headgate.errors import UsageError
from headgate.repair.estimators import ESTIMATOR
from headgate.repair.examples import examples
from headgate.repair.nearest import blocks, inputs, knn_shapley, matches, places, unit
from headgate.repair.shapes import Subject


def by_every_order(apart: np.ndarray, match: np.ndarray, k: int) -> np.ndarray:
    """Shapley values by the definition: the mean gain of each item over all orders in which items come."""
    n = len(apart)

    def worth(held: tuple[int, ...]) -> float:
        near = sorted(held, key=lambda one: (apart[one], one))[:k]
        return float(sum(match[one] for one in near) / k)

    value = np.zeros(n)
    for order in permutations(range(n)):
        for place, one in enumerate(order):
            value[one] += worth(order[: place + 1]) - worth(order[:place])
    return value / factorial(n)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(1, 7), st.integers(0, 10_000))
def test_the_recursion_is_the_mean_gain_over_all_orders(n: int, k: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    train, queries = draw.integers(0, 4, (n, 2)).astype(float), draw.normal(size=(3, 2))  # with ties
    match = draw.random((3, n)) if seed % 2 else draw.integers(0, 2, (3, n)).astype(float)
    apart = ((queries[:, None] - train[None]) ** 2).sum(2)
    expected = np.mean([by_every_order(apart[q], match[q], k) for q in range(3)], axis=0)
    # equal places may come in another order by rounding, which their values then follow: none are equal here but by place
    np.testing.assert_allclose(knn_shapley(train, queries, match, k), expected, atol=1e-9)


@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 10_000))
def test_values_sum_to_the_vote_of_all(n: int, k: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    train, queries = draw.normal(size=(n, 3)), draw.normal(size=(4, 3))
    match = draw.random((4, n))
    order = np.argsort(((queries[:, None] - train[None]) ** 2).sum(2), axis=1)[:, :k]
    whole = np.take_along_axis(match, order, 1).sum(1).mean() / k
    assert knn_shapley(train, queries, match, k).sum() == pytest.approx(whole)


def test_memory_is_bounded_and_changes_nothing() -> None:
    draw = np.random.default_rng(0)
    train, queries, match = draw.normal(size=(50, 3)), draw.normal(size=(9, 3)), draw.random((9, 50))
    sizes = [apart.shape for _, apart in blocks(train, queries, most=8 * 50 * 2)]
    assert sizes == [(2, 50)] * 4 + [(1, 50)]
    np.testing.assert_allclose(
        knn_shapley(train, queries, match, 3, most=8 * 50 * 2), knn_shapley(train, queries, match, 3), rtol=1e-12
    )


def test_distances_are_squared() -> None:
    [(some, apart)] = blocks(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 1.0]]))
    assert some == slice(0, 1)
    np.testing.assert_allclose(apart, [[1.0, 18.0]])


@pytest.mark.parametrize("far", [1e6, 1e8, 1.7e9])
def test_far_from_nought_distances_keep_their_digits(far: float) -> None:
    draw = np.random.default_rng(0)
    train, queries = draw.integers(0, 1_000, (60, 2)) / 64.0, draw.integers(0, 1_000, (4, 2)) / 64.0
    near, away = (np.concatenate([one for _, one in blocks(train + by, queries + by)]) for by in (0.0, far))
    np.testing.assert_allclose(away, near, atol=1e-6)


def test_answers_match_as_classes_numbers_and_tokens() -> None:
    np.testing.assert_array_equal(matches(np.array([1, 2, 1]), np.array([1, 3])), [[1, 0, 1], [0, 0, 0]])
    np.testing.assert_allclose(matches(np.array([0.0, 2.0]), np.array([0.0])), [[1.0, np.exp(-2.0)]])
    given_, asked = np.array([[-100, 5, 6], [7, 7, -100]]), np.array([[5, 6, 7], [-100, 8, -100]])
    np.testing.assert_allclose(matches(given_, asked), [[2 / 3, 1 / 3], [0.0, 0.0]])


def test_a_vote_of_nobody_is_refused() -> None:
    with pytest.raises(UsageError, match="k 0"):
        knn_shapley(np.zeros((2, 1)), np.zeros((1, 1)), np.ones((1, 2)), 0)


def test_the_columns_of_a_table_are_standardised_by_the_training_items_and_pictures_are_not() -> None:
    table = [examples(np.array([[1.0, 5.0], [5.0, 5.0]]), np.zeros(2)), examples(np.array([[6.0, 6.0]]), np.zeros(1))]
    train, other = inputs(table)
    np.testing.assert_allclose(train, [[-1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(other, [[1.5, 1.0]])
    picture = examples(np.arange(8.0).reshape(2, 1, 2, 2), np.zeros(2))
    np.testing.assert_allclose(inputs([picture])[0], np.arange(8.0).reshape(2, 4))


def test_the_input_needs_no_model_and_both_join_at_length_one() -> None:
    train = examples(np.array([[1.0, 5.0], [3.0, 7.0]]), np.zeros(2, int))
    alone = Subject("arrays", None, train, ESTIMATOR)
    np.testing.assert_allclose(places(alone, [train], "input")[1], [[-1, -1], [1, 1]])
    joined = places(alone, [], "both")[0]
    np.testing.assert_allclose(joined[:, :2], unit(train.x))
    np.testing.assert_allclose((joined**2).sum(1), 2.0)
    # token ids lie nowhere: of a language model features alone are both
    words = replace(alone, adapter=replace(ESTIMATOR, kind="causal"))
    np.testing.assert_array_equal(places(words, [], "both")[0], train.x)
    with pytest.raises(UsageError, match="token ids"):
        places(words, [], "input")
    with pytest.raises(UsageError, match="checkpoint 0 of 0"):
        places(alone, [], "features", 0)
    for over in ("input", "features", "both"):
        with pytest.raises(UsageError, match="missing or infinite"):
            places(alone, [replace(train, x=np.array([[1.0, np.nan], [2.0, 3.0]]))], over)


@given(arrays(float, (4, 3), elements=st.floats(-1e6, 1e6)))
def test_rows_come_to_length_one_or_stay_nothing(rows: np.ndarray) -> None:
    length = np.linalg.norm(unit(rows), axis=1)
    assert np.all(np.isclose(length, 1) | (np.linalg.norm(rows, axis=1) < 1e-150))
