from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.evidence.calibration import apply, calibrate, error_interval, expected_error


def drawn(seed: int, number: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.normal(size=number)
    truth = 1 / (1 + np.exp(-(2 * score - 2)))
    return score, rng.random(number) < truth, truth


def test_probabilities_are_close_to_the_planted_ones() -> None:
    score, hit, _ = drawn(0)
    fresh, _, truth = drawn(1, 20_000)
    value, low, high = apply(calibrate(score, hit, np.arange(4000)), fresh)
    assert np.abs(value - truth).mean() < 0.05
    assert (low <= value).all()
    assert (value <= high).all()


def test_intervals_cover_the_share_of_each_bin_in_the_population() -> None:
    covered = []
    for seed in range(60):
        score, hit, _ = drawn(seed, 2000)
        made = calibrate(score, hit, np.arange(2000))
        population, _, truth = drawn(10_000, 40_000)
        value, low, high = apply(made, population)
        for one in np.unique(value):
            here = value == one
            covered.append(low[here][0] <= truth[here].mean() <= high[here][0])
    assert np.mean(covered) >= 0.93


def test_intervals_cover_where_whole_accounts_agree() -> None:
    # 150 accounts of 20 items each, the account alone decides: only accounts are independent
    covered, naive = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        account = np.repeat(np.arange(150), 20)
        score = np.repeat(rng.normal(size=150), 20)
        hit = np.repeat(rng.random(150) < 0.3, 20)
        for cluster, seen in ((account, covered), (np.arange(3000), naive)):
            made = calibrate(score, hit, cluster, bins=4)
            value, low, high = apply(made, score)
            seen += [low[value == v][0] <= 0.3 <= high[value == v][0] for v in np.unique(value)]
    assert np.mean(covered) >= 0.88
    assert np.mean(naive) < 0.5


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=1, max_size=300))
def test_probabilities_never_fall_as_the_score_rises(items: list[tuple[float, bool]]) -> None:
    score, hit = np.array([i[0] for i in items]), np.array([i[1] for i in items])
    made = calibrate(score, hit, np.arange(len(items)))
    assert made.items.sum() == len(items)
    assert len(made.share) == 1 or (made.items >= 50).all()
    value = apply(made, np.sort(score))[0]
    assert (np.diff(value) >= 0).all()
    assert (made.share * made.items).sum() == pytest.approx(hit.sum())


def test_weights_bring_back_what_was_drawn_less_often() -> None:
    # half the items with score 0 have the label; hits were drawn four times as often
    score = np.zeros(1000)
    hit = np.concatenate([np.ones(800), np.zeros(200)])
    weight = np.where(hit > 0, 1, 4.0)
    made = calibrate(score, hit, np.arange(1000), weight)
    assert made.share.tolist() == pytest.approx([0.5])
    assert made.high[0] - made.low[0] > 0.06  # fewer than 1,000 independent items are left


def test_expected_error_by_hand() -> None:
    # 4 items at 0.5 of which 3 are hits (off by 0.25); 6 at 0.1 of which none is (off by 0.1)
    stated, hit = [0.5] * 4 + [0.1] * 6, [1, 1, 1, 0] + [0] * 6
    assert expected_error(stated, hit) == pytest.approx((4 * 0.25 + 6 * 0.1) / 10)
    assert expected_error(stated, hit, [1] * 4 + [0] * 6) == pytest.approx(0.25)
    one = error_interval(stated, hit, range(10))
    assert one.low <= one.value <= one.high


def test_no_items_are_refused() -> None:
    with pytest.raises(ValueError, match="no labelled items"):
        calibrate([], [], [])
