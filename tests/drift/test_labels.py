from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headgate.drift import labels
from headgate.drift.completions import Completions
from headgate.errors import BadInput

BASE = Completions("file:sha256:0", ["a", "a", "b"], ["0", "1", "0"], ["s", "s", "t"], ["x", "y", "z"])
VARIANT = Completions("file:sha256:1", ["a", "b"], ["0", "0"], ["s", "t"], ["x", "y"])


def write(path: Path, rows: str) -> Path:
    path.write_text("id,sample,model,label\n" + rows, encoding="utf-8")
    return path


def test_each_label_meets_its_completion(tmp_path: Path) -> None:
    rows = "b,0,variant,yes\na,1,base,1\na,0,base,no\n"
    base, variant = labels.read(write(tmp_path / "l.csv", rows), BASE, VARIANT)
    np.testing.assert_array_equal(base, [0, 1, np.nan])
    np.testing.assert_array_equal(variant, [np.nan, 1])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,0,other,1\n", "row 1: the model 'other' is neither base nor variant"),
        ("c,0,base,1\n", "row 1: base has no completion of sample '0' of 'c'"),
        ("a,0,base,1\na,0,base,1\n", "row 2: the completion of 'a' by base is labelled twice"),
        ("a,0,base,maybe\n", "row 1: label is 'maybe'"),
    ],
)
def test_a_label_that_fits_nothing_is_one_line(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        labels.read(write(tmp_path / "l.csv", rows), BASE, VARIANT)


def test_without_samples_the_first_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("id,model,label\nb,variant,yes\n", encoding="utf-8")
    base, variant = labels.read(path, BASE, VARIANT)
    assert np.isnan(base).all()
    np.testing.assert_array_equal(variant, [np.nan, 1])
