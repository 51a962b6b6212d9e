"""A screener's flags corrected by its errors: by hand, where it refuses, and how often its interval holds the truth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.evidence import flags, mean_of
from headgate.evidence.intervals import wilson
from headgate.evidence.screened import true_share


def test_by_hand() -> None:
    found = true_share(150, 1000, hits=80, positives=100, passed=180, negatives=200)
    # Rogan and Gladen: (0.15 + 0.9 - 1) / (0.8 + 0.9 - 1)
    assert found.estimate == pytest.approx(0.05 / 0.7)
    assert (found.items, found.why) == (1000, "")
    assert (found.apparent, found.telling) == pytest.approx((0.15, 0.7))
    assert (found.apparent_low, found.apparent_high) == wilson(150, 1000)
    # Lang and Reiczigel with z = 1.959964: share 151.92073 / 1003.84146 = 0.1513393, sensitivity 81 / 102 = 0.7941176,
    # specificity 181 / 202 = 0.8960396; centre 0.0473789 / 0.6901572 = 0.0686494; variance (0.000127944 + 0.0686494^2 *
    # 0.00160288 + 0.9313506^2 * 0.00046115) / 0.6901572^2 = 0.00112427; shift 7.682918 * (0.000110037 - 0.000429492)
    middle, half = 0.0686494 - 0.0024544, 1.959964 * 0.0335301
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half), abs=2e-6)


def test_interval_of_what_a_screener_tells_by_hand() -> None:
    found = true_share(5, 10, hits=8, positives=10, passed=15, negatives=20)
    # Wilson: 8 of 10 is 0.4902 to 0.9433, 15 of 20 is 0.5313 to 0.8881 (Newcombe 1998)
    assert found.telling == pytest.approx(0.55)
    assert found.telling_low == pytest.approx(0.55 - (0.3098**2 + 0.2187**2) ** 0.5, abs=2e-4)
    assert found.telling_high == pytest.approx(0.55 + (0.1433**2 + 0.1381**2) ** 0.5, abs=2e-4)


def test_a_screener_without_errors_leaves_the_share() -> None:
    found = true_share(70, 1000, hits=10**7, positives=10**7, passed=10**7, negatives=10**7)
    assert found.estimate == pytest.approx(0.07)
    # Agresti and Coull's interval: 71.92073 of 1003.84146
    assert (found.low, found.high) == pytest.approx((0.055689, 0.087600), abs=5e-6)


def test_the_estimate_is_cut_to_none_and_all() -> None:
    none = true_share(40, 1000, hits=80, positives=100, passed=190, negatives=200)
    assert none.estimate == none.low == 0
    assert 0 < none.high < 0.05
    every = true_share(820, 1000, hits=80, positives=100, passed=199, negatives=200)
    assert every.estimate == every.high == 1
    assert 0.8 < every.low < 1


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ((10, 100, 0, 0, 90, 100), "no positive rows were labelled: errors unknown"),
        ((10, 100, 90, 100, 0, 0), "no negative rows were labelled: errors unknown"),
        ((0, 0, 90, 100, 90, 100), "there are no items"),
        ((50, 100, 50, 100, 50, 100), "flags may tell nothing: sensitivity + specificity - 1 is 0.00, from -0.14"),
        ((50, 100, 3, 5, 3, 5), "flags may tell nothing: sensitivity + specificity - 1 is 0.20, from -0.32"),
        ((50, 100, 10, 100, 10, 100), "flags may tell nothing: sensitivity + specificity - 1 is -0.80, from -0.86"),
        (
            (5, 1000, 80, 100, 190, 200),
            "fewer items were flagged than false alarms alone would be: the labelled rows are unlike these items",
        ),
        (
            (990, 1000, 80, 100, 199, 200),
            "more items were flagged than true alarms alone would be: the labelled rows are unlike these items",
        ),
    ],
)
def test_refusals(counts: tuple[int, int, int, int, int, int], why: str) -> None:
    found, of, hits, positives, passed, negatives = counts
    share = true_share(found, of, hits=hits, positives=positives, passed=passed, negatives=negatives)
    assert share.estimate is None
    assert (share.low, share.high, share.why) == (0, 1, why)
    assert share.apparent == (found / of if of else None)


@pytest.mark.parametrize("counts", [(3, 2, 1, 1, 1, 1), (1, 2, 2, 1, 1, 1), (1, 2, 1, 1, -1, 1)])
def test_counts_it_refuses(counts: tuple[int, int, int, int, int, int]) -> None:
    found, of, hits, positives, passed, negatives = counts
    with pytest.raises(ValueError, match="is no share"):
        true_share(found, of, hits=hits, positives=positives, passed=passed, negatives=negatives)


@given(st.data())
def test_the_interval_holds_the_estimate_and_counting_the_other_way_mirrors_it(data: st.DataObject) -> None:
    of, positives, negatives = (data.draw(st.integers(1, 10**6)) for _ in range(3))
    found, hits, passed = (data.draw(st.integers(0, most)) for most in (of, positives, negatives))
    share = true_share(found, of, hits=hits, positives=positives, passed=passed, negatives=negatives)
    other = true_share(of - found, of, hits=passed, positives=negatives, passed=hits, negatives=positives)
    assert 0 <= share.low <= share.high <= 1
    if share.estimate is None:
        assert other.estimate is None
        return
    assert share.low <= share.estimate <= share.high
    assert (1 - share.estimate, 1 - share.high, 1 - share.low) == pytest.approx(
        (other.estimate, other.low, other.high), abs=1e-9
    )


@pytest.mark.parametrize(
    "case", [{}, {"items": 10**6, "common": 0.01}, {"items": 10**6, "labelled": (50, 50), "common": 0.3}]
)
def test_coverage(case: dict[str, object]) -> None:
    row = mean_of("", 300, lambda rng: flags(rng, **case))
    assert 0.92 <= row["covered"] <= 0.99
    assert row["refused"] == 0
    assert row["flags alone covered"] <= 0.2


def test_a_weak_screener_is_mostly_refused() -> None:
    row = mean_of("", 300, lambda rng: flags(rng, sensitivity=0.4, specificity=0.7, labelled=(100, 100)))
    assert row["refused"] >= 0.5
    assert row["covered"] >= 0.85
