from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.fairness.by_group import USUAL, by_group, gap, interval
from tests.fairness.test_names import D, G, Y


def test_arrays_give_arrays() -> None:
    made = by_group([1, 1, 0, 0], [1, 0, 1, 0], ["x", "x", "y", "y"], measures=["recall_score", "selection_rate"])
    assert isinstance(made, dict)
    assert {name: values.tolist() for name, values in made.items()} == {
        "group": ["x", "y"], "recall_score": [0.5, pytest.approx(np.nan, nan_ok=True)], "selection_rate": [0.5, 0.5],
        "count": [2, 2],
    }  # fmt: skip


def test_pandas_gives_what_fairlearn_s_frame_gives() -> None:
    pandas = pytest.importorskip("pandas")
    metrics = pytest.importorskip("fairlearn.metrics")
    asked = ["selection_rate", "true_positive_rate", "false_positive_rate", "true_negative_rate", "false_negative_rate"]
    y, d, g = (pandas.Series(one, name=name) for one, name in ((Y, "y"), (D, "d"), (G, "who")))
    ours = by_group(y, d, g, measures=asked)
    theirs = metrics.MetricFrame(
        metrics={one: getattr(metrics, one) for one in asked}, y_true=y, y_pred=d, sensitive_features=g
    ).by_group
    assert isinstance(ours, pandas.DataFrame)
    assert ours.index.name == theirs.index.name == "who"
    assert ours.index.tolist() == theirs.index.tolist()
    assert np.abs(ours[asked] - theirs).to_numpy().max() < 1e-12
    assert ours["count"].sum() == len(Y)


def test_several_columns_are_their_combinations() -> None:
    pandas = pytest.importorskip("pandas")
    groups = pandas.DataFrame({"sex": ["f", "m", "f", "f"], "age": [1, 1, 2, 2]})
    made = by_group([1, 0, 1, 1], [1, 0, 0, 1], groups)
    assert list(made.index) == ["f & 1", "f & 2", "m & 1"]  # type: ignore[union-attr]
    assert made.index.name == "sex & age"  # type: ignore[union-attr]
    assert list(made.columns) == [*USUAL, "count"]  # type: ignore[union-attr]
    assert made["recall"].tolist()[:2] == [1, 0.5]
    assert np.isnan(made["recall"].tolist()[2])


def test_a_gap_has_an_interval_and_equalised_odds_too() -> None:
    value, ends = gap(Y, D, G, "equalized_odds_difference"), interval(Y, D, G, "equalized_odds_difference", seed=3)
    assert ends is not None
    assert 0 <= ends[0] < value < ends[1] < 1
    assert interval(Y, D, G, "equalized_odds_difference", seed=3) == ends
    assert interval([1, 0, 0], [1, 0, 0], ["a", "a", "b"], "recall") is None


def test_a_method_nobody_knows() -> None:
    with pytest.raises(UsageError, match="between_groups, to_overall"):
        gap(Y, D, G, "recall", method="to_nobody")  # type: ignore[arg-type]
