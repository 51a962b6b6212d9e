from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.protecting import counter


def test_blur_of_a_point_by_hand() -> None:
    point = np.zeros((1, 9, 9, 3), np.uint8)
    point[0, 4, 4] = 255
    blurred = counter.blur(point, sigma=1.0)[0, :, :, 0].astype(float)
    # a Gaussian of sigma 1, cut off at 4: weights e^(-d^2/2) over their sum
    weights = np.exp(-(np.arange(-4, 5) ** 2) / 2)
    weights /= weights.sum()
    assert blurred[4, 4] == round(255 * weights[4] ** 2) == 41
    assert blurred[4, 5] == blurred[3, 4] == round(255 * weights[4] * weights[5])
    flat = np.full((2, 8, 8, 3), 93, np.uint8)
    assert (counter.blur(flat) == 93).all()


def test_colours_are_blurred_apart_and_pictures_too() -> None:
    two = np.zeros((2, 8, 8, 3), np.uint8)
    two[0, 4, 4, 1] = 255
    blurred = counter.blur(two)
    assert not blurred[1].any()
    assert not blurred[0, :, :, [0, 2]].any()
    assert blurred[0, 4, 5, 1]


def test_grey_is_the_luma_of_bt_601() -> None:
    colours = np.array([[[[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]]]], np.uint8)
    # 76.2, 149.7, 29.1 and 2.99 + 11.74 + 3.42
    assert counter.grey(colours)[0, 0].tolist() == [[76] * 3, [150] * 3, [29] * 3, [18] * 3]


def test_jpeg_keeps_flat_areas_and_takes_fine_detail() -> None:
    flat = np.full((1, 16, 16, 3), 128, np.uint8)
    assert (counter.jpeg(flat) == 128).all()  # 128 is 0 after JPEG's shift of levels: nothing to round
    noise = counter.grey(np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3)).astype(np.uint8))
    low, high = (np.abs(counter.jpeg(noise, q).astype(int) - noise).mean() for q in (10, 95))
    assert low > 2 * high > 0
    assert counter.jpeg(noise).shape == noise.shape


def test_even_takes_away_every_tint_and_contrast() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3)).astype(np.uint8)
    made = counter.even(pixels).astype(float)
    assert np.abs(made.mean((1, 2)) - 127.5).max() < 6  # but for what is cut off at 0 and 255
    tinted = np.rint(pixels * 0.5 + np.array([10, 60, 30])).astype(np.uint8)
    assert np.abs(counter.even(tinted).astype(float) - made).mean() < 1.5
    assert (counter.even(np.full((1, 8, 8, 3), 9, np.uint8)) == 128).all()


def test_every_counter_measure_can_be_found_and_nothing_else() -> None:
    assert set(counter.NAMES) >= {"augment", "blur", "jpeg", "adversarial"}
    for name in counter.NAMES:
        one = counter.find(name)
        assert one.name == name
        assert one.said
        assert (one.still is not None) + (one.change is not None) + (one.adversary > 0) == 1
    assert counter.find("").still is None
    with pytest.raises(UsageError, match="no counter-measure 'x'"):
        counter.find("x")
