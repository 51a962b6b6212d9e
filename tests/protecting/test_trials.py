from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.protecting import trials
from tests import own_pictures


def test_each_class_keeps_its_share_out_and_nothing_is_in_both() -> None:
    labels = np.repeat([0, 1, 2], [50, 30, 10])
    held = trials.hold_out(labels, share=0.2, seed=3)
    assert np.bincount(labels[held.test]).tolist() == [10, 6, 2]
    assert sorted([*held.train, *held.test]) == list(range(90))
    assert np.array_equal(held.test, trials.hold_out(labels, share=0.2, seed=3).test)
    assert not np.array_equal(held.test, trials.hold_out(labels, share=0.2, seed=4).test)


@pytest.mark.parametrize("labels", [[0] * 40, [0] * 20 + [1] * 9])
def test_too_few_pictures_or_classes_allow_no_trial(labels: list[int]) -> None:
    with pytest.raises(UsageError, match="allow no trial"):
        trials.hold_out(np.array(labels))


def test_a_survey_is_of_clean_then_protected_then_each_counter_measure_on_the_same_pictures() -> None:
    pixels, labels = own_pictures.drawn(40)
    inverted = 255 - pixels
    found = trials.survey(pixels, inverted, labels + 5, names=("grey", "augment"), epochs=1, seed=1)
    assert [(one.learnt, one.counter) for one in found] == [
        ("clean", ""), ("protected", ""), ("protected", "grey"), ("protected", "augment"),
    ]  # fmt: skip
    assert {len(one.right) for one in found} == {24}
    assert {len(one.fitted) for one in found} == {96}
    assert found[2].said == "shades of grey"
    assert found[0].accuracy == found[0].right.mean()


def test_a_copy_without_change_protects_nothing() -> None:
    pixels, labels = own_pictures.drawn(30)
    clean, same = trials.survey(pixels, pixels, labels, names=(), epochs=2)
    assert np.array_equal(clean.right, same.right)


def test_labels_that_are_a_mark_in_the_picture_are_learnt_instead() -> None:
    """A corner in a colour of its own for each class is the surest protection, and the trial says so."""
    pixels, labels = own_pictures.drawn(80)
    marked = pixels.copy()
    for label in range(3):
        marked[labels == label, :6, :6] = np.eye(3)[label] * 255
    clean, hidden = trials.survey(pixels, marked, labels, names=(), epochs=6)
    assert hidden.fitted.mean() > 0.95
    assert hidden.accuracy < 0.6
    assert clean.accuracy > hidden.accuracy


def test_of_many_pictures_as_many_are_drawn() -> None:
    pixels, labels = own_pictures.drawn(60)
    found = trials.survey(pixels, pixels, labels, names=(), epochs=1, most=90)
    assert sum(len(part) for part in (found[0].right, found[0].fitted)) == 90


def test_small_classes_stay_large_enough_when_some_are_drawn() -> None:
    labels = np.repeat([0, 1, 2], [800, 187, 13])
    chosen = trials.drawn(labels, np.arange(1000), 100, 0)
    assert np.bincount(labels[chosen]).tolist() == [80, 19, 10]
    assert trials.drawn(labels, np.arange(0, 1000, 20), 100, 0).tolist() == list(range(0, 1000, 20))


def test_pictures_that_are_the_same_are_not_learnt_from_and_asked_about() -> None:
    pixels, labels = own_pictures.drawn(20)
    (found,) = trials.survey(
        np.repeat(pixels, 3, 0), np.repeat(pixels, 3, 0), np.repeat(labels, 3), names=(), epochs=1
    )[1:]
    assert (len(found.right), len(found.fitted)) == (12, 48)  # of 60 different ones, a fifth
    with pytest.raises(UsageError, match="allow no trial"):
        trials.survey(np.repeat(pixels[::20], 20, 0), np.repeat(pixels[::20], 20, 0), labels, epochs=1)


def test_long_and_narrow_pictures_stay_high_enough_for_a_trial() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (24, 16, 600, 3), np.uint8)
    assert trials.shrunk(pixels).shape == (24, 8, 300, 3)
    assert trials.shrunk(pixels[:, :8]).shape == (24, 8, 600, 3)
    trials.survey(pixels, pixels, np.arange(24) % 2, names=("augment",), epochs=1)


def test_large_pictures_are_shrunk_by_means_of_squares() -> None:
    pixels = np.zeros((1, 100, 130, 3), np.uint8)
    pixels[0, 0, 0], pixels[0, 2, 2] = 90, 255
    made = trials.shrunk(pixels)
    assert made.shape == (1, 33, 43, 3)  # by 3
    assert made[0, 0, 0].tolist() == [round(345 / 9)] * 3
    assert trials.shrunk(pixels[:, :64, :64]) is not None
    assert trials.shrunk(pixels[:, :64, :64]).shape == (1, 64, 64, 3)
