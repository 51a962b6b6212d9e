from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.evidence.intervals import wilson
from headgate.protect import cuda
from headgate.protecting import filters
from headgate.shapes import OwnPictures


def noise(count: int, seed: int = 0) -> np.ndarray:
    """Pictures of smooth noise, whose classes mean nothing."""
    values = np.random.default_rng(seed).normal(size=(count, 20, 20, 3)).cumsum(1).cumsum(2)
    values -= values.mean((1, 2, 3), keepdims=True)
    return (127 + 40 * values / values.std((1, 2, 3), keepdims=True)).clip(0, 255).astype(np.uint8)


def test_classes_that_mean_nothing_are_told_as_often_as_chance() -> None:
    labels = np.arange(400) % 4
    told = filters.filtered(noise(400), labels)
    assert told.low < 0.25 < told.high
    assert (told.n, told.classes, told.draws) == (400, 4, 19)
    assert (told.low, told.high) == wilson(round(told.share * 400), 400)
    assert 0.2 < told.chance < 0.4


@pytest.mark.parametrize("colour", [True, False])
def test_filters_that_go_with_the_class_are_seen(colour: bool) -> None:
    pixels, labels = noise(400), np.arange(400) % 4
    own = OwnPictures(pixels, labels, [f"{n}.png" for n in range(400)])
    told = filters.filtered(cuda.protect(own, key=bytes(32), colour=colour).pixels, labels)
    assert told.low > told.chance
    assert told.share > 0.6


def test_figures_of_a_flat_picture_are_finite_and_of_a_shift_the_same() -> None:
    pixels = noise(6)
    pixels[0] = 0
    found = filters.figures(pixels)
    assert found.shape == (6, 26)
    assert np.isfinite(found).all()
    assert np.abs(found.mean(0)).max() < 1e-9
    turned = filters.figures(np.flip(pixels, (1, 2)))  # half a turn leaves every pair of neighbours one
    np.testing.assert_allclose(found, turned, atol=1e-9)


def test_of_many_pictures_as_many_are_drawn_and_the_same_each_time() -> None:
    pixels, labels = noise(300), np.arange(300) % 3
    first = filters.filtered(pixels, labels, most=120, draws=3)
    assert first.n == 120
    assert first == filters.filtered(pixels, labels, most=120, draws=3)


@pytest.mark.parametrize("labels", [[0] * 20, [0] * 16 + [1] * 4])
def test_too_few_are_refused(labels: list[int]) -> None:
    with pytest.raises(UsageError, match="at least 5"):
        filters.filtered(noise(20), np.array(labels))
