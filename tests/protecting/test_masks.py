from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.protecting import masks


def test_the_strongest_places_of_each_picture_are_chosen_and_the_first_of_equal_ones() -> None:
    sizes = np.array([[[1, 5], [4, 2]], [[3, 3], [3, 3]]], float)
    assert masks.strongest(sizes, 0.5).tolist() == [[[False, True], [True, False]], [[True, True], [False, False]]]
    assert masks.strongest(sizes, 0.01).sum((1, 2)).tolist() == [1, 1]  # never none
    assert masks.strongest(sizes, 1).all()


@pytest.mark.parametrize("share", [0, -0.5, 1.01, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match=r"above 0, up to 1"):
        masks.strongest(np.ones((1, 2, 2)), share)


def test_noise_is_rounded_and_cut_to_the_bound_and_to_what_a_byte_holds() -> None:
    pixels = np.array([0, 250, 100, 100, 100, 100], np.uint8).reshape(1, 1, 2, 3)
    noise = np.array([-3, 9, 2.6, -2.4, 99, -99], float).reshape(1, 1, 2, 3)
    assert masks.changed(pixels, noise, most=8).ravel().tolist() == [0, 255, 103, 98, 108, 92]
    left = masks.changed(pixels, noise, most=8, mask=np.array([[[True, False]]]))
    assert left.ravel().tolist() == [0, 255, 103, 100, 100, 100]


@given(seed=st.integers(0, 2**32), most=st.integers(1, 255), share=st.floats(0.01, 1))
def test_no_change_is_above_the_bound_and_none_is_outside_the_mask(seed: int, most: int, share: float) -> None:
    drawn = np.random.default_rng(seed)
    pixels = drawn.integers(0, 256, (2, 5, 4, 3), dtype=np.uint8)
    mask = masks.strongest(drawn.random((2, 5, 4)), share)
    made = masks.changed(pixels, 300 * drawn.standard_normal(pixels.shape), most=most, mask=mask)
    assert np.abs(made.astype(int) - pixels).max() <= most
    assert np.array_equal(made[~mask], pixels[~mask])
    assert mask.sum((1, 2)).tolist() == [max(1, round(share * 20))] * 2


@pytest.mark.parametrize("eps", [0, -4, 256])
def test_an_eps_that_is_no_number_of_levels_is_refused(eps: int) -> None:
    assert masks.levels(8) == 8
    with pytest.raises(UsageError, match="from 1 to 255"):
        masks.levels(eps)


def test_a_count_below_one_is_refused_by_its_name() -> None:
    masks.counted(rounds=1, steps=5)
    with pytest.raises(UsageError, match=r"steps is 0"):
        masks.counted(rounds=1, steps=0)
