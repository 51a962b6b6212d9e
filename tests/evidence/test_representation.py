from __future__ import annotations

from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare, multinomial

from headgate.evidence import representation as module
from headgate.evidence.representation import (
    bounds,
    compare,
    cumulative,
    effect_size,
    total_variation,
    variation_bounds,
)


def test_the_published_p_of_143_generated_cardiologists() -> None:
    # Currie, Chandra and Kiat (2024), Information 15, 594: 86 % (N = 123) depicted as men; p = 0.7342 against a
    # workforce of which "13-15 %" are women. The abstract names neither the test nor the share; 15 % gives it.
    found = compare([123, 20], [0.85, 0.15])
    assert round(found.chi_square_p, 4) == 0.7342
    assert found.how == "exact"
    assert found.p == pytest.approx(binomtest(123, 143, 0.85).pvalue, abs=1e-12)


def test_two_worked_examples() -> None:
    # OpenIntro Statistics, 6.3: 275 jurors by race beside registered voters, X2 = 5.89 with 3 degrees, p = 0.1171
    jurors = compare([205, 26, 25, 19], [0.72, 0.07, 0.12, 0.09])
    assert (round(jurors.statistic, 2), jurors.freedom, round(jurors.chi_square_p, 4)) == (5.89, 3, 0.1171)
    # a jury pool of 200: X2 = 10.033, p = 0.018
    pool = compare([137, 23, 18, 22], [0.6, 0.2, 0.1, 0.1])
    assert (round(pool.statistic, 3), round(pool.chi_square_p, 3)) == (10.033, 0.018)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.02, 0.98))
def test_with_two_attributes_it_is_the_binomial_test(a: int, b: int, share: float) -> None:
    assert compare([a, b], [share, 1 - share]).p == pytest.approx(binomtest(a, a + b, share).pvalue, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=3, max_size=4).filter(sum), st.data())
def test_the_exact_p_is_the_sum_over_all_outcomes_as_unlikely(counts: list[int], data: st.DataObject) -> None:
    raw = np.array(data.draw(st.lists(st.integers(1, 9), min_size=len(counts), max_size=len(counts))), float)
    shares, n = raw / raw.sum(), sum(counts)
    law = multinomial(n, shares)
    every = np.stack([g.ravel() for g in np.meshgrid(*[range(n + 1)] * len(counts))], 1)
    chances = law.pmf(every[every.sum(1) == n])
    assert compare(counts, shares).p == pytest.approx(chances[chances <= law.pmf(counts) * (1 + 1e-7)].sum(), rel=1e-6)


def test_large_tables_are_tested_by_chi_square_and_sparse_ones_by_drawing() -> None:
    counts, shares = [400, 300, 200, 100, 90, 80], np.array([4, 3, 2, 1, 1, 1]) / 12
    found = compare(counts, shares)
    assert found.how == "chi-square"
    assert found.p == pytest.approx(chisquare(counts, shares * sum(counts)).pvalue)
    sparse = np.array([0.9, *[0.1 / 7] * 7])
    drawn = compare([90, 2, 2, 2, 1, 1, 1, 1], sparse)
    assert drawn.how == "drawn"
    assert drawn.p > 0.5
    assert compare([60, 20, 20, 0, 0, 0, 0, 0], sparse).p == pytest.approx(1 / 20_001)


def test_it_is_wrong_as_often_as_it_says_and_finds_a_known_skew_as_often_as_it_should() -> None:
    rng, runs = np.random.default_rng(5), 2000
    ref = np.array([0.5, 0.3, 0.2])
    same = rng.multinomial(60, ref, size=runs)
    assert np.mean([compare(one, ref).p < 0.05 for one in same]) < 0.05 + 3 * sqrt(0.05 * 0.95 / runs)
    assert np.mean([compare(one, ref).p < 0.05 for one in same]) > 0.035  # and not idle
    # power of the binomial test of 0.5 at n = 100 where 0.65 is true, by its own law
    law = [comb(100, k) * 0.65**k * 0.35 ** (100 - k) for k in range(101)]
    power = sum(chance for k, chance in enumerate(law) if binomtest(k, 100, 0.5).pvalue < 0.05)
    skewed = rng.binomial(100, 0.65, size=runs)
    known = {int(k): compare([k, 100 - k], [0.5, 0.5]).p < 0.05 for k in np.unique(skewed)}
    assert np.mean([known[int(k)] for k in skewed]) == pytest.approx(power, abs=3 * sqrt(power * (1 - power) / runs))


def test_effect_size_is_v_with_equal_shares_and_one_at_the_far_end() -> None:
    assert effect_size([30, 10, 20], [1 / 3] * 3) == pytest.approx(sqrt(10 / (60 * 2)))
    assert effect_size([0, 0, 9], [0.5, 0.3, 0.2]) == pytest.approx(1)
    assert effect_size([5, 3, 2], [0.5, 0.3, 0.2]) == 0


def test_the_bounds_hold_the_truth_as_often_as_they_say() -> None:
    rng, runs = np.random.default_rng(6), 1000
    ref = np.array([0.5, 0.3, 0.2])
    for true in (ref, np.array([0.6, 0.3, 0.1]), np.array([0.1, 0.1, 0.8])):
        distance = total_variation(true, ref)
        ends = np.array([variation_bounds(one, ref) for one in rng.multinomial(80, true, size=runs)])
        assert ((ends[:, 0] <= distance) & (distance <= ends[:, 1])).mean() >= 0.95


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=5))
def test_no_shares_between_the_ends_are_beyond_the_bounds(rows: list[tuple[float, float, float]]) -> None:
    values = np.array(rows)
    if values[:, 1].sum() == 0 or values[:, 2].sum() == 0:
        return
    shares, ref = values[:, 1] / values[:, 1].sum(), values[:, 2] / values[:, 2].sum()
    low, high = np.maximum(0, shares - values[:, 0]), np.minimum(1, shares + values[:, 0] / 2)
    least, most = bounds(low, high, ref)
    assert least - 1e-9 <= total_variation(shares, ref) <= most + 1e-9


def test_what_adds_up_over_prompts_and_what_cancels_out() -> None:
    half = np.full((4, 2), 0.5)
    one_way = cumulative([[8, 2]] * 4, half)
    assert (one_way.value, one_way.same_way) == (pytest.approx(0.3), pytest.approx(1))
    assert (one_way.low, one_way.high) == (pytest.approx(0.3), pytest.approx(0.3))
    cancelled = cumulative([[8, 2], [2, 8], [7, 3], [3, 7]], half)
    assert (cancelled.value, cancelled.same_way) == (pytest.approx(0), pytest.approx(0))
    assert cancelled.low == 0
    assert cancelled.high is not None
    assert cancelled.high > 0.3
    assert cumulative([[8, 2]], half[:1]) == (pytest.approx(0.3), None, None, None)


def test_the_cumulative_interval_holds_the_truth() -> None:
    rng, ref = np.random.default_rng(7), np.array([0.5, 0.3, 0.2])
    hits = 0
    for _ in range(300):
        true = rng.dirichlet(np.array([0.3, 0.4, 0.3]) * 20, size=12)  # prompts differ; their mean is .3 .4 .3
        found = cumulative([rng.multinomial(30, one) for one in true], np.tile(ref, (12, 1)))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= total_variation([0.3, 0.4, 0.3], ref) <= found.high
    assert hits / 300 >= 0.93


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([1, 2], [0.5, 0.6]), ([1, 2], [1.0, 0.0]), ([0, 0], [0.5, 0.5]), ([1.5, 2], [0.5, 0.5]), ([-1, 2], [0.5, 0.5]),
     ([1, 2, 3], [0.5, 0.5]), ([3], [1.0])],
)  # fmt: skip
def test_what_is_no_distribution_is_refused(counts: list[float], shares: list[float]) -> None:
    for function in (compare, effect_size, variation_bounds):
        with pytest.raises(ValueError, match=r"shares|counts"):
            function(counts, shares)
    with pytest.raises(ValueError, match="each prompt"):
        cumulative([[0, 0]], [[0.5, 0.5]])


def test_every_way_to_share_out_is_listed_once() -> None:
    ways = module._compositions(4, 3)
    assert len(ways) == comb(6, 2) == len({tuple(one) for one in ways.tolist()})
    assert (ways.sum(1) == 4).all()
