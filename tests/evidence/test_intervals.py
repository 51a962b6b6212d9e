"""Wilson's interval against published values and its own definition; small cells stay hidden."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.evidence.intervals import hide_small, small, wilson

Z95 = 1.959963984540054


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [  # Newcombe (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_values(found: int, of: int, low: float, high: float) -> None:
    assert wilson(found, of) == pytest.approx((low, high), abs=5e-5)


def test_another_confidence() -> None:
    # 0 of n: the upper end is z^2 / (n + z^2); z of 99 % is 2.5758
    assert wilson(0, 50, confidence=0.99) == pytest.approx((0, 2.5758**2 / (50 + 2.5758**2)), abs=1e-5)


def test_no_cases_have_no_interval() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("found", "of"), [(-1, 5), (6, 5), (1, 0), (0, -1)])
def test_no_share(found: int, of: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson(found, of)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -1.0, 95.0])
def test_no_confidence(confidence: float) -> None:
    with pytest.raises(ValueError, match="is not between 0 and 1"):
        wilson(1, 2, confidence=confidence)


shares = st.integers(1, 10**9).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(shares)
def test_contains_the_share_and_stays_within_0_and_1(share: tuple[int, int]) -> None:
    found, of = share
    low, high = wilson(found, of) or (2, 2)
    assert 0 <= low <= found / of <= high <= 1
    assert low < high


@given(shares)
def test_mirrored(share: tuple[int, int]) -> None:
    found, of = share
    low, high = wilson(found, of) or (2, 2)
    assert wilson(of - found, of) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(shares.filter(lambda share: share[1] < 10**7), st.integers(2, 50))
def test_narrows_with_more_cases(share: tuple[int, int], times: int) -> None:
    found, of = share
    few, many = wilson(found, of), wilson(found * times, of * times)
    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]


@given(st.integers(2, 10_000).flatmap(lambda of: st.tuples(st.integers(1, of - 1), st.just(of))))
def test_ends_are_where_the_score_test_just_rejects(share: tuple[int, int]) -> None:
    found, of = share
    for end in wilson(found, of) or ():
        assert abs(found / of - end) == pytest.approx(Z95 * sqrt(end * (1 - end) / of), rel=1e-6)


def test_small() -> None:
    assert [n for n in range(12) if small(n)] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([40, 60], [40, 60]),
        ([0, 60], [0, 60]),
        ([9, 60], ["<10", "withheld"]),
        ([10, 60], [10, 60]),
        ([3, 400, 900], ["<10", 400, "withheld"]),
        ([8, 9, 900], ["<10", "<10", 900]),  # 17 in two cells: which has how many stays open
        ([9, 9, 900], ["<10", "<10", "withheld"]),  # 18 in two cells would be 9 and 9
        ([*[1] * 12, 900], [*["<10"] * 12, "withheld"]),  # 12 in twelve would be 1 each
        ([9, 9], ["withheld", "<10"]),
        ([1, 1, 900], ["<10", "<10", "withheld"]),  # 2 in two cells would be 1 and 1
        ([3, 4], ["<10", "<10"]),
        ([], []),
    ],
)
def test_hide_small(cells: list[int], shown: list[int | str]) -> None:
    assert hide_small(cells) == shown


@given(st.lists(st.integers(0, 50), min_size=1, max_size=4))
def test_small_cells_cannot_be_worked_out(cells: list[int]) -> None:
    shown = hide_small(cells)
    hidden = [cell for cell, text in zip(cells, shown, strict=True) if isinstance(text, str)]
    assert all(cell == text for cell, text in zip(cells, shown, strict=True) if not isinstance(text, str))
    assert not any(small(cell) for cell in shown if isinstance(cell, int))
    # With the total known, the hidden ones are known in sum: enough for several ways to have come about.
    if hidden and max(cells) >= 10:
        assert sum(hidden) >= 10
        assert len(hidden) > 1
