from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.synthetic_data.columns import binned, coded, coding_of, features, points, widths

REAL = {"size": np.array([str(n) for n in range(20)]), "colour": np.array(["red", "red", "blue", "green"] * 5),
        "step": np.array(["1", "2"] * 10), "y": np.array(["a", "b", "b", "b"] * 5)}  # fmt: skip


def test_numbers_and_categories_are_told_apart() -> None:
    coding = coding_of(REAL, "y")
    assert coding.numbers == ("size",)  # more than 10 different
    assert coding.kinds == {"colour": ("red", "blue", "green"), "step": ("1", "2"), "y": ("b", "a")}
    rows = coded(REAL, coding)
    assert rows.numbers.T.tolist() == [list(range(20))]
    assert rows.label[:4].tolist() == [1, 0, 0, 0]
    assert rows.group is None
    assert rows.take(np.array([3, 0])).codes.tolist() == [[2, 1, 0], [0, 0, 1]]
    assert coding_of(REAL | {"y": REAL["size"]}, "step").numbers == ("size", "y")


def test_categories_that_no_real_row_has_are_one_more() -> None:
    coding = coding_of(REAL, "y")
    odd = {
        "size": np.array(["1e1", "3.5"]),
        "colour": np.array(["violet", "red"]),
        "step": np.array(["2.0", " 1"]),
        "y": np.array(["a", "a"]),
    }
    rows = coded(odd, coding)
    assert rows.codes[:, 0].tolist() == [3, 0]
    assert rows.codes[:, 1].tolist() == [1, 0]  # 2.0 is 2
    assert [int(one) for one in binned(rows, coding)[0]] == [2, 0]  # of fifths 0 to 3.8, 7.6, 11.4, 15.2
    assert widths(coding) == [5, 4, 3, 3]


def test_rows_that_differ_in_a_category_are_as_far_apart_as_by_one_deviation() -> None:
    coding = coding_of(REAL, "y")
    rows = coded(REAL, coding)
    at = points(rows, coding)
    # rows 0 and 1: sizes 0 and 1, steps and labels differ; deviation of 0 to 19 is sqrt(399 / 12)
    assert np.linalg.norm(at[0] - at[1]) == pytest.approx(np.sqrt(12 / 399 + 2))
    assert np.linalg.norm(at[0] - at[0]) == 0
    x, categories = features(rows, coding)
    assert x.shape == (20, 3)  # without the label
    assert categories == [False, True, True]


def test_what_is_no_table_for_it() -> None:
    coding = coding_of(REAL, "y", "colour")
    assert coded(REAL, coding).group is not None
    for wrong, match in (
        ({"size": np.array(["x"] * 20)}, "holds numbers in the real table"),
        ({"y": np.array(["z"] * 20)}, "no real row has"),
    ):
        with pytest.raises(BadInput, match=match):
            coded(REAL | wrong, coding)
    with pytest.raises(UsageError, match="no column colour"):
        coded({name: values for name, values in REAL.items() if name != "colour"}, coding)
    with pytest.raises(UsageError, match="no column where"):
        coding_of(REAL, "where")
    for label in ({"y": np.array(["a"] * 20)}, {"y": np.array([f"n{n}" for n in range(21)])}):
        with pytest.raises(BadInput, match="Name a column of classes"):
            coding_of({"y": label["y"]}, "y")
    for odd in ("", "n/a", "inf", "1e300"):
        with pytest.raises(BadInput, match="size lacks a number in 1 rows"):
            coding_of(REAL | {"size": np.array([odd, *REAL["size"][1:]])}, "y")
