from __future__ import annotations

import itertools
from math import comb, sqrt

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair.checks import check, difference, half_width, judged, noise

NONE = np.zeros(60)
ALL = np.ones(60)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.1, 0.1, "held"), (-0.05, 0.1001, "inconclusive"), (0.1001, 0.3, "leaks"), (0.1, 0.3, "inconclusive"),
     (-0.3, -0.1001, "over"), (-0.3, -0.1, "inconclusive"), (-0.3, 0.3, "inconclusive"), (None, None, "inconclusive")],
)  # fmt: skip
def test_verdicts_are_two_sided(low: float | None, high: float | None, verdict: str) -> None:
    assert judged(low, high, 0.1) == verdict


def test_the_interval_of_one_reference_is_bonett_and_price_s() -> None:
    # 20 items of which 6 differ one way and 1 the other: the adjusted counts are 7 and 2 of 22
    after = np.array([1.0] * 6 + [0.0] * 14)
    reference = np.array([0.0] * 6 + [1.0] + [0.0] * 13)
    share, spread = (7 - 2) / 22, (7 + 2) / 22
    half = 1.959964 * sqrt((spread - share**2) / 22)
    assert difference(after, [reference]) == pytest.approx((share - half, share + half), abs=1e-6)


def test_references_that_differ_widen_the_interval() -> None:
    alike = difference(NONE, [NONE, NONE, NONE])
    low, high = difference(NONE, [NONE, ALL * 0.2, ALL * 0.4])
    assert alike[1] - alike[0] < 0.1
    # means 0, 0.2, 0.4 of variance 0.04: t of 2 degrees of freedom is 4.303; the items have an interval of their own
    items = ((2 + 60 * 0.2**2) / 62 - (12 / 62) ** 2) / 62
    assert high - low == pytest.approx(2 * sqrt(4.302653**2 * 0.04 / 3 + 1.959964**2 * items), rel=1e-6)
    assert half_width(items, [0.0, 0.2, 0.4]) > half_width(items, [0.0, 0.2, 0.4, 0.0, 0.2, 0.4])


def test_references_that_differ_as_chance_would_have_it_widen_nothing() -> None:
    # two means with a variance of 0.02
    assert half_width(0.0, [0.0, 0.2], noise=0.021) == 0
    assert half_width(0.0, [0.0, 0.2], noise=0.01) == pytest.approx(12.7062 * sqrt(0.01 / 2), rel=1e-4)
    # rows that differ by an item each: what is left after the means of rows and columns is a quarter each
    assert noise([np.array([1.0, 0.0]), np.array([0.0, 1.0])]) == pytest.approx(4 * 0.25 / 1 / 2)
    assert noise([np.array([0.3, 0.5]), np.array([0.4, 0.6])]) == pytest.approx(0)


def simulated(seed: int, share: float, other: float, runs: int, apart: float, n: int, times: int = 400) -> float:
    """How often the interval holds the true difference, items being of a difficulty that all models share."""
    drawn = np.random.default_rng(seed)
    hard = drawn.uniform(size=(times, n))

    def answers(rate: np.ndarray) -> np.ndarray:
        # half of an item's fate is its difficulty
        own = drawn.uniform(size=(times, n)) < 0.5
        return np.where(own, drawn.uniform(size=(times, n)), hard) < rate[:, None]

    after = answers(np.full(times, share)).astype(float)
    rates = np.clip(other + apart * drawn.uniform(-1, 1, size=(runs, times)), 0, 1)
    references = [answers(rate).astype(float) for rate in rates]
    ends = [difference(after[one], [gold[one] for gold in references]) for one in range(times)]
    return float(np.mean([low <= share - other <= high for low, high in ends]))


@pytest.mark.parametrize(
    ("share", "other", "runs"),
    [(0.0, 0.0, 1), (0.0, 0.02, 3), (0.02, 0.02, 1), (0.1, 0.02, 3), (0.5, 0.5, 1), (0.5, 0.5, 3), (0.3, 0.6, 5),
     (0.97, 1.0, 2), (1.0, 0.0, 1)],
)  # fmt: skip
@pytest.mark.parametrize("n", [4, 20, 150])
def test_the_interval_holds_the_truth_as_often_as_it_says(share: float, other: float, runs: int, n: int) -> None:
    # 400 draws: 0.95 is at least 0.925 in all but one of a hundred
    assert simulated(n, share, other, runs, 0.0, n) >= 0.925


@pytest.mark.parametrize(("runs", "least"), [(2, 0.87), (3, 0.90), (5, 0.92)])
def test_it_nearly_does_where_the_references_differ(runs: int, least: float) -> None:
    assert simulated(1, 0.5, 0.5, runs, 0.2, 150) >= least


def test_no_items_or_no_number_is_inconclusive() -> None:
    empty = check("t", "", [], [], [[]], ceiling=0.1)
    assert (empty.verdict, empty.n, empty.after, empty.reference, empty.low) == ("inconclusive", 0, None, None, None)
    broken = check("t", "", NONE, [np.nan, *NONE[1:]], [NONE], ceiling=0.1, evidence="e")
    assert (broken.verdict, broken.after, broken.low) == ("inconclusive", None, None)
    assert broken.evidence == "e; a model gives no number for 1 items"


@pytest.mark.parametrize(
    ("after", "references", "said"),
    [(NONE[1:], [NONE], "one outcome an item"), (NONE, [NONE[1:]], "one outcome an item"),
     (ALL * 2, [NONE], "an outcome of 2"), (NONE, [ALL * -0.5], "an outcome of 0.5")],
)  # fmt: skip
def test_what_are_no_outcomes_is_refused(after: np.ndarray, references: list[np.ndarray], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check("t", "", NONE, after, references)


def test_a_check_says_what_it_is_made_of() -> None:
    made = check("t", "a", ALL, NONE, [NONE, NONE], evidence="e")
    assert (made.test, made.axis, made.before, made.after, made.reference) == ("t", "a", 1.0, 0.0, 0.0)
    assert (made.n, made.margin, made.verdict, made.evidence) == (60, 0.1, "held", "e")


def test_less_than_the_reference_is_over_and_none_is_inconclusive() -> None:
    half = np.arange(60) % 2.0
    assert check("t", "", ALL, NONE, [half]).verdict == "over"
    assert check("t", "", ALL, ALL, [half]).verdict == "leaks"
    assert check("t", "", ALL, NONE, []).verdict == "inconclusive"


def test_against_a_ceiling_few_items_tell_nothing_too_often() -> None:
    # of so many items with a rate at the ceiling, at most 2.5 % come out as over it, and as under it
    for ceiling in (0.02, 0.1, 0.5):
        for n in (1, 3, 8, 40, 150):
            chances = [comb(n, k) * ceiling**k * (1 - ceiling) ** (n - k) for k in range(n + 1)]
            for verdict, reference in (("leaks", [np.zeros(n)]), ("held", [])):
                said = [
                    check("t", "", np.ones(n), np.arange(n) < k, reference, ceiling=ceiling, margin=1.0).verdict
                    for k in range(n + 1)
                ]
                wrong = sum(chance for chance, one in zip(chances, said, strict=True) if one == verdict)
                assert wrong <= 0.025, (ceiling, n, verdict)


def test_a_ceiling_speaks_where_the_reference_does_not() -> None:
    assert check("t", "", ALL, NONE, [], ceiling=0.1).verdict == "held"
    assert check("t", "", ALL, ALL, [], ceiling=0.1).verdict == "leaks"
    # 0 of 20 may well be 0.1: Wilson's interval ends at 0.161
    assert check("t", "", ALL[:20], NONE[:20], [], ceiling=0.1).verdict == "inconclusive"
    # the retrained model does it too, as bad items that nobody named were trained on again
    near = check("t", "", ALL, ALL, [ALL], ceiling=0.1)
    assert (near.verdict, near.evidence) == ("leaks", "the retrained model itself lies over 0.1")
    assert check("t", "", ALL, NONE, [ALL], ceiling=0.1).verdict == "held"
    # with a sound reference the distance decides, but nothing over the ceiling passes
    assert check("t", "", ALL, NONE, [NONE], ceiling=0.1).verdict == "held"
    assert check("t", "", ALL, ALL, [NONE], ceiling=0.1, margin=1.0).verdict == "leaks"
    assert check("t", "", ALL, NONE, [ALL * 0.09], ceiling=0.1, margin=0.02).verdict == "over"


def test_more_items_narrow_the_interval_and_order_does_not_matter() -> None:
    widths = [np.subtract(*difference(NONE[:n], [NONE[:n]])[::-1]) for n in (1, 5, 20, 60)]
    assert all(more < fewer for fewer, more in itertools.pairwise(widths))
    drawn = np.random.default_rng(0)
    after, reference, order = drawn.uniform(size=30), drawn.uniform(size=30), drawn.permutation(30)
    assert difference(after[order], [reference[order]]) == pytest.approx(difference(after, [reference]))


@pytest.mark.parametrize("margin", [-0.1, 1.1, float("nan")])
def test_a_margin_that_tells_nothing_is_refused(margin: float) -> None:
    with pytest.raises(UsageError, match="tells nothing"):
        check("test", "", np.zeros(9), np.zeros(9), [np.zeros(9)], margin=margin)
