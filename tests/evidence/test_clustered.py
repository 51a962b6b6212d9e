"""Weighted and grouped shares: by hand, against the plain case, and as they must not change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.evidence.clustered import numbered, share, t_quantile
from headgate.evidence.intervals import wilson


def test_plain_items_by_hand() -> None:
    # p = 0.2 of 50: variance p(1-p)/49, so 49 effective items, and fewer by (z / t of 49)^2
    found = share(np.repeat([1, 0], [10, 40]))
    assert found is not None
    assert found.estimate == pytest.approx(0.2)
    assert found.effective == pytest.approx(49 * (1.959964 / 2.009575) ** 2, rel=1e-5)
    assert (found.low, found.high) == pytest.approx(wilson(0.2 * found.effective, found.effective))


def test_weights_by_hand() -> None:
    # weights 1, 3 on hits, 4 on a miss: the share is 4 of 8
    found = share(np.array([1, 1, 0]), weights=np.array([1, 3, 4]))
    assert found is not None
    assert found.estimate == pytest.approx(0.5)
    # residuals 1/16, 3/16, -4/16: variance 26/256 * 3/2, effective 0.25 / that, times (z / t of 2)^2
    assert found.effective == pytest.approx(0.25 / (26 / 256 * 1.5) * (1.959964 / 4.302653) ** 2, rel=1e-5)


def test_copies_within_a_group_tell_nothing_new() -> None:
    hits = np.array([1, 0, 0, 1, 0, 0, 0, 1, 0, 0])
    once, thrice = share(hits), share(np.repeat(hits, 3), groups=np.repeat(np.arange(10), 3))
    assert once is not None
    assert thrice is not None
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_nothing_found_counts_groups_not_items() -> None:
    found = share(np.zeros(60), groups=np.repeat(list("abcdefghij"), 6))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(wilson(0, 10))


def test_too_few_groups() -> None:
    assert share(np.array([1, 0, 1]), groups=np.array(["a", "a", "a"])) is None
    assert share(np.array([1])) is None
    assert share(np.array([])) is None


@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 10), st.integers(0, 4)), min_size=2, max_size=40))
def test_contains_the_estimate_and_knows_no_scale_or_order(rows: list[tuple[bool, float, int]]) -> None:
    hits, weights, groups = (np.array(column) for column in zip(*rows, strict=True))
    found = share(hits, weights=weights, groups=groups)
    if found is None:
        assert len(set(groups.tolist())) < 2
        return
    assert 0 <= found.low <= found.estimate + 1e-9
    assert found.estimate - 1e-9 <= found.high <= 1
    assert found.effective <= len(rows) + 1e-9
    turned = share(hits[::-1], weights=weights[::-1] * 7, groups=groups[::-1])
    assert turned is not None
    assert (turned.low, turned.high) == pytest.approx((found.low, found.high), abs=1e-6)


@pytest.mark.parametrize(
    ("hits", "more"),
    [
        ([1, 0], {"weights": np.array([1])}),
        ([1, 0], {"groups": np.array([1])}),
        ([1, 0], {"weights": np.array([1, 0])}),
        ([1, 2], {}),
        ([1, np.nan], {}),
    ],
)
def test_columns_that_do_not_match(hits: list[float], more: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="Give"):
        share(np.array(hits), **more)


def test_numbered_and_quantile() -> None:
    assert numbered(np.array(["b", "a", "b"]), 3).tolist() == [1, 0, 1]
    assert numbered(None, 3).tolist() == [0, 1, 2]
    assert t_quantile(9, 0.95) == pytest.approx(2.262157, abs=1e-6)
