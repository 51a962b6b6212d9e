from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.repair.agreement import agreement, costs, ranks
from headgate.repair.shapes import Influence


def of(*scores: float) -> Influence:
    return Influence(np.asarray(scores, float))


def test_rank_correlation_and_overlap_by_hand() -> None:
    # Spearman without ties: 1 - 6 sum d^2 / (n (n^2 - 1)); differences of ranks 1, 1, 0, 1, 1 -> 1 - 24/120
    [found] = agreement({"a": of(1, 2, 3, 4, 5), "b": of(2, 1, 3, 5, 4)}, 2)
    assert (found.first, found.second, found.top, found.by_chance) == ("a", "b", 2, 0.4)
    assert found.rank == pytest.approx(0.8)
    assert found.overlap == 1.0
    [found] = agreement({"a": of(1, 2, 3, 4, 5), "b": of(5, 4, 3, 2, 1)}, 2)
    assert found.rank == pytest.approx(-1.0)
    assert found.overlap == 0.0


def test_ties_share_ranks_and_count_by_their_chance() -> None:
    np.testing.assert_array_equal(ranks(np.array([2.0, 1.0, 2.0, 5.0])), [2.5, 1.0, 2.5, 4.0])
    # b: one item is surely among the top two, three share the other place; of a's top two, one is that one
    [found] = agreement({"a": of(4, 3, 0, 0.5), "b": of(9, 1, 1, 1)}, 2)
    assert found.overlap == pytest.approx((1 + 1 / 3) / 2)
    [found] = agreement({"a": of(1, 2, 3), "none": of(0, 0, 0)}, 1)
    assert found.rank is None
    assert found.overlap == pytest.approx(1 / 3) == found.by_chance


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.integers(0, 1000))
def test_order_alone_counts_and_pairs_are_symmetric(scores: list[float], seed: int) -> None:
    a = np.asarray(scores)
    b = np.random.default_rng(seed).normal(size=len(a))
    [one], [two] = (
        agreement({"a": Influence(a), "b": Influence(b)}, 1),
        agreement({"b": Influence(b), "a": Influence(a)}, 1),
    )
    assert one.rank == pytest.approx(two.rank) if one.rank is not None else two.rank is None
    assert one.overlap == pytest.approx(two.overlap)
    [same] = agreement({"b": Influence(b), "c": Influence(3 * b + 7)}, 1)
    assert same.rank == pytest.approx(1.0)
    assert same.overlap == 1.0


def test_agrees_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    draw = np.random.default_rng(3)
    a, b = draw.integers(0, 5, 50).astype(float), draw.integers(0, 5, 50).astype(float)
    [found] = agreement({"a": Influence(a), "b": Influence(b)}, 10)
    assert found.rank == pytest.approx(stats.spearmanr(a, b).statistic)


def test_three_tracings_make_three_pairs_and_one_none() -> None:
    three = {name: of(1, 2, 3) for name in "abc"}
    assert [(one.first, one.second) for one in agreement(three, 1)] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert agreement({"a": of(1, 2)}, 1) == []


def test_the_quickest_stands_first() -> None:
    found = costs({"slow": 3.0, "quick": 0.5})
    assert [(one.method, one.times) for one in found] == [("quick", 1.0), ("slow", 6.0)]
    assert costs({}) == []


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(UsageError, match="the top 1 of scores of"):
        agreement({"a": of(1, 2), "b": of(1, 2, 3)}, 1)
    with pytest.raises(UsageError, match="the top 3"):
        agreement({"a": of(1, 2), "b": of(1, 2)}, 3)
    with pytest.raises(UsageError, match="b gave scores that are no numbers"):
        agreement({"a": of(1, 2), "b": of(1, np.nan)}, 1)
