"""Scikit-learn subjects from their files: fitted anew on the training items, since weights are kept as pickles only."""

from __future__ import annotations

from typing import Any

from headgate.errors import BadInput
from headgate.plain import plain
from headgate.repair.estimators import ESTIMATOR, refit, table
from headgate.repair.shapes import Examples, Subject
from headgate.repair.subject_file import SubjectFile
from headgate.repair.trees import TREES


def subject(file: SubjectFile, items: Examples, ref: str) -> Subject:
    """The estimator that `file` names, fitted on `items`; raises `BadInput` where it cannot be."""
    seed = file.seed
    try:
        model = _named(file.estimator, seed, whole=items.y.dtype.kind == "i").fit(table(items), items.y)
    except ValueError as error:
        msg = f"{plain(file.train)}: {file.estimator} cannot be fitted ({plain(error, 120)}). Give items it can take."
        raise BadInput(msg) from error
    adapter = TREES if file.kind == "trees" else ESTIMATOR
    return Subject(file.name, model, items, adapter, (), refit(model), ref)


def _named(name: str, seed: int, *, whole: bool) -> Any:
    if name == "boosting":
        from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

        return (GradientBoostingClassifier if whole else GradientBoostingRegressor)(random_state=seed)
    from sklearn.linear_model import LogisticRegression, Ridge

    return LogisticRegression(max_iter=1_000, random_state=seed) if name == "logistic" else Ridge(random_state=seed)
