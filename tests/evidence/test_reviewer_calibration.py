"""Reviewers: by hand, how often the intervals hold the truth, and what the joint leak makes of people who toss coins."""

from __future__ import annotations

from itertools import product
from math import comb, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.evidence.clustered import t_quantile
from headgate.evidence.intervals import wilson
from headgate.evidence.joint_leak import joint_leak
from headgate.evidence.reviewer_calibration import (
    NOT_A_LAYER,
    apart,
    calibrate,
    credit,
    majority_error,
    votes_needed,
)

Z = NormalDist()
RUNS = 500


def told(hits: int, there: int, alarms: int, absent: int) -> tuple[list[int], list[int]]:
    """Truths and votes of one reviewer, in counts."""
    truth = [1] * there + [0] * absent
    return truth, [1] * hits + [0] * (there - hits) + [1] * alarms + [0] * (absent - alarms)


def test_by_hand() -> None:
    found = calibrate(*told(20, 25, 10, 25))
    assert (found.sensitivity.found, found.sensitivity.votes, found.sensitivity.estimate) == (20, 25, 0.8)
    assert (found.specificity.found, found.specificity.votes, found.specificity.estimate) == (15, 25, 0.6)
    # the log-linear correction adds a half to each count and one to each total
    hit, alarm = Z.inv_cdf(20.5 / 26), Z.inv_cdf(10.5 / 26)
    assert found.d_prime == pytest.approx(hit - alarm)
    assert found.criterion == pytest.approx(-(hit + alarm) / 2)
    # Wilson's ends on 25 votes, fewer by the t factor for 24 degrees of freedom
    effective = 24 / 25 * 25 * (Z.inv_cdf(0.975) / t_quantile(24, 0.95)) ** 2
    low, high = wilson(0.8 * effective, effective) or (0, 0)
    assert (found.sensitivity.low, found.sensitivity.high) == pytest.approx((low, high))
    low_other, high_other = wilson(0.4 * effective, effective) or (0, 0)
    below = sqrt((hit - Z.inv_cdf(low)) ** 2 + (Z.inv_cdf(high_other) - alarm) ** 2)
    above = sqrt((Z.inv_cdf(high) - hit) ** 2 + (alarm - Z.inv_cdf(low_other)) ** 2)
    assert (found.low, found.high) == pytest.approx((hit - alarm - below, hit - alarm + above))
    assert found.layer
    assert found.warning == ""
    assert found.dependence is None


def test_nobody_who_never_erred_is_perfect() -> None:
    found = calibrate(*told(12, 12, 0, 12))
    assert found.d_prime == pytest.approx(2 * Z.inv_cdf(12.5 / 13))
    assert found.high is None
    assert found.low is not None
    assert 0 < found.low < found.d_prime
    few = calibrate(*told(1, 1, 0, 1))
    assert few.low is not None
    assert few.low < 0
    assert not few.layer


@pytest.mark.parametrize(
    ("counts", "why"),
    [((10, 20, 10, 20), "coin toss"), ((20, 20, 20, 20), "coin toss"), ((2, 40, 38, 40), "more often"), ((9, 9, 0, 0), "nobody measured"), ((0, 0, 0, 0), "nobody measured")],
)  # fmt: skip
def test_when_review_is_not_a_layer(counts: tuple[int, int, int, int], why: str) -> None:
    found = calibrate(*told(*counts))
    assert not found.layer
    assert found.warning.startswith(NOT_A_LAYER)
    assert why in found.warning


def test_unsure_is_counted_and_in_no_rate() -> None:
    found = calibrate([1, 1, 0, 0], [1, np.nan, 0, np.nan])
    assert (found.unsure, found.sensitivity.votes, found.specificity.votes) == (2, 1, 1)


def test_votes_on_the_same_items_count_for_less() -> None:
    """Ten items with ten equal votes each are ten items."""
    truth, votes = told(8, 10, 1, 10)
    one = calibrate(truth, votes)
    many = calibrate(np.repeat(truth, 10), np.repeat(votes, 10), items=np.repeat(np.arange(20), 10))
    assert (many.sensitivity.low, many.sensitivity.high) == pytest.approx((one.sensitivity.low, one.sensitivity.high))
    assert (many.sensitivity.votes, many.sensitivity.items, many.dependence) == (100, 10, pytest.approx(1))


def test_dependence_by_hand() -> None:
    """Fleiss and Cuzick's 1 - sum(y(n - y)/n) / ((N - k) p (1 - p)): three items of two votes, 2, 1 and 1 right."""
    found = calibrate([1] * 6, [1, 1, 1, 0, 1, 0], items=np.array([1, 1, 2, 2, 3, 3]))
    assert found.dependence == pytest.approx(max(0, 1 - (1 / 2 + 1 / 2) / (3 * (4 / 6) * (2 / 6))))
    alike = calibrate([1] * 8, [1, 1, 0, 0, 1, 1, 1, 0], items=np.array([1, 1, 2, 2, 3, 3, 4, 4]))
    assert alike.dependence == pytest.approx(1 - 0.5 / (4 * (5 / 8) * (3 / 8)))


def test_dependence_is_found_again() -> None:
    rng = np.random.default_rng(4)
    right = rng.beta(0.8 * 3, 0.2 * 3, 4000)  # correlation 1 / (1 + 3)
    votes = (rng.random((4000, 3)) < right[:, None]).astype(float).ravel()
    found = calibrate(np.ones(12000), votes, items=np.repeat(np.arange(4000), 3))
    assert found.dependence == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(("hit", "alarm", "there", "absent"), [(0.85, 0.2, 80, 80), (0.6, 0.45, 80, 60), (0.85, 0.2, 15, 15), (0.5, 0.5, 15, 15), (0.9, 0.1, 10, 10), (0.7, 0.3, 6, 6), (0.95, 0.3, 20, 8)])  # fmt: skip
def test_the_intervals_hold_the_truth_as_often_as_they_say(hit: float, alarm: float, there: int, absent: int) -> None:
    """Every outcome, weighted by its chance: no runs of a simulation to be lucky with."""
    from scipy.stats import binom

    d_prime = Z.inv_cdf(hit) - Z.inv_cdf(alarm)
    held = np.zeros(3)
    for hits, alarms in product(range(there + 1), range(absent + 1)):
        chance = binom.pmf(hits, there, hit) * binom.pmf(alarms, absent, alarm)
        if chance < 1e-7:
            continue
        found = calibrate(*told(hits, there, alarms, absent))
        for n, (rate, wanted) in enumerate(((found.sensitivity, hit), (found.specificity, 1 - alarm))):
            assert rate.low is not None
            assert rate.high is not None
            held[n] += chance * (rate.low <= wanted <= rate.high)
        held[2] += chance * (
            (found.low is None or found.low <= d_prime) and (found.high is None or d_prime <= found.high)
        )
    assert (held >= 0.93).all(), held
    assert (held < 0.999).any(), held


def test_they_do_with_several_votes_on_an_item_too() -> None:
    """Some items are hard for all of three reviewers; without the items' ids the intervals are too narrow."""
    rng = np.random.default_rng(11)
    truth, item = np.repeat([1, 0], 120), np.repeat(np.arange(80), 3)
    held, naive = np.zeros(2), 0
    for _ in range(RUNS):
        right = np.repeat(rng.beta(0.8 * 2, 0.2 * 2, 80), 3)
        votes = np.where(rng.random(240) < right, truth, 1 - truth).astype(float)
        found, plain = calibrate(truth, votes, items=item), calibrate(truth, votes)
        assert found.sensitivity.low is not None
        assert found.sensitivity.high is not None
        assert plain.sensitivity.low is not None
        assert plain.sensitivity.high is not None
        held[0] += found.sensitivity.low <= 0.8 <= found.sensitivity.high
        held[1] += (found.low or -9) <= 2 * Z.inv_cdf(0.8) <= (found.high or 9)
        naive += plain.sensitivity.low <= 0.8 <= plain.sensitivity.high
    assert (held / RUNS >= 0.93).all(), held / RUNS
    assert naive / RUNS < 0.9


def test_people_at_chance_are_credited_about_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(2)
    truth = np.repeat([1, 0], 40)
    layer = sum(calibrate(truth, rng.integers(0, 2, 80)).layer for _ in range(RUNS))
    assert layer / RUNS <= 0.045  # one side of 95 %, and chance


def test_reviewers_and_strata_are_told_apart() -> None:
    truth = np.array([1, 0] * 30)
    coin = np.tile([1, 1, 0, 0], 15)
    truth_, votes = np.r_[truth, truth], np.r_[truth, coin]
    found = apart(truth_, votes, np.repeat(["good", "coin"], 60))
    assert found["good"].layer
    assert not found["coin"].layer
    assert found["coin"].d_prime == pytest.approx(0)
    assert list(found) == ["coin", "good"]


def brute(right: float, votes: int) -> float:
    chance = 0.0
    for said in product([0, 1], repeat=votes):
        if sum(said) * 2 < votes:
            chance += right ** sum(said) * (1 - right) ** (votes - sum(said))
    return chance


@settings(deadline=None)  # the first call imports scipy
@given(st.floats(0.01, 0.99), st.sampled_from([1, 3, 5, 7]))
def test_the_majority_errs_as_counted_out(right: float, votes: int) -> None:
    assert majority_error(right, votes) == pytest.approx(brute(right, votes))
    assert majority_error(right, votes, dependence=1) == pytest.approx(1 - right)


def integrated(right: float, votes: int, dependence: float) -> float:
    """The mean of the binomial error over a beta distribution of how hard an item is."""
    from scipy.integrate import quad
    from scipy.special import beta

    spread = (1 - dependence) / dependence
    a, b = right * spread, (1 - right) * spread

    def error(p: float) -> float:
        wrong = sum(comb(votes, k) * p**k * (1 - p) ** (votes - k) for k in range(votes // 2 + 1))
        return float(wrong * p ** (a - 1) * (1 - p) ** (b - 1) / beta(a, b))

    return float(quad(error, 0, 0.5)[0] + quad(error, 0.5, 1)[0])


def test_votes_needed_by_hand() -> None:
    assert votes_needed(0.9, 0.95, 0.1) == 1
    # three at 0.8: 0.2^3 + 3 0.8 0.2^2 = 0.104; five: 0.0579; seven: 0.0333
    assert majority_error(0.8, 3) == pytest.approx(0.104)
    assert [votes_needed(0.8, 0.99, target) for target in (0.2, 0.11, 0.06, 0.04)] == [1, 3, 5, 7]
    assert votes_needed(0.5, 0.99, 0.1) is None
    assert votes_needed(0.4, 0.4, 0.1) is None
    # where votes depend, more of them stop helping: the share of items that most would get wrong is a floor
    assert votes_needed(0.8, 0.8, 0.06, dependence=0.1) == 13
    assert integrated(0.8, 13, 0.1) <= 0.06 < integrated(0.8, 11, 0.1)
    assert votes_needed(0.8, 0.8, 0.06, dependence=0.4) is None


def test_dependent_majority_by_integration() -> None:
    for right, votes, dependence in ((0.8, 3, 0.25), (0.7, 7, 0.1), (0.55, 5, 0.6)):
        expected = integrated(right, votes, dependence)
        assert majority_error(right, votes, dependence=dependence) == pytest.approx(expected, rel=1e-6)


@settings(deadline=None)
@given(st.floats(0.51, 0.99), st.floats(0, 0.9))
def test_more_dependence_never_helps(right: float, dependence: float) -> None:
    errors = [majority_error(right, 5, dependence=d) for d in (0.0, dependence, 1.0)]
    assert errors[0] <= errors[1] + 1e-9
    assert errors[1] <= errors[2] + 1e-9


ITEMS = np.arange(40)
TRUTH = np.array([1, 0] * 20)
TOOL = (ITEMS[TRUTH == 1] % 4 < 2).astype(float)  # the other layer stops every second harmful item


def test_the_joint_leak_credits_people_who_can_tell() -> None:
    votes = np.where(ITEMS % 8 == 0, 1 - TRUTH, TRUTH)  # they miss every fourth harmful item
    told_ = credit(TRUTH, votes, items=ITEMS, asked=ITEMS[TRUTH == 1])
    assert told_.credited
    assert told_.why == ()
    assert told_.outcomes.tolist() == [float(item % 8 != 0) for item in ITEMS[TRUTH == 1]]
    found = joint_leak(np.c_[TOOL, told_.outcomes], ["tool", "human review"])
    assert found.layers[1].leak.estimate == pytest.approx(5 / 20)
    assert found.joint.estimate == pytest.approx(0)


def test_the_joint_leak_credits_nobody_who_tosses_a_coin() -> None:
    votes = (ITEMS % 4 < 2).astype(int)  # yes to half of either kind
    assert calibrate(TRUTH, votes).d_prime == pytest.approx(0)
    told_ = credit(TRUTH, votes, items=ITEMS, asked=ITEMS[TRUTH == 1])
    assert not told_.credited
    assert NOT_A_LAYER in told_.why[0]
    found = joint_leak(np.c_[TOOL, told_.outcomes], ["tool", "human review"])
    assert (found.layers[1].measured, found.layers[1].leak.estimate, found.layers[1].worth.estimate) == (0, 1.0, 0.0)
    assert found.joint == joint_leak(TOOL[:, None], ["tool"]).joint


def test_a_stratum_at_chance_gets_no_credit_and_the_others_do() -> None:
    strata = np.where(ITEMS < 20, "text", "face")
    votes = np.where(ITEMS < 20, TRUTH, ITEMS % 4 < 2)
    told_ = credit(TRUTH, votes, items=ITEMS, asked=ITEMS[TRUTH == 1], strata=strata)
    assert told_.credited
    assert told_.why == ("face: human review is not a layer here: d' cannot be told from 0, a coin toss",)
    assert told_.outcomes[:10].tolist() == [1.0] * 10
    assert np.isnan(told_.outcomes[10:]).all()


def test_most_votes_of_an_item_count_and_unsure_stops_nothing() -> None:
    truth, votes, items = np.repeat(TRUTH, 2), np.repeat(TRUTH, 2).astype(float), np.repeat(ITEMS, 2)
    votes[0], votes[4], votes[5] = np.nan, 0, np.nan  # item 0: unsure and yes; item 2: no and unsure
    outcomes = credit(truth, votes, items=items, asked=np.array([0, 2, 4, 99])).outcomes
    assert outcomes[:3].tolist() == [0.0, 0.0, 1.0]
    assert np.isnan(outcomes[3])


@given(
    st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from([0.0, 1.0, np.nan]), st.integers(0, 6)), max_size=40)
)
def test_what_always_holds(rows: list[tuple[int, float, int]]) -> None:
    truth, votes = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    items = np.array([row[2] * 2 + row[0] for row in rows], dtype=int)
    found = calibrate(truth, votes, items=items)
    for rate in (found.sensitivity, found.specificity):
        assert rate.votes == 0 or 0 <= (rate.low or 0) <= (rate.estimate or 0) <= (rate.high or 0) <= 1
    assert found.sensitivity.votes + found.specificity.votes + found.unsure == len(rows)
    assert found.layer == (found.low is not None and found.low > 0) == (not found.warning)
    if found.d_prime is not None:
        assert found.low is None or found.low <= found.d_prime
        assert found.high is None or found.d_prime <= found.high
    assert found.dependence is None or 0 <= found.dependence <= 1
    told_ = credit(truth, votes, items=items, asked=np.arange(14))
    assert told_.credited == found.layer
    assert found.layer or np.isnan(told_.outcomes).all()


def test_what_cannot_be() -> None:
    for truth, votes in (([1, 2], [1, 1]), ([1, 0], [1, 3]), ([1], [1, 0])):
        with pytest.raises(ValueError, match="Give"):
            calibrate(truth, votes)
    with pytest.raises(ValueError, match="Give one for each"):
        apart([1], [1], np.array(["a", "b"]))
    with pytest.raises(ValueError, match="Give one for each"):
        credit([1], [1], items=np.array([1, 2]), asked=np.array([1]))
    with pytest.raises(ValueError, match="odd"):
        majority_error(0.5, 2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        votes_needed(0.9, 0.9, 0)
