from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from headgate.snapshots.distributions import DOUBLINGS, EIGENVALUES, Grid, distance, on_grid, pooled

WHOLE = Grid(1.0, 12)
numbers = st.lists(st.integers(0, 11), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6).flatmap(lambda n: st.tuples(*[st.lists(st.integers(0, 11), min_size=n, max_size=n)] * 2)))
def test_it_is_the_least_mean_difference_over_all_pairings(pair: tuple[list[int], list[int]]) -> None:
    first, second = pair
    least = min(np.mean(np.abs(np.array(first) - np.array(order))) for order in permutations(second))
    assert distance(on_grid(first, WHOLE), on_grid(second, WHOLE), WHOLE) == pytest.approx(least, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, numbers)
def test_it_is_a_distance(a: list[int], b: list[int], c: list[int]) -> None:
    one, two, three = (on_grid(x, WHOLE) for x in (a, b, c))
    assert distance(one, one, WHOLE) == 0
    assert distance(one, two, WHOLE) == distance(two, one, WHOLE)
    assert distance(one, three, WHOLE) <= distance(one, two, WHOLE) + distance(two, three, WHOLE) + 1e-9


def test_it_agrees_with_scipy_to_a_step_of_the_grid() -> None:
    rng = np.random.default_rng(1)
    for n, m in ((5, 9), (300, 200)):
        first, second = rng.gamma(2, 2, n), rng.gamma(3, 2, m)
        ours = distance(on_grid(first, DOUBLINGS), on_grid(second, DOUBLINGS), DOUBLINGS)
        assert ours == pytest.approx(wasserstein_distance(first, second), abs=DOUBLINGS.step / 2)


def test_rounding_does_not_move_a_value() -> None:
    for value in (0.0, 1.0, 2.0):
        near = on_grid([value + 1e-12, value - 1e-12], EIGENVALUES)
        assert distance(on_grid([value], EIGENVALUES), near, EIGENVALUES) < 1e-9


def test_values_beyond_the_grid_fall_to_its_ends() -> None:
    assert on_grid([-5.0, 99.0], WHOLE).tolist() == [1, *[0] * 10, 1]
    assert on_grid([2.25], WHOLE, [4.0])[1:4].tolist() == [0, 3, 1]


def test_nothing_has_no_distance() -> None:
    with pytest.raises(ValueError, match="without mass"):
        distance(np.zeros(12), np.ones(12), WHOLE)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30))
def test_no_point_of_a_sketch_is_of_a_few(mass: list[int]) -> None:
    given_ = np.array(mass, float)
    found = pooled(given_)
    assert ((found == 0) | (found >= 10)).all()
    assert found.sum() == (given_.sum() if given_.sum() >= 10 else 0)
