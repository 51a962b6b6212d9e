"""Cohen's kappa against published tables, where it is undefined, and how often its interval holds the truth."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.evidence import mean_of, two_labellers
from headgate.evidence.agreement import agreement, kappa, kappa_error
from headgate.evidence.intervals import wilson

# SAS/STAT manual, the FREQ procedure, skin condition; Kavanagh et al. (2009), BMC Cancer 9:1, table 2
SKIN = np.array([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]])
BREAST = np.array([[7, 1, 0], [0, 8, 0], [0, 0, 2]])


def labels_of(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    cells = np.repeat(np.arange(table.size), table.ravel())
    return cells // len(table), cells % len(table)


@pytest.mark.parametrize(
    ("table", "value", "error", "items", "digits"), [(SKIN, 0.3449, 0.0724, 88, 4), (BREAST, 0.906, 0.092, 18, 3)]
)
def test_published_tables(table: np.ndarray, value: float, error: float, items: int, digits: int) -> None:
    found = agreement(*labels_of(table))
    assert found.items == items
    assert found.kappa == pytest.approx(value, abs=0.5 * 10**-digits)
    assert found.error == pytest.approx(error, abs=0.5 * 10**-digits)
    assert found.agreed == pytest.approx(np.trace(table) / items)
    assert (found.agreed_low, found.agreed_high) == wilson(int(np.trace(table)), items)


def test_the_interval_is_near_the_published_one() -> None:
    found = agreement(*labels_of(SKIN))
    # 0.2030 and 0.4868 are published; two imagined items among 88 draw ours a little to 0
    assert (found.low, found.high) == pytest.approx((0.2030, 0.4868), abs=0.01)


def test_labels_of_any_kind() -> None:
    first, second = labels_of(BREAST)
    words = np.array(["low", "middle", "high"])
    # summed in another order, so equal but for rounding
    assert asdict(agreement(words[first], words[second])) == pytest.approx(asdict(agreement(first, second)))


def test_one_category_leaves_kappa_undefined() -> None:
    found = agreement(["safe"] * 12, ["safe"] * 12)
    assert (found.kappa, found.low, found.high, found.error) == (None, None, None, None)
    assert found.agreed == 1.0
    assert found.agreed_low == pytest.approx(12 / (12 + 1.959964**2))


def test_no_items() -> None:
    assert agreement([], []).agreed is None
    assert agreement([], []).kappa is None


def test_complete_agreement_is_not_certain() -> None:
    found = agreement([0, 1] * 10, [0, 1] * 10)
    assert found.kappa == 1.0
    assert found.error == 0.0
    assert found.high == 1.0
    assert found.low is not None
    assert 0.5 < found.low < 0.9


def test_a_labeller_who_never_varies_tells_nothing() -> None:
    found = agreement([0] * 20, [0] * 15 + [1] * 5)
    assert found.kappa == pytest.approx(0)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 0.3


def test_unequal_lengths() -> None:
    with pytest.raises(ValueError, match="1 labels cannot be compared with 2"):
        agreement([0], [0, 1])


tables = st.lists(st.integers(0, 9), min_size=9, max_size=9).map(lambda cells: np.array(cells).reshape(3, 3))


@given(tables.filter(lambda table: len(set(np.flatnonzero(table))) > 1))
def test_contains_kappa_and_knows_no_order(table: np.ndarray) -> None:
    found = agreement(*labels_of(table))
    if found.kappa is None:
        return
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.kappa <= found.high <= 1
    turned = agreement(*labels_of(table.T[::-1, ::-1]))
    assert (turned.kappa, turned.low, turned.error) == pytest.approx((found.kappa, found.low, found.error))


def test_an_error_of_nothing_is_nothing_however_the_table_is_turned() -> None:
    table = np.array([0, 0, 0, 0, 0, 0, 1, 1, 3]).reshape(3, 3)
    assert kappa_error(table) == kappa_error(table.T[::-1, ::-1]) == 0


def test_error_of_independent_labellers() -> None:
    # With all margins even and kappa 0, the error is 1 / root of n for two categories.
    assert kappa(np.full((2, 2), 25)) == 0
    assert kappa_error(np.full((2, 2), 25)) == pytest.approx(0.1)


@pytest.mark.parametrize(("items", "accuracy"), [(20, 0.97), (20, 0.85), (60, 0.85)])
def test_coverage(items: int, accuracy: float) -> None:
    row = mean_of("", 400, lambda rng: two_labellers(rng, items, 2, accuracy))
    assert row["covered"] >= 0.91
    assert row["covered"] >= row["by the published error"]
