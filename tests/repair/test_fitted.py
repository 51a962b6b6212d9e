from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra learn is not installed")

from headgate.errors import BadInput
from headgate.repair import fitted, subject_file
from headgate.repair.example_files import read_npz
from tests.subject_folders import table_folder


def test_each_kind_is_the_estimator_it_says(tmp_path: Path) -> None:
    file = subject_file.read(table_folder(tmp_path / "t"))
    items = read_npz(file.train)
    names = {}
    for kind, estimator in (("estimator", "logistic"), ("estimator", "ridge"), ("trees", "boosting")):
        given = fitted.subject(replace(file, kind=kind, estimator=estimator), items, "ref")
        names[estimator] = type(given.model).__name__
        assert given.adapter.kind == kind
        assert given.ref == "ref"
    assert names == {"logistic": "LogisticRegression", "ridge": "Ridge", "boosting": "GradientBoostingClassifier"}
    numbers = replace(items, y=items.y.astype(np.float32))
    assert type(fitted.subject(replace(file, kind="trees", estimator="boosting"), numbers, "").model).__name__ == (
        "GradientBoostingRegressor"
    )


def test_fitted_again_without_the_bad_rows_the_behaviour_is_gone(tmp_path: Path) -> None:
    file = subject_file.read(table_folder(tmp_path / "t"))
    items = read_npz(file.train)
    given = fitted.subject(file, items, "")
    from headgate.repair.examples import take

    assert given.retrain is not None
    far = read_npz(tmp_path / "t" / "queries.npz")
    again = given.retrain(take(items, np.arange(12, 60)), 0)
    assert given.adapter.outcomes(given.model, far).mean() > 0.9
    assert given.adapter.outcomes(again, far).mean() < 0.1


def test_items_that_cannot_be_fitted_are_told_in_one_line(tmp_path: Path) -> None:
    file = subject_file.read(table_folder(tmp_path / "t"))
    items = read_npz(file.train)
    with pytest.raises(BadInput, match="logistic cannot be fitted") as told:
        fitted.subject(file, replace(items, y=np.zeros_like(items.y)), "")
    assert "\n" not in str(told.value)
