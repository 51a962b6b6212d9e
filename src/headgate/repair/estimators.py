"""Fitted scikit-learn classifiers and regressors as subjects: what they answer, lose and see, and how to fit them anew.

Only methods of the estimator itself are called (`predict`, `predict_proba`), so nothing is imported but to copy and to
fit one again. Inputs of any shape are given flat (n x d). Weights are not saved: scikit-learn has pickles only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.repair.shapes import Adapter, Array, Doubles, Examples, Model

Places: TypeAlias = "npt.NDArray[np.intp]"

_LEAST = 1e-12  # the probability below which a loss grows no more


def table(items: Examples) -> Array:
    """Inputs of the items, flat (n x d)."""
    return items.x.reshape(len(items), -1)


def outcomes(model: Model, items: Examples) -> Doubles:
    """1 or 0 for a class that is answered or not; of a regressor exp(-half the squared error): standardise y."""
    if not hasattr(model, "classes_"):
        near: Doubles = np.exp(-losses(model, items))
        return near
    return np.asarray(model.predict(table(items)) == items.y, float)


def losses(model: Model, items: Examples) -> Doubles:
    """Negative log-likelihood of each class y, in nats; of a regressor half the squared error.

    Raises `UsageError` for a classifier that gives no probabilities.
    """
    if not hasattr(model, "classes_"):
        apart = np.asarray(model.predict(table(items)), float).reshape(len(items), -1) - items.y.reshape(len(items), -1)
        return np.asarray((apart * apart).sum(1) / 2)
    given = np.asarray(_probabilities(model, items))
    column = np.searchsorted(model.classes_, items.y).clip(max=len(model.classes_) - 1)
    known = model.classes_[column] == items.y  # a class that it was not fitted on is as unlikely as can be
    return np.asarray(-np.log(np.where(known, given[np.arange(len(items)), column], 0.0).clip(_LEAST, 1.0)))


def features(model: Model, items: Examples) -> Array:
    """What the last step of a pipeline is given, else the inputs as they are (n x d)."""
    rows = table(items)
    if hasattr(model, "steps") and len(model.steps) > 1:
        seen = model[:-1].transform(rows)
        return np.asarray(seen.toarray() if hasattr(seen, "toarray") else seen)
    return rows


def probabilities(model: Model, items: Examples) -> Array:
    """Probability of each class (n x classes), in columns 0, 1, ... where classes are such numbers, else as sorted."""
    given = np.asarray(_probabilities(model, items))
    if not np.issubdtype(model.classes_.dtype, np.integer) or model.classes_.min() < 0:
        return given
    wide = np.zeros((len(items), int(model.classes_.max()) + 1))
    wide[:, model.classes_] = given
    return wide


def columns(model: Model, y: Array) -> Places:
    """Of each answer of `y` (n) the column of `probabilities`; of a model that names no classes, y itself.

    Raises `UsageError` for an answer that is no class of the model.
    """
    classes = getattr(model, "classes_", getattr(model, "classes", None))
    if not isinstance(classes, np.ndarray):
        return np.asarray(y, np.intp)
    place = placed(classes, y)
    numbered = np.issubdtype(classes.dtype, np.integer) and classes.min() >= 0
    return classes[place].astype(np.intp) if numbered else place


def placed(classes: Array, y: Array) -> Places:
    """Of each answer of `y` (n) its place among `classes`, sorted; raises `UsageError` where it is none of them."""
    place = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    absent = np.flatnonzero(classes[place] != y)
    if len(absent):
        msg = (
            f"the answer {str(y[absent[0]])[:40]!r} is none of the {len(classes)} classes of the model, so that no "
            "gradient leads there. Give answers that it knows, or trace by neighbours."
        )
        raise UsageError(msg)
    return place


def refit(model: Model) -> Callable[[Examples, int], Model]:
    """A `retrain` of a subject: an unfitted copy of `model`, every random_state of it set to the seed, fitted.

    A classifier that is given items of one class only answers that class.
    """

    def retrain(items: Examples, seed: int) -> Model:
        from sklearn.base import clone
        from sklearn.dummy import DummyClassifier

        if hasattr(model, "classes_") and len(np.unique(items.y)) < 2:
            return DummyClassifier(strategy="most_frequent").fit(table(items), items.y)
        fresh = clone(model)
        seeds = [name for name in fresh.get_params() if name.split("__")[-1] == "random_state"]
        return fresh.set_params(**dict.fromkeys(seeds, seed)).fit(table(items), items.y)

    return retrain


def _probabilities(model: Model, items: Examples) -> Array:
    if not hasattr(model, "predict_proba"):
        msg = f"{type(model).__name__} gives no probabilities. Fit one that has predict_proba, or wrap it to have them."
        raise UsageError(msg)
    found: Array = model.predict_proba(table(items))
    return found


ESTIMATOR = Adapter("estimator", outcomes, losses, features, copy.deepcopy, None, probabilities, None)
