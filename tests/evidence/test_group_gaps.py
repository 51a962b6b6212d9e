"""Gaps between groups: published intervals, Fisher's test by counting, and false alarms where there is nothing."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.evidence import mean_of, removals
from headgate.evidence.group_gaps import difference, group_gaps, holm


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe 1998, table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
    ],
)
def test_differences_of_newcombe(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    assert difference(*counts) == pytest.approx((low, high), abs=1e-4)


def test_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        difference(0, 0, 1, 2)


def test_holm_by_hand() -> None:
    # sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04, which may not fall
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9]) == [0.9]
    assert holm([0.6, 0.5]) == [1, 1]
    assert holm([0.6, 0.9]) == [1, 1]


def tail(found: int, of: int, other: int, other_of: int) -> float:
    """Twice the smaller tail of the hypergeometric distribution, by counting."""
    hits, total = found + other, of + other_of
    weights = [comb(hits, k) * comb(total - hits, of - k) for k in range(of + 1)]
    whole = comb(total, of)
    return min(1, 2 * min(sum(weights[: found + 1]) / whole, sum(weights[found:]) / whole))


@settings(deadline=None)
@given(st.integers(30, 60), st.integers(30, 60), st.data())
def test_two_groups_mirror_each_other(of: int, other_of: int, data: st.DataObject) -> None:
    found, other = data.draw(st.integers(0, of)), data.draw(st.integers(0, other_of))
    [[one, two]] = group_gaps([(np.array([found, other]), np.array([of, other_of]))])
    assert (one.gap, one.low, one.high) == pytest.approx((-two.gap, -two.high, -two.low))
    assert one.gap == pytest.approx(found / of - other / other_of)
    # two comparisons: Holm doubles both
    assert one.chance == pytest.approx(min(1, 2 * tail(found, of, other, other_of)), rel=1e-6)
    assert one.low <= one.gap <= one.high


def test_small_groups_count_among_the_others_only() -> None:
    [[one, two]] = group_gaps([(np.array([10, 5, 29]), np.array([100, 100, 29]))])
    assert (one.group, one.others_found, one.others_of) == (0, 34, 129)
    assert two.group == 1
    assert group_gaps([(np.array([3]), np.array([100]))]) == [[]]
    assert group_gaps([]) == []


def test_all_counts_are_one_family() -> None:
    alone = group_gaps([(np.array([20, 8]), np.array([100, 100]))])[0][0]
    beside = group_gaps([(np.array([20, 8]), np.array([100, 100])), (np.array([5, 5]), np.array([50, 50]))])[0][0]
    assert beside.chance == pytest.approx(2 * alone.chance)
    assert beside.low < alone.low


@pytest.mark.parametrize("found", [[5, 101], [-1, 5], [5]])
def test_counts_it_refuses(found: list[int]) -> None:
    with pytest.raises(ValueError, match="are no shares"):
        group_gaps([(np.array(found), np.array([100, 100]))])


def test_false_alarms_and_power() -> None:
    quiet = mean_of("", 300, removals)
    # 5 % of 300 runs, and what chance adds
    assert quiet["any false alarm"] <= 0.08
    assert quiet["all intervals hold"] >= 0.92
    planted = mean_of("", 100, lambda rng: removals(rng, more=0.1))
    assert planted["planted found"] >= 0.95
    assert planted["all intervals hold"] >= 0.92
