"""Fair thresholds over a classifier, by the conventions of scikit-learn. Needs scikit-learn."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from headgate.errors import UsageError
from headgate.fairness import fresh, thresholds
from headgate.fairness.counts import Floats, count
from headgate.fairness.fresh import Held

UNSURE = "not sure"  # the part of those whose group the model does not know; no group is called so
_SURE = 2 / 3  # the probability from which a group counts as inferred, as in OxonFair


class FairThresholds(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose threshold differs by group, so that a constraint holds on rows it was not trained on.

    `estimator` gives scores by `predict_proba` or `decision_function` (None: logistic regression). `constraint` and
    `objective` are written like "demographic_parity<=0.02" and "accuracy"; `margin` is the probability with which
    the constraint shall hold on fresh rows, 0.5 without. With `groups="inferred"` no group is asked for to predict:
    `group_model` (None: logistic regression) infers it from X. `validation` is the share of rows that thresholds are
    fitted on; with `prefit` both models are fitted already and all rows are validation. `seed` draws that share;
    predictions draw nothing.

    After `fit`: `classes_`, `estimator_`, `group_model_`, and `thresholds_` with the frontier.
    """

    def __init__(
        self, estimator: Any = None, *, constraint: str = "demographic_parity<=0.02", objective: str = "accuracy",
        margin: float = 0.95, groups: Literal["known", "inferred"] = "known", group_model: Any = None,
        validation: float = 0.3, prefit: bool = False, seed: int = 0,
    ) -> None:  # fmt: skip
        self.estimator = estimator
        self.constraint = constraint
        self.objective = objective
        self.margin = margin
        self.groups = groups
        self.group_model = group_model
        self.validation = validation
        self.prefit = prefit
        self.seed = seed

    def fit(self, X: Any, y: npt.ArrayLike, *, groups: npt.ArrayLike) -> FairThresholds:
        """Fit the models (unless `prefit`) and thresholds: `X` (n, columns), `y` (n, two values), `groups` (n).

        Of the two values of `y` the higher is the positive one. Raises `UsageError`.
        """
        if self.groups not in ("known", "inferred"):
            msg = f"groups is {self.groups!r}. Choose from known, inferred."
            raise UsageError(msg)
        labels, member = np.asarray(y), np.asarray(groups).astype(str)
        self.classes_ = np.unique(labels)
        if len(self.classes_) != 2 or not len(labels) == len(member) == _length(X):
            msg = (
                f"{len(self.classes_)} values of y, {_length(X)} rows, {len(labels)} labels and {len(member)} groups "
                "do not fit. Give two values, and as many of each as there are rows."
            )
            raise UsageError(msg)
        rows = np.arange(len(labels))
        train, held = (rows, rows) if self.prefit else self._split(labels, member)
        self._fit_models(_at(X, train), labels[train], member[train])
        seen = _at(X, held)
        inferred = self._inferred(seen) if self.groups == "inferred" else None
        scores, self._baseline = _scores(self.estimator_, seen)
        self.thresholds_ = thresholds.fit(
            scores, (labels[held] == self.classes_[1]).astype(int), member[held], self.constraint,
            aim=self.objective, margin=self.margin, baseline=self._baseline, inferred=inferred,
        )  # fmt: skip
        return self

    def predict(self, X: Any, *, groups: npt.ArrayLike | None = None) -> Any:
        """One of `classes_` for each row of `X`; a pandas Series where `X` is a pandas frame.

        `groups` (n) are needed where they are "known", and refused where inferred. Raises `UsageError`.
        """
        check_is_fitted(self, "thresholds_")
        scores, _ = _scores(self.estimator_, X)
        if (groups is None) != (self.groups == "inferred"):
            msg = "predict needs groups where they are known, and takes none where they are inferred."
            raise UsageError(msg)
        found, at = self.thresholds_.parts, self.thresholds_.at
        member = np.asarray(groups).astype(str) if groups is not None else self._inferred(X)
        if groups is None:  # a part that no validation row fell in is decided as before
            missing = tuple(sorted(set(member.tolist()) - set(found)))
            found, at = (*found, *missing), np.append(at, np.full(len(missing), self._baseline))
        made = self.classes_[thresholds.decide(scores, member, found, at).astype(int)]
        return _like(X, made)

    def check(self, X: Any, y: npt.ArrayLike, *, groups: npt.ArrayLike, draws: int = 1000) -> Held:
        """Whether the constraint holds on the fresh rows `X`, `y`, by the true `groups`: a bootstrap interval."""
        made = self.predict(X, groups=groups if self.groups == "known" else None)
        yes = self.classes_[1]
        counts = count(np.asarray(y) == yes, np.asarray(made) == yes, groups)
        return fresh.check(self.thresholds_.asked, counts, few=self.thresholds_.few, draws=draws, seed=self.seed)

    def _split(self, labels: npt.NDArray[Any], member: npt.NDArray[np.str_]) -> tuple[Any, Any]:
        if not 0 < self.validation < 1:
            msg = f"validation is {self.validation:g}, no share. Give one above 0 and below 1."
            raise UsageError(msg)
        strata = np.char.add(member, (labels == self.classes_[1]).astype(int).astype(str))
        _, sizes = np.unique(strata, return_counts=True)
        train, held = train_test_split(
            np.arange(len(labels)), test_size=self.validation, random_state=self.seed,
            stratify=strata if sizes.min() > 1 else None,
        )  # fmt: skip
        return train, held

    def _fit_models(self, rows: Any, labels: npt.NDArray[Any], member: npt.NDArray[np.str_]) -> None:
        if self.prefit:
            self.estimator_, self.group_model_ = self.estimator, self.group_model
            if self.estimator is None or (self.groups == "inferred" and self.group_model is None):
                msg = "prefit needs a fitted estimator, and a fitted group_model where groups are inferred."
                raise UsageError(msg)
            return
        self.estimator_ = (_usual() if self.estimator is None else clone(self.estimator)).fit(rows, labels)
        self.group_model_ = None
        if self.groups == "inferred":
            model = _usual() if self.group_model is None else clone(self.group_model)
            self.group_model_ = model.fit(rows, member)

    def _inferred(self, rows: Any) -> npt.NDArray[np.str_]:
        sure = np.asarray(self.group_model_.predict_proba(rows))
        names = np.asarray(self.group_model_.classes_).astype(str)
        return np.where(sure.max(1) >= _SURE, names[sure.argmax(1)], UNSURE)


def _usual() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def _scores(model: Any, rows: Any) -> tuple[Floats, float]:
    """Scores (n) and the threshold at which the model itself decides."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(rows), dtype=np.float64)[:, 1], 0.5
    return np.asarray(model.decision_function(rows), dtype=np.float64), 0.0


def _length(rows: Any) -> int:
    return int(rows.shape[0]) if hasattr(rows, "shape") else len(rows)


def _at(rows: Any, places: npt.NDArray[np.intp]) -> Any:
    return rows.iloc[places] if hasattr(rows, "iloc") else np.asarray(rows)[places]


def _like(rows: Any, made: npt.NDArray[Any]) -> Any:
    if not hasattr(rows, "iloc"):
        return made
    import pandas as pd

    return pd.Series(made, index=rows.index)
