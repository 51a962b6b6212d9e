from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from headgate.drift.onset import curve, onset
from headgate.errors import UsageError


def stepped(before: int, after: int, prompts: int, rates: tuple[float, float], seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    shares = np.repeat(rates, (before, after))
    return (generator.random((before + after, prompts)) < shares[:, None]).astype(float)


def test_the_weight_of_each_place_is_the_integral_it_stands_for() -> None:
    # 2 checkpoints of 3 prompts: 0 of 3, then 2 of 3; Jeffreys' prior is 1 / (pi sqrt(p (1 - p)))
    def marginal(hits: int, of: int) -> float:
        return quad(lambda p: p ** (hits - 0.5) * (1 - p) ** (of - hits - 0.5) / math.pi, 0, 1)[0]

    none, one = marginal(2, 6), marginal(0, 3) * marginal(2, 3)
    found = onset([[0, 0, 0], [1, 1, 0]])
    assert found.chance == pytest.approx(one / (one + none), rel=1e-5)
    assert (found.before, found.after, found.sudden) == (0, pytest.approx(2 / 3), 1)


def test_a_change_is_found_where_it_is() -> None:
    found = onset(stepped(5, 4, 60, (0.9, 0.2)))
    assert (found.place, found.places) == (5, (5,))
    assert found.chance > 0.999
    assert found.sudden is not None
    assert found.sudden > 0.7


def test_without_a_change_none_is_told() -> None:
    told = [onset(stepped(4, 5, 60, (0.4, 0.4), seed)).place for seed in range(40)]
    assert sum(one is not None for one in told) <= 4


def test_a_slow_change_is_not_sudden() -> None:
    rates = np.linspace(0, 1, 11)
    flags = (np.arange(100) < np.rint(100 * rates)[:, None]).astype(float)
    found = onset(flags)
    assert found.sudden == pytest.approx(0.1, abs=1e-9)


def test_rates_changes_and_their_ends() -> None:
    made = curve(stepped(3, 3, 200, (0.5, 0.1)), draws=1000)
    assert made.rate[:3] == pytest.approx(0.5, abs=0.11)
    assert made.change[0] == made.change_low[0] == made.change_high[0] == 0
    assert (made.change_high[3:] < -0.2).all()
    assert ((made.low <= made.rate) & (made.rate <= made.high)).all()


def test_a_change_that_no_prompt_showed_is_not_excluded() -> None:
    made = curve(np.zeros((3, 100)), draws=200)
    assert made.change_high[1:] == pytest.approx(-math.log(0.05) / 100)


def test_the_intervals_hold_for_all_checkpoints_at_once() -> None:
    truth = np.array([0.3, 0.3, 0.5, 0.4, 0.2, 0.3])
    held = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        # a prompt that is likelier to show it at one checkpoint is so at all
        lean = generator.normal(0, 0.15, 120)
        lean -= lean.mean()
        flags = (generator.random((6, 120)) < np.clip(truth[:, None] + lean, 0, 1)).astype(float)
        made = curve(flags, draws=400, seed=seed)
        change = truth - truth[0]
        held += bool(((made.change_low - 1e-9 <= change) & (change <= made.change_high + 1e-9)).all())
    assert held / 200 >= 0.91


@pytest.mark.parametrize("prompts", [10, 20])
def test_the_intervals_hold_with_few_prompts(prompts: int) -> None:
    truth = np.array([0.9, 0.9, 0.85, 0.5, 0.2, 0.1])
    held = 0
    for seed in range(300):
        flags = (np.random.default_rng(seed).random((6, prompts)) < truth[:, None]).astype(float)
        made = curve(flags, draws=300, seed=seed)
        held += bool(((made.change_low <= truth - 0.9 + 1e-9) & (truth - 0.9 <= made.change_high + 1e-9)).all())
        assert (made.change_low >= -1).all()
        assert (made.change_high <= 1).all()
    assert held / 300 >= 0.92


def test_the_order_of_prompts_decides_nothing() -> None:
    flags = stepped(3, 3, 40, (0.6, 0.3))
    one, other = curve(flags, draws=200), curve(flags[:, ::-1], draws=200)
    assert one.change_low.tolist() == other.change_low.tolist()


@pytest.mark.parametrize("flags", [[[0, 1]], [[0], [1]], [0, 1], [[0, 2], [0, 1]], [[0, math.nan], [0, 1]]])
def test_what_is_no_curve_is_told(flags: list[object]) -> None:
    for verb in (curve, onset):
        with pytest.raises(UsageError, match="flags"):
            verb(flags)  # type: ignore[operator]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=2, max_size=6), st.permutations(range(3)))
def test_the_order_of_prompts_says_nothing(flags: list[list[bool]], order: list[int]) -> None:
    given_ = np.array(flags, dtype=float)
    assert onset(given_) == onset(given_[:, order])
    assert onset(given_).chance == pytest.approx(onset(1 - given_).chance)
