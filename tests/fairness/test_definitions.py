from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.fairness.bootstrap import posterior
from headgate.fairness.counts import Counts
from headgate.fairness.definitions import CLARIFY, DEFINITIONS, VERMA_RUBIN, Definition, interval, measured, rates
from headgate.fairness.strata import standardised
from tests.fairness.test_measures import HAND

# from the two groups of test_measures
BY_HAND = {
    "demographic_parity": 8 / 20 - 6 / 20,
    "disparate_impact": 6 / 8,
    "equal_opportunity": 6 / 8 - 3 / 9,
    "predictive_equality": 3 / 11 - 2 / 12,
    "predictive_parity": 6 / 8 - 3 / 6,
    "equalized_odds": 6 / 8 - 3 / 9,
    "equalized_odds_mean": ((6 / 8 - 3 / 9) + (3 / 11 - 2 / 12)) / 2,
    "equalized_odds_ratio": (3 / 9) / (6 / 8),
    "conditional_use_accuracy": 10 / 12 - 8 / 14,
    "conditional_use_accuracy_mean": ((6 / 8 - 3 / 6) + (10 / 12 - 8 / 14)) / 2,
    "overall_accuracy_equality": 16 / 20 - 11 / 20,
    "treatment_equality": 6 / 3 - 2 / 2,
}
CLARIFY_BY_HAND = {
    "DPPL": 0.1, "DI": 0.75, "DCAcc": 0.5, "DCR": 1 - 11 / 14, "AD": 0.25, "RD": 6 / 8 - 3 / 9, "DAR": 0.25,
    "SD": 10 / 12 - 8 / 11, "DRR": 10 / 12 - 8 / 14, "TE": 1.0,  # codespell:ignore
}  # fmt: skip
WIDE = Counts(*(np.array(one, dtype=float) for one in ([60, 30], [20, 30], [20, 60], [100, 80])), ("a", "b"))


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_definition_is_what_it_is_by_hand(name: str) -> None:
    assert float(measured(DEFINITIONS[name], HAND)) == pytest.approx(BY_HAND[name], abs=1e-12)


@pytest.mark.parametrize("name", CLARIFY)
def test_the_ten_of_clarify_by_hand(name: str) -> None:
    assert float(measured(CLARIFY[name], HAND)) == pytest.approx(CLARIFY_BY_HAND[name], abs=1e-12)


def test_the_reviews_are_whole() -> None:
    assert (len(VERMA_RUBIN), len(CLARIFY)) == (9, 10)
    assert set(VERMA_RUBIN.values()) <= set(DEFINITIONS)


def test_conditional_statistical_parity_by_hand() -> None:
    # in each of two departments both groups are taken alike, and b applies where few are: a gap of 0, not of 0.3
    taken, refused = np.array([[32.0, 8.0], [2.0, 8.0]]), np.array([[8.0, 2.0], [8.0, 32.0]])
    none = np.zeros((2, 2))
    counts = Counts(taken, none, none, refused, ("a", "b"))
    assert float(measured(DEFINITIONS["demographic_parity"], standardised(counts))) == pytest.approx(0, abs=1e-12)
    plain = Counts(*counts.table.sum(1), ("a", "b"))
    assert float(measured(DEFINITIONS["demographic_parity"], plain)) == pytest.approx(34 / 50 - 16 / 50)


def test_how_far_groups_are_from_everybody() -> None:
    # 9 of 17 true ones are found, in a 6 of 8 and in b 3 of 9; 5 of 23 false ones are taken
    odds = float(measured(DEFINITIONS["equalized_odds"], HAND, HAND.all))
    assert odds == pytest.approx(max(6 / 8 - 9 / 17, 9 / 17 - 3 / 9), abs=1e-12)
    assert float(measured(DEFINITIONS["disparate_impact"], HAND, HAND.all)) == pytest.approx(6 / 7, abs=1e-12)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_interval_holds_the_value_and_shrinks_with_rows(name: str) -> None:
    definition = DEFINITIONS[name]
    value, widths = float(measured(definition, WIDE)), []
    for times in (1, 16):
        counts = Counts(*(times * WIDE.table), WIDE.groups)
        ends = interval(definition, counts, posterior(counts, draws=800, seed=3))
        assert ends is not None
        assert ends[0] <= value <= ends[1]
        widths.append(ends[1] - ends[0])
    assert widths[1] < widths[0] / 2.5  # by 4, as the root of 16


def test_an_interval_of_equal_groups_reaches_0_or_1() -> None:
    counts = Counts(*(np.array([one, one], dtype=float) for one in (50, 20, 50, 80)), ("a", "b"))
    again = posterior(counts, draws=500, seed=1)
    for name, definition in DEFINITIONS.items():
        ends = interval(definition, counts, again)
        assert ends is not None
        assert ends[1 if definition.gap == "ratio" else 0] == (1 if definition.gap == "ratio" else 0), name


def test_the_interval_of_a_difference_is_that_of_the_textbook_where_groups_are_large() -> None:
    counts = Counts(*(np.array(one) for one in ([600.0, 400.0], [1.0, 1.0], [400.0, 600.0], [1.0, 1.0])), ("a", "b"))
    ends = interval(DEFINITIONS["equal_opportunity"], counts, posterior(counts, draws=20_000, seed=5))
    assert ends is not None
    half = 1.959964 * (0.24 / 1000 * 2) ** 0.5  # Wald, of 0.6 and 0.4 of 1,000 each
    assert ends == pytest.approx((0.2 - half, 0.2 + half), abs=0.002)


def test_a_group_in_which_nobody_failed_is_not_sure() -> None:
    counts = Counts(*(np.array(one) for one in ([20.0, 20.0], [0.0, 0.0], [0.0, 0.0], [20.0, 20.0])), ("a", "b"))
    ends = interval(DEFINITIONS["equalized_odds"], counts, posterior(counts, seed=2))
    assert ends is not None
    assert ends[0] == 0
    assert ends[1] > 0.05  # the draws of whole rows would all say 0


def test_no_interval_of_what_is_not_defined() -> None:
    counts = Counts(*(np.array(one) for one in ([3.0, 0.0], [2.0, 1.0], [1.0, 0.0], [4.0, 5.0])), ("a", "b"))
    assert np.isnan(measured(DEFINITIONS["equalized_odds"], counts))
    assert interval(DEFINITIONS["equalized_odds"], counts, posterior(counts)) is None
    assert np.isnan(rates(DEFINITIONS["equalized_odds"], counts)).tolist() == [[False, True], [False, False]]


def test_a_limit_is_kept_missed_or_neither() -> None:
    least, most = Definition(("recall",), "ratio"), Definition(("recall",))
    assert [most.met((0.1, 0.2), limit) for limit in (0.2, 0.15, 0.05)] == [True, None, False]
    assert [least.met((0.7, 0.9), limit) for limit in (0.7, 0.8, 0.95)] == [True, None, False]
    assert most.met(None, 0.1) is least.met(None, 0.1) is None


@given(st.lists(st.tuples(*[st.integers(1, 40)] * 4), min_size=2, max_size=5), st.sampled_from(sorted(DEFINITIONS)))
def test_an_interval_holds_its_value_whatever_the_counts(cells: list[tuple[int, ...]], name: str) -> None:
    counts = Counts(*np.array(cells, dtype=float).T, tuple(map(str, range(len(cells)))))
    ends = interval(DEFINITIONS[name], counts, posterior(counts, draws=60, seed=0))
    assert ends is not None
    assert 0 <= ends[0] <= float(measured(DEFINITIONS[name], counts)) + 1e-12 <= ends[1] + 2e-12
