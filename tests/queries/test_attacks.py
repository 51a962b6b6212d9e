from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from headgate.queries import attacks
from headgate.queries.attacks import ROUNDING

NAN = np.nan


def by_hand(gaps: np.ndarray, counted: np.ndarray, shared: np.ndarray, apart: np.ndarray) -> float:
    """The log density of the differences, with the covariance written out."""
    cover = (apart[:, None] == apart[None, :]) * 1.0
    cover[np.diag_indices(len(gaps))] += 1 + ROUNDING + np.where(counted, 2 * (shared + 1), 0)
    return float(multivariate_normal(counted * 1.0, cover).logpdf(gaps))


def test_differential_ratio_is_that_of_normal_densities() -> None:
    drawn = np.random.default_rng(0)
    shared, apart = np.array([1, 4, 2, 3]), np.array([0, 0, 1, 2])
    answers = drawn.integers(20, 30, (4, 2, 2)).astype(float)
    gaps = (answers[..., 0] - answers[..., 1]).ravel()
    second = np.tile([False, True], 4)
    both = [by_hand(gaps, one, np.repeat(shared, 2), np.repeat(apart, 2)) for one in (second, ~second)]
    assert attacks.differential(answers, shared, apart) == pytest.approx(both[0] - both[1])
    # one value alone: counted or not at all
    alone = [by_hand(gaps[1::2], np.full(4, one), shared, apart) for one in (True, False)]
    assert attacks.differential(answers[:, 1:], shared, apart) == pytest.approx(alone[0] - alone[1])


def test_differential_leaves_out_what_was_not_answered() -> None:
    answers = np.array([[[30, 28], [25, 20]], [[30, NAN], [25, 20]], [[NAN, NAN], [NAN, 1]]])
    shared, apart = np.array([1, 2, 3]), np.array([0, 1, 2])
    gaps, counted = np.array([2, 5, 5]), np.array([False, True, True])
    both = [by_hand(gaps, one, np.array([1, 1, 2]), np.array([0, 0, 1])) for one in (counted, ~counted)]
    assert attacks.differential(answers, shared, apart) == pytest.approx(both[0] - both[1])
    assert attacks.differential(answers[2:], shared[2:], apart[2:]) == 0
    assert attacks.differential(answers[:0], shared[:0], apart[:0]) == 0


def test_cloning_looks_at_the_spread_of_differences() -> None:
    same, spread = np.array([4.0, 4, 5, 4]), np.array([4.0, 1, 6, 3])
    answers = np.zeros((1, 4, 2, 2))
    answers[0, :, 0, 0], answers[0, :, 1, 0] = same, spread
    # a normal sample about its own mean: sums of squares 0.75 and 13, three degrees of freedom
    ratio = {
        square: -3 / 2 * np.log((2 + ROUNDING) / ROUNDING) + square / 2 * (1 / ROUNDING - 1 / (2 + ROUNDING))
        for square in (0.75, 13.0)
    }
    assert attacks.cloning(answers) == pytest.approx(ratio[13.0] - ratio[0.75])
    assert attacks.cloning(answers[:, :, ::-1]) == pytest.approx(ratio[0.75] - ratio[13.0])
    assert attacks.cloning(answers[:, :, 1:]) == pytest.approx(ratio[13.0])
    assert attacks.cloning(np.full((2, 4, 2, 2), NAN)) == 0


def test_cloning_ratio_is_that_of_densities_without_their_mean() -> None:
    drawn = np.random.default_rng(1)
    gap = drawn.normal(size=6)
    contrasts = (
        np.linalg.qr(np.column_stack((np.ones(6), np.eye(6)[:, :5])))[0][:, 1:].T @ gap
    )  # orthogonal to the mean
    answers = np.stack((gap, np.zeros(6)), axis=-1)[None, :, None, :]
    scale = np.sqrt([2 + ROUNDING, ROUNDING])
    counted, not_counted = (norm(0, one).logpdf(contrasts).sum() for one in scale)
    assert attacks.cloning(answers) == pytest.approx(counted - not_counted)


def test_features_are_figures_of_each_value_and_their_difference() -> None:
    pairs = np.array([[[5, 4], [7.0, 7]], [[NAN, 4], [7, NAN]]])
    clones = np.array([[[[5, 4], [9, 9]], [[5, 2], [9.0, 9]]]])
    found = attacks.features(pairs, clones)
    assert found.shape == (24,)
    assert found[:8].tolist() == [1, 1, 1, 0, 0.5, 0, 2, 1]  # differences 1 and none; cloned 1 and 3
    assert found[8:16].tolist() == [0, 0, 0, 1, 0, 0.5, 0, 0]
    assert (found[16:] == found[8:16] - found[:8]).all()
    assert not attacks.features(pairs[:0], clones[:0]).any()
