from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest, kstest

from headgate.drift.pairs import Pairs, from_arrays
from headgate.drift.posterior import mcnemar, weighed


def rates(pairs: Pairs, *, draws: int = 10_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return weighed(pairs, draws=draws, seed=rng).rates(rng)


def test_one_sample_a_prompt_gives_jeffreys_posterior_of_each_rate() -> None:
    base, variant = np.zeros(40), np.zeros(40)
    base[:3] = 1
    variant[2:9] = 1
    drawn = rates(from_arrays(base, variant), draws=20_000, seed=1)
    for flagged, found in zip((3, 7), drawn, strict=True):
        assert kstest(found, beta(flagged + 0.5, 40 - flagged + 0.5).cdf).pvalue > 0.001
    # of the Dirichlet posterior of the table: its mean, (7 - 3) / 41, and its variance
    cells = np.array([2, 6, 1, 31]) + 0.25
    share, value = cells / cells.sum(), np.array([-1, 1, 0, 0])
    variance = (share @ value**2 - (share @ value) ** 2) / (cells.sum() + 1)
    difference = drawn[1] - drawn[0]
    assert difference.mean() == pytest.approx(4 / 41, abs=4 * np.sqrt(variance / 20_000))
    assert difference.std() == pytest.approx(np.sqrt(variance), rel=0.03)


def test_samples_of_a_prompt_that_say_the_same_are_one() -> None:
    flags = np.repeat(np.arange(50)[:, None] < 10, 5, axis=1)
    one, five = (rates(from_arrays(table, table), seed=3)[0] for table in (flags[:, :1], flags))
    np.testing.assert_allclose(one, five)
    rng = np.random.default_rng(0)
    mixed = rates(from_arrays(rng.permutation(flags.ravel()).reshape(50, 5), flags), seed=3)[0]
    assert mixed.std() < 0.6 * one.std()  # 250 that have nothing to do with each other: 1 / sqrt(5)


def test_a_rate_of_nought_has_an_interval_and_none_at_all_gives_the_prior() -> None:
    drawn = rates(from_arrays(np.zeros(30), np.zeros(30)))[0]
    assert np.quantile(drawn, 0.975) == pytest.approx(beta(0.5, 30.5).ppf(0.975), rel=0.1)
    empty = from_arrays(np.zeros((0, 1)), np.zeros((0, 1)))
    assert rates(empty)[0].mean() == pytest.approx(0.5, abs=0.02)
    assert mcnemar(empty) == 1


@given(st.integers(0, 40), st.integers(0, 40))
def test_one_sample_a_prompt_is_mcnemar_s_exact_test(lost: int, won: int) -> None:
    base = np.array([1] * lost + [0] * won + [1, 0])
    found = mcnemar(from_arrays(base, np.concatenate((1 - base[:-2], [1, 0]))))
    assert found == pytest.approx(binomtest(lost, lost + won).pvalue if lost + won else 1, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=9))
def test_several_samples_are_the_flips_of_all_signs(counts: list[tuple[int, int]]) -> None:
    base = [[n < b for n in range(3)] for b, _ in counts]
    variant = [[n < v for n in range(2)] for _, v in counts]
    each = np.array([v / 2 - b / 3 for b, v in counts])
    sums = [abs(float(np.dot(signs, each))) for signs in product((-1, 1), repeat=len(each))]
    expected = np.mean(np.array(sums) >= abs(each.sum()) - 1e-9)
    assert mcnemar(from_arrays(base, variant)) == pytest.approx(expected, abs=1e-9)


def test_too_many_to_list_are_taken_as_normal(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    pairs = from_arrays(rng.random((400, 5)) < 0.30, rng.random((400, 5)) < 0.34)
    exact = mcnemar(pairs)
    monkeypatch.setattr("headgate.drift.posterior._STATES", 10)
    assert mcnemar(pairs) == pytest.approx(exact, abs=0.01)
    assert 0.001 < exact < 0.2


def test_draws_of_parts_add_up_and_labels_weigh_with_their_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    flags, labels = np.array([[1, 0], [0, 0], [1, 1]]), np.array([[1, np.nan], [0, 1], [np.nan, np.nan]])
    pairs = from_arrays(flags, flags, base_labels=labels, variant_labels=labels)
    one, two = weighed(pairs, draws=5, seed=1), weighed(pairs, draws=5, seed=2)
    both = one + two
    np.testing.assert_allclose(both.base_said, one.base_said + two.base_said)
    np.testing.assert_allclose(one.base, one.variant)
    # weights of the prompts: the first has a hit, the second one missed and one spared, the third the rest
    np.testing.assert_allclose(one.base_said[:, 1], one.base_said[:, 3])
    np.testing.assert_allclose(one.base_said[:, 2], 0)
    third = one.prompts - one.base_said[:, 0] - one.base_said[:, 1]
    np.testing.assert_allclose(one.base, one.base_said[:, 0] / 2 + third)
    many = weighed(pairs, draws=3000, seed=1)
    assert (many.prompts.mean(), many.prompts.var()) == pytest.approx((3, 3), rel=0.1)
    monkeypatch.setattr("headgate.drift.posterior._AT_ONCE", 7)
    assert weighed(pairs, draws=5, seed=1).prompts.shape == (5,)
