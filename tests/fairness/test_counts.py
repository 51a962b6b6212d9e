from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.fairness.counts import count, crossed

# group, label, prediction: b comes first here, and a first in the counts
ROWS = [("b", 1, 1), ("b", 0, 1), ("a", 1, 0), ("a", 0, 0), ("a", 1, 1), ("a", 1, 0)]
G, Y, D = (np.array(one) for one in zip(*ROWS, strict=True))


def test_counts_by_group_in_their_order() -> None:
    made = count(Y, D, G)
    assert made.groups == ("a", "b")
    assert [one.tolist() for one in (made.tp, made.fp, made.fn, made.tn)] == [[1, 1], [0, 1], [2, 0], [1, 0]]
    assert made.sizes.tolist() == [4, 2]
    assert made.positives.tolist() == [3, 1]
    assert made.table.tolist() == [[1, 1], [0, 1], [2, 0], [1, 0]]
    assert (made.all.groups, made.all.table.ravel().tolist()) == (("all",), [2, 1, 2, 1])


def test_groups_that_are_kept() -> None:
    made = count(Y, D, G).of(np.array([False, True]))
    assert (made.groups, made.table.ravel().tolist()) == (("b",), [1, 1, 0, 0])


def test_a_weight_counts_a_row_so_often() -> None:
    weights = np.array([1, 2, 0, 0.5, 3, 1])
    made = count(Y, D, G, weights=weights)
    assert made.table.tolist() == [[3, 1], [0, 2], [1, 0], [0.5, 0]]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_every_row_counts_once(rows: list[tuple[str, bool, bool]]) -> None:
    g, y, d = (np.array(one) for one in zip(*rows, strict=True))
    made = count(y, d, g)
    assert made.sizes.sum() == len(rows)
    for place, name in enumerate(made.groups):
        assert made.tp[place] == sum(a == name and b and c for a, b, c in rows)
        assert made.fn[place] == sum(a == name and b and not c for a, b, c in rows)


@pytest.mark.parametrize(
    ("labels", "predicted", "words"),
    [([1, 0], [1], "fit"), ([], [], "at least one"), ([2, 0], [1, 0], "label of 2"), ([1, 0], [0.5, 1], "0.5"),
     ([1, np.nan], [1, 0], "label of nan"), (["yes", "no"], [1, 0], "label of yes"), ([[1, 0]], [1], "label of")],
)  # fmt: skip
def test_what_is_no_decision_is_refused_in_one_line(labels: object, predicted: object, words: str) -> None:
    groups = ["a"] * len(labels)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=words) as told:
        count(labels, predicted, groups)  # type: ignore[arg-type]
    assert "\n" not in str(told.value)


def test_true_and_false_in_any_dress_count_alike() -> None:
    for labels in (Y.astype(bool), Y.astype(float), Y.astype(object), Y.astype(bool).astype(object)):
        assert (count(labels, D, G).table == count(Y, D, G).table).all()


@pytest.mark.parametrize("weights", [[1, 1], [1] * 5 + [-1], [1] * 5 + [np.nan]])
def test_a_weight_that_is_none_is_refused(weights: list[float]) -> None:
    with pytest.raises(UsageError, match="one number for each row"):
        count(Y, D, G, weights=weights)


def test_each_combination_of_columns_is_a_group() -> None:
    assert crossed([["f", "m", "f"], ["x", "x", "y"]]).tolist() == ["f & x", "m & x", "f & y"]
    assert crossed([[1, 2]]).tolist() == ["1", "2"]
    for columns in ([], [["a"], ["b", "c"]]):
        with pytest.raises(UsageError, match="make no groups"):
            crossed(columns)
