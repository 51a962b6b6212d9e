from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from headgate.errors import UsageError
from headgate.fairness.counts import Counts
from headgate.fairness.measures import RATES, SHARES, UNBOUNDED, between, known, rate, to_overall

# two groups of 20: worked out by hand below
HAND = Counts(*(np.array(one, dtype=float) for one in ([6, 3], [2, 3], [2, 6], [10, 8])), ("a", "b"))
BY_HAND = {
    "accuracy": (F(16, 20), F(11, 20)),
    "recall": (F(6, 8), F(3, 9)),
    "false_positive_rate": (F(2, 12), F(3, 11)),
    "false_negative_rate": (F(2, 8), F(6, 9)),
    "true_negative_rate": (F(10, 12), F(8, 11)),
    "precision": (F(6, 8), F(3, 6)),
    "selection_rate": (F(8, 20), F(6, 20)),
    "negative_predictive_value": (F(10, 12), F(8, 14)),
    "false_discovery_rate": (F(2, 8), F(3, 6)),
    "false_omission_rate": (F(2, 12), F(6, 14)),
    "error_rate": (F(4, 20), F(9, 20)),
    "base_rate": (F(8, 20), F(9, 20)),
    "f1": (F(12, 16), F(6, 15)),
    "balanced_accuracy": ((F(6, 8) + F(10, 12)) / 2, (F(3, 9) + F(8, 11)) / 2),
    "minimum_label_accuracy": (F(6, 8), F(3, 9)),
    "mcc": (56 / (8 * 8 * 12 * 12) ** 0.5, 6 / (6 * 9 * 11 * 14) ** 0.5),
    "conditional_acceptance": (F(8, 8), F(9, 6)),
    "conditional_rejection": (F(12, 12), F(11, 14)),
    "treatment_ratio": (F(2, 2), F(6, 3)),
    "error_ratio": (F(2, 2), F(3, 6)),
    # 20 people get 1 where right, 2 where favoured, 0 where passed over: sum of squares by the square of the sum
    "generalised_entropy": ((F(20 * 24, 400) - 1) / 2, (F(20 * 23, 289) - 1) / 2),
}
COUNTS = arrays(np.float64, (4, 3), elements=st.integers(0, 30).map(float))


@pytest.mark.parametrize("name", RATES)
def test_every_rate_is_what_it_is_by_hand(name: str) -> None:
    assert rate(name, HAND).tolist() == pytest.approx([float(one) for one in BY_HAND[name]], abs=1e-12)


@given(COUNTS)
def test_a_share_is_from_0_to_1_and_unknown_only_of_nothing(table: npt.NDArray[np.float64]) -> None:
    counts = Counts(*table, ("a", "b", "c"))
    for name in RATES:
        values = rate(name, counts)
        assert (np.isnan(values) == (RATES[name][1](counts) == 0)).all()
        if name in SHARES:
            assert ((values >= 0) & (values <= 1) | np.isnan(values)).all()
            assert (RATES[name][0](counts) <= RATES[name][1](counts)).all()
    assert set(UNBOUNDED) < set(RATES)


@given(COUNTS)
def test_rates_that_make_up_a_whole_do(table: npt.NDArray[np.float64]) -> None:
    counts = Counts(*table, ("a", "b", "c"))
    for one, other in (
        ("recall", "false_negative_rate"), ("true_negative_rate", "false_positive_rate"),
        ("precision", "false_discovery_rate"), ("negative_predictive_value", "false_omission_rate"),
        ("accuracy", "error_rate"),
    ):  # fmt: skip
        both = rate(one, counts) + rate(other, counts)
        assert np.allclose(both[~np.isnan(both)], 1, atol=1e-12)


def test_leading_axes_are_measured_at_once() -> None:
    twice = Counts(*(np.stack((one, 2 * one)) for one in HAND.table), HAND.groups)
    assert np.allclose(rate("f1", twice), [rate("f1", HAND)] * 2)


def test_gaps_by_hand() -> None:
    values = np.array([[0.2, 0.8, 0.5], [0.4, 0.4, 0.4]])
    assert between(values).tolist() == pytest.approx([0.6, 0])
    assert between(values, "ratio").tolist() == pytest.approx([0.25, 1])
    assert between(values, "worst").tolist() == [0.2, 0.4]
    assert between(values, "largest").tolist() == [0.8, 0.4]
    assert between(values, "pairs").tolist() == pytest.approx([(0.6 + 0.3 + 0.3) / 3, 0])
    assert between(values[:, :2], "pairs").tolist() == pytest.approx([0.6, 0])


def test_gaps_to_everybody_by_hand() -> None:
    values, overall = np.array([0.2, 0.8, 0.5]), np.array([0.4])
    assert float(to_overall(values, overall)) == pytest.approx(0.4)
    assert float(to_overall(values, overall, "ratio")) == pytest.approx(0.5)  # 0.2 of 0.4, 0.4 of 0.8
    with pytest.raises(UsageError, match="to everybody"):
        to_overall(values, overall, "worst")


@pytest.mark.parametrize("gap", ["difference", "ratio", "worst", "largest", "pairs"])
def test_what_is_unknown_of_one_group_leaves_the_gap_unknown(gap: str) -> None:
    assert np.isnan(between(np.array([0.1, np.nan]), gap))  # type: ignore[arg-type]


def test_what_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageError, match="Choose from accuracy"):
        known("fairness")
    with pytest.raises(UsageError, match="no gap 'biggest'"):
        between(np.zeros(2), "biggest")  # type: ignore[arg-type]
