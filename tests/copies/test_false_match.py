from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from headgate.copies.false_match import bound


def test_a_rate_that_was_seen_is_read_off() -> None:
    distances = np.arange(1_000) / 1_000
    assert bound(distances, 0.05) == 0.05  # exactly 50 of 1,000 lie below
    assert (distances < bound(distances, 0.05)).mean() == 0.05


@pytest.mark.parametrize("rate", [1e-4, 1e-6, 1e-9])
def test_the_tail_of_a_normal_is_continued(rate: float) -> None:
    found = [bound(np.random.default_rng(seed).normal(60, 5, 20_000), rate) for seed in range(40)]
    expected = NormalDist(60, 5).inv_cdf(rate)
    assert abs(np.mean(found) - expected) < 1.0
    assert np.std(found) < 3.0


def test_whole_bits_of_a_binomial() -> None:
    """Rate 1e-5 of 119 fair bits: fewer than 37 differ with a chance of 1.4e-5, fewer than 36 with 5.5e-6."""
    found = [bound(np.random.default_rng(seed).binomial(119, 0.5, 50_000), 1e-5) for seed in range(40)]
    assert abs(np.mean(found) - 36.5) < 1


def test_related_pairs_make_it_stricter() -> None:
    rng = np.random.default_rng(0)
    clean = rng.normal(60, 5, 5_000)
    dirty = np.concatenate([clean, rng.normal(10, 3, 50)])
    assert bound(dirty, 1e-4) < bound(clean, 1e-4)


def test_what_tells_nothing() -> None:
    assert bound(np.full(100, 7.0), 1e-6) < 0
    assert bound(np.concatenate([np.zeros(90), np.ones(10)]), 1e-6) < 0
    for distances, rate in ((np.ones(19), 0.1), (np.ones(50), 0.0), (np.ones(50), 1.0)):
        with pytest.raises(ValueError, match="give at least 20"):
            bound(distances, rate)
