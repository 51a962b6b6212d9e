"""Joint leak: by hand, against deleting a layer, unmeasured layers, and how often the intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.evidence import layers, mean_of
from headgate.evidence.joint_leak import joint_leak

# ten harmful items, layers a and b: both stop 4, only a 3, only b 1, neither 2
TABLE = np.array([[1, 1]] * 4 + [[1, 0]] * 3 + [[0, 1]] + [[0, 0]] * 2)


def test_by_hand() -> None:
    found = joint_leak(TABLE, ["a", "b"])
    assert found.joint.estimate == pytest.approx(0.2)
    assert [layer.leak.estimate for layer in found.layers] == pytest.approx([0.3, 0.5])
    assert found.product == pytest.approx(0.15)
    assert [layer.worth.estimate for layer in found.layers] == pytest.approx([0.3, 0.1])
    (pair,) = found.pairs
    # (10*2 - 3*5) / root(3*7*5*5), both let pass 2 of 10
    assert pair.phi == pytest.approx(5 / np.sqrt(3 * 7 * 5 * 5))
    assert pair.low is not None
    assert pair.high is not None
    assert -1 < pair.low < pair.phi < pair.high < 1


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, np.nan])] * 3), min_size=4, max_size=30))
def test_worth_is_what_the_leak_rises_by_without_the_layer(rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows)
    found = joint_leak(table, ["a", "b", "c"])
    for n, layer in enumerate(found.layers):
        without = joint_leak(np.delete(table, n, axis=1), [name for name in "abc" if name != layer.name])
        assert without.joint.estimate - found.joint.estimate == pytest.approx(layer.worth.estimate)
        assert layer.leak.estimate >= found.joint.estimate - 1e-12
    assert 0 <= found.joint.low <= found.joint.estimate + 1e-9 <= found.joint.high + 2e-9


def test_a_layer_nobody_measured_gets_no_credit() -> None:
    people = np.full((10, 1), np.nan)
    found = joint_leak(np.hstack([TABLE, people]), ["a", "b", "review"])
    assert found.joint == joint_leak(TABLE, ["a", "b"]).joint
    review = found.layers[2]
    assert (review.measured, review.leak.estimate, review.worth.estimate) == (0, 1.0, 0.0)
    assert found.product == pytest.approx(0.15)
    assert [(pair.items, pair.phi) for pair in found.pairs[1:]] == [(0, None), (0, None)]


def test_none_is_unmeasured_and_flags_are_outcomes() -> None:
    mixed = [[True, None], [False, None], [False, True]]
    found = joint_leak(mixed, ["a", "b"])
    assert found.joint.estimate == pytest.approx(1 / 3)
    assert [layer.measured for layer in found.layers] == [3, 1]


def test_a_copy_of_a_layer_is_worth_nothing() -> None:
    found = joint_leak(TABLE[:, [0, 0]], ["a", "again"])
    assert [layer.worth.estimate for layer in found.layers] == [0, 0]
    assert found.pairs[0].phi == pytest.approx(1)
    assert found.pairs[0].low is None  # no variance to tell one from
    assert found.product < found.joint.estimate


def test_items_alike_widen_the_interval() -> None:
    table, groups = np.repeat(TABLE, 20, axis=0), np.repeat(np.arange(10), 20)
    apart, alike = joint_leak(table, ["a", "b"]), joint_leak(table, ["a", "b"], groups=groups)
    assert alike.joint.estimate == apart.joint.estimate
    assert alike.joint.high - alike.joint.low > 3 * (apart.joint.high - apart.joint.low)
    few = joint_leak(TABLE, ["a", "b"])
    assert (alike.joint.low, alike.joint.high) == pytest.approx((few.joint.low, few.joint.high))
    assert (alike.pairs[0].low, alike.pairs[0].high) == pytest.approx((few.pairs[0].low, few.pairs[0].high))


@pytest.mark.parametrize(
    ("table", "names", "said"),
    [
        ([[1, 0], [0, 1]], ["a"], "does not fit"),
        ([1, 0], ["a"], "does not fit"),
        ([[1.0], [0.5]], ["a"], "neither 0, 1 nor missing"),
        ([[1]], ["a"], "Measure more"),
        (np.empty((3, 0)), [], "does not fit"),
    ],
)
def test_tables_it_refuses(table: object, names: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        joint_leak(table, names)  # type: ignore[arg-type]


def test_coverage_and_what_the_product_misses() -> None:
    row = mean_of("", 200, lambda rng: layers(rng, 1))
    assert row["covered"] >= 0.92
    assert row["worth covered"] >= 0.92
    assert row["phi covered"] >= 0.92
    assert row["product in the interval"] == 0
    assert row["understated 1.5 times"] == 1


def test_coverage_in_groups() -> None:
    assert mean_of("", 200, lambda rng: layers(rng, 8))["covered"] >= 0.9
