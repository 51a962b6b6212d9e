"""The gain curve: planted gains come back, shuffled results gain nothing, easy items are not mistaken for a gain."""

from __future__ import annotations

import numpy as np
import pytest

from headgate.contam.gain_curve import curve


def test_the_curve_by_hand() -> None:
    # all: 5/8; clean below .5: 1/4; clean below 1: 3/6
    scores = [0, 0, 0.2, 0.2, 0.5, 0.5, 1, 1]
    results = [0, 0, 1, 0, 1, 1, 1, 1]
    made = curve(scores, results, least_clean=1, draws=50)
    points = {p.threshold: (p.contaminated, p.clean, p.gain) for p in made.points}
    assert points == {
        0.2: (6, 2, pytest.approx(5 / 8)), 0.5: (4, 4, pytest.approx(3 / 8)), 1.0: (2, 6, pytest.approx(1 / 8)),
    }  # fmt: skip
    # SE of a random subset of 4 of 8: sqrt(S2 / 4 * (1 - 4/8)), S2 = 8/7 * 5/8 * 3/8
    z = (3 / 8) / np.sqrt((8 / 7 * 15 / 64) / 4 * 0.5)
    assert next(p.z for p in made.points if p.threshold == 0.5) == pytest.approx(z)
    assert made.chosen is not None
    assert made.chosen.z == max(p.z for p in made.points)


def contaminated(rng: np.random.Generator, items: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """30 % of items score .6 to 1 and are answered at .9, the others score 0 to .4 and are answered at .4."""
    bad = rng.random(items) < 0.3
    scores = np.where(bad, rng.uniform(0.6, 1, items), rng.uniform(0, 0.4, items))
    return scores, (rng.random(items) < np.where(bad, 0.9, 0.4)).astype(float)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_planted_gain_is_found_at_its_threshold(seed: int) -> None:
    scores, results = contaminated(np.random.default_rng(seed))
    made = curve(scores, results, draws=200, seed=seed)
    assert made.chosen is not None
    assert 0.3 < made.chosen.threshold < 0.7
    assert made.chosen.low < 0.15 < made.chosen.high  # 0.3 * (0.9 - 0.4)
    assert made.p < 0.01
    assert made.held_out == pytest.approx(0.15, abs=0.03)


def test_shuffled_results_gain_nothing() -> None:
    held_out, small = [], 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        scores, results = contaminated(rng, 400)
        made = curve(scores, rng.permutation(results), draws=100, seed=seed)
        held_out.append(made.held_out)
        small += made.p <= 0.05
    assert abs(np.mean(held_out)) < 0.005
    assert small <= 4  # of 20 at a rate of .05: five or more have a probability of .003


def test_easy_items_are_no_gain_among_like_difficulty() -> None:
    rng = np.random.default_rng(0)
    easy = rng.random(4000)
    scores = (rng.random(4000) < easy).astype(float)  # easy items stand in corpora more often
    results = (rng.random(4000) < easy).astype(float)  # and are answered more often, copied or not
    plain = curve(scores, results, draws=100)
    known = curve(scores, results, difficulty=easy, draws=100)
    assert plain.chosen is not None
    assert plain.chosen.gain > 0.1
    assert plain.p < 0.02
    assert known.matched == pytest.approx(0, abs=0.02)
    # ten levels leave some difference of difficulty within each, so only the size is told apart, not the test
    assert known.matched_items > 1900


def test_few_clean_items_are_left_out() -> None:
    assert curve([1.0] * 50 + [0.0] * 29, [1.0] * 79).chosen is None
    made = curve([1.0] * 50 + [0.0] * 30, [1.0] * 50 + [0.0] * 30, draws=20)
    assert [p.threshold for p in made.points] == [1.0]
    assert curve([], []).chosen is None
    assert curve([0.0] * 40, [1.0] * 40).points == ()


def test_what_is_not_known_is_left_out_and_what_does_not_match_refused() -> None:
    scores = [np.nan, 1.0, 1.0] + [0.0] * 30
    made = curve(scores, [1.0, np.nan, 1.0] + [0.0] * 30, draws=10)
    assert made.items == 31
    with pytest.raises(ValueError, match="do not match"):
        curve([0.1], [1, 2])


def test_results_that_are_all_the_same_gain_nothing() -> None:
    made = curve([0.0] * 40 + [1.0] * 5, [1.0] * 45, draws=20)
    assert made.chosen is not None
    assert (made.chosen.gain, made.chosen.z, made.p) == (0, 0, 1)


def test_many_thresholds_become_a_hundred() -> None:
    rng = np.random.default_rng(0)
    made = curve(rng.random(1000), rng.random(1000), draws=10)
    assert len(made.points) == 100
