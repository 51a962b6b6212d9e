from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from headgate.synthetic_data.ranking import rank


def ranked(scores: list[list[float]], weights: list[float], **more: int) -> object:
    values = np.array(scores)
    return rank(values, np.array(weights), values[None], **more)


def test_better_in_everything_is_first_under_any_weights() -> None:
    found = ranked([[0.5, 0.4], [0.9, 0.8], [0.7, 0.6]], [1, 1])
    assert (found.places, found.first, found.order, found.redrawn, found.stable) == ((1, 2, 0), 1, 1, 1, True)  # type: ignore[attr-defined]
    assert found.index == pytest.approx(np.sqrt([0.2, 0.72, 0.42]))  # type: ignore[attr-defined]


def test_of_two_that_trade_off_either_may_be_first() -> None:
    # equal weights tie; w for the first dimension favours the first table where w > 1/2
    found = ranked([[0.9, 0.5], [0.5, 0.9]], [3, 1], times=4000)
    assert found.places == (0, 1)  # type: ignore[attr-defined]
    assert found.first == pytest.approx(0.5, abs=0.03)  # type: ignore[attr-defined]
    assert not found.stable  # type: ignore[attr-defined]
    # where the first leads while w > 1/10, it does under 9 in 10 weights
    wide = ranked([[0.9, 0.9 * (1 / 9) ** (1 / 9)], [0.1, 0.9]], [1, 1], times=4000)
    assert wide.first == pytest.approx(0.9, abs=0.02)  # type: ignore[attr-defined]


def test_a_dimension_without_weight_decides_nothing() -> None:
    found = ranked([[0.9, 0.1], [0.5, 0.9]], [1, 0])
    assert (found.places, found.first) == ((0, 1), 1)  # type: ignore[attr-defined]


def test_failing_tables_tie_at_nothing_and_one_alone_is_first() -> None:
    tied = ranked([[0.0, 1.0], [1.0, 0.0]], [1, 1])
    assert (tied.index.tolist(), tied.first) == ([0, 0], 0)  # type: ignore[attr-defined]
    assert ranked([[0.0, 1.0]], [1, 1]).first == 1  # type: ignore[attr-defined]


@given(arrays(float, (4, 3), elements=st.floats(0, 1)), arrays(float, 3, elements=st.floats(0.1, 5)))
def test_places_are_by_index(scores: np.ndarray, weights: np.ndarray) -> None:
    found = rank(scores, weights, scores[None], times=20)
    assert sorted(found.places) == [0, 1, 2, 3]
    assert (np.diff(found.index[list(found.places)]) <= 0).all()
    assert 0 <= found.order <= 1
    assert 0 <= found.first <= 1
