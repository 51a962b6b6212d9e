from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.repair.boosted import Boosted, chances, fallen, predicted, raw
from tests.stumps import ROWS, stump, two_stumps


def test_rows_fall_where_the_cuts_send_them() -> None:
    leaves, steps = fallen(two_stumps(), ROWS)
    np.testing.assert_array_equal(leaves[:, :, 0], [[1, 1], [1, 1], [2, 1], [2, 2]])
    np.testing.assert_allclose(steps[:, 0, 0], [-1.25, -1.25, 1.25, 1.25])
    np.testing.assert_allclose(raw(two_stumps(), ROWS)[:, 0], [2.25 - 13 / 24, 2.25 - 13 / 24, 4.75 - 13 / 24, 6.375])
    np.testing.assert_allclose(predicted(two_stumps(), ROWS), raw(two_stumps(), ROWS)[:, 0])


@pytest.mark.parametrize(("goes_left", "leaf"), [(True, 1), (False, 2)])
def test_a_missing_value_goes_where_the_tree_says(goes_left: bool, leaf: int) -> None:
    one = replace(two_stumps(), rounds=((stump(1.5, -1, 1, missing=goes_left),),))
    assert fallen(one, np.array([[np.nan]]))[0][0, 0, 0] == leaf


def test_a_value_at_the_cut_goes_left() -> None:
    assert fallen(two_stumps(), np.array([[1.5]]))[0][0, 0, 0] == 1


def test_single_inputs_are_rounded_as_the_library_rounds_them() -> None:
    near = np.array([[1.5 + 1e-9]])  # 1.5 as float32
    assert fallen(two_stumps(), near)[0][0, 0, 0] == 2
    assert fallen(replace(two_stumps(), single=True), near)[0][0, 0, 0] == 1


def test_pictures_are_taken_flat() -> None:
    np.testing.assert_array_equal(fallen(two_stumps(), ROWS.reshape(4, 1, 1, 1))[0], fallen(two_stumps(), ROWS)[0])


def test_probabilities_of_two_and_of_three_classes() -> None:
    two = replace(two_stumps(), loss="logistic", classes=np.array(["calm", "wild"]))
    drawn = 1 / (1 + np.exp(-raw(two, ROWS)[:, 0]))
    np.testing.assert_allclose(chances(two, ROWS), np.stack([1 - drawn, drawn], 1))
    assert predicted(two, ROWS).tolist() == ["wild"] * 4
    three = Boosted(((stump(1.5, 1.0, 0.0), stump(1.5, 0.0, 0.0), stump(1.5, 0.0, 2.0)),), np.zeros(3), "softmax", 1.0,
                    classes=np.array([3, 5, 9]))  # fmt: skip
    expected = np.array([[np.e, 1, 1], [np.e, 1, 1], [1, 1, np.e**2], [1, 1, np.e**2]])
    np.testing.assert_allclose(chances(three, ROWS), expected / expected.sum(1, keepdims=True))
    assert predicted(three, ROWS).tolist() == [3, 3, 9, 9]
