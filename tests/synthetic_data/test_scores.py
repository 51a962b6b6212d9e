from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.synthetic_data.scores import FAILS, PASSES, UNKNOWN, Score, clipped, geometric, least, means, resampled

SHARES = st.floats(0, 1)


def score(value: float, *drawn: float) -> Score:
    return Score(value, np.array(drawn or (value,)), "")


@given(SHARES, st.lists(SHARES, min_size=1, max_size=20), SHARES)
def test_an_interval_holds_its_score_and_no_verdict_passes_unshown(
    value: float, drawn: list[float], floor: float
) -> None:
    one = score(value, *drawn)
    low, high = one.ends
    assert 0 <= low <= value <= high <= 1
    assert one.verdict(floor) == (PASSES if low >= floor else FAILS if high < floor else UNKNOWN)


def test_the_spread_is_laid_about_the_score() -> None:
    one = Score(0.5, np.linspace(0.2, 0.4, 1001), "")  # draws that are off by 0.2
    assert one.ends == pytest.approx((0.405, 0.595))
    assert [one.verdict(floor) for floor in (0.4, 0.5, 0.6)] == [PASSES, UNKNOWN, FAILS]


def test_a_dimension_of_nothing_leaves_nothing() -> None:
    made = geometric([score(1.0, 1, 1), score(0.0, 0, 0.25)])
    assert made.value == 0
    assert made.drawn.tolist() == [0, 0.5]
    assert geometric([score(0.0), score(0.5)], [0, 1]).value == pytest.approx(0.5)
    assert geometric([score(0.25), score(1.0)], [1, 3]).value == pytest.approx(0.25**0.25)


@given(st.lists(st.tuples(SHARES, st.floats(0.01, 10)), min_size=1, max_size=6))
def test_a_weighted_mean_lies_between_the_least_and_the_most(given_: list[tuple[float, float]]) -> None:
    values, weights = (np.array(one) for one in zip(*given_, strict=True))
    assert values.min() - 1e-9 <= means(values, weights) <= values.max() + 1e-9


def test_the_least_of_parts_and_clipping() -> None:
    made = least([Score(0.9, np.array([0.5, 1]), "a"), Score(0.8, np.array([0.7, 0.8]), "b")])
    assert (made.value, made.drawn.tolist(), made.said) == (0.8, [0.5, 0.8], "b")
    assert clipped(1.2, np.array([-1, 0.5]), "").drawn.tolist() == [0, 0.5]
    assert clipped(1.2, np.array([0.0]), "").value == 1


def test_bootstrap_samples_have_as_many_rows() -> None:
    drawn = resampled(30, 50, 0)
    assert drawn.shape == (50, 30)
    assert (drawn.sum(1) == 30).all()
    assert (resampled(30, 50, 0) == drawn).all()
