"""Gradient-boosted trees as subjects, and those of scikit-learn read into plain arrays.

`boosted` reads a fitted GradientBoosting* or HistGradientBoosting*. Of the Hist kind the trees have no public door:
`_predictors` and the `nodes` of each are read, never changed, and a test holds that the sums agree with `predict`.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Literal

import numpy as np

from headgate.errors import UsageError
from headgate.repair import estimators
from headgate.repair.boosted import Boosted, Tree, chances, fallen, predicted, raw
from headgate.repair.shapes import Adapter, Array, Doubles, Examples, Model


def boosted(model: Model) -> Boosted:
    """The trees of a fitted scikit-learn model; one that is `Boosted` is given back.

    Raises `UsageError` for another kind of model, another loss, an own initial estimator or categorical features.
    """
    if isinstance(model, Boosted):
        return model
    name = type(model).__name__
    if name.startswith("HistGradientBoosting"):
        return _histogram(model)
    if not name.startswith("GradientBoosting"):
        msg = f"{name} is no gradient boosting of scikit-learn. Give such a model, or its trees as a Boosted."
        raise UsageError(msg)
    if model.loss not in {"log_loss", "squared_error"} or model.init not in {None, "zero"}:
        msg = f"{name} with loss {model.loss!r} and init {model.init!r}. Loss log_loss or squared_error, and no init."
        raise UsageError(msg)
    rounds = tuple(tuple(_binary(one.tree_, model.learning_rate) for one in row) for row in model.estimators_)
    outputs = len(rounds[0])
    scale = 1.0 if outputs == 1 else (outputs - 1) / outputs  # Friedman's K-class leaf
    return _started(model, rounds, model.learning_rate, scale=scale, penalty=0.0, single=True)


def _binary(tree: Model, rate: float) -> Tree:
    missing = np.asarray(getattr(tree, "missing_go_to_left", np.zeros(tree.node_count)), bool)
    return Tree(
        tree.feature.astype(np.intp), tree.threshold.astype(float), tree.children_left.astype(np.intp),
        tree.children_right.astype(np.intp), rate * tree.value[:, 0, 0], missing,
    )  # fmt: skip


def _histogram(model: Model) -> Boosted:
    if model.loss not in {"log_loss", "squared_error"} or model.is_categorical_ is not None:
        msg = (
            f"{type(model).__name__} with loss {model.loss!r}. Loss log_loss or squared_error, no categorical features."
        )
        raise UsageError(msg)
    rounds = tuple(tuple(_nodes(one.nodes) for one in row) for row in model._predictors)
    return _started(model, rounds, model.learning_rate, scale=1.0, penalty=float(model.l2_regularization), single=False)


def _nodes(nodes: Array) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        nodes["feature_idx"].astype(np.intp), nodes["num_threshold"].astype(float),
        np.where(leaf, -1, nodes["left"].astype(np.intp)), nodes["right"].astype(np.intp),
        nodes["value"].astype(float), nodes["missing_go_to_left"].astype(bool),
    )  # fmt: skip


def _started(
    model: Model, rounds: tuple[tuple[Tree, ...], ...], rate: float, *, scale: float, penalty: float, single: bool
) -> Boosted:
    """What the raw predictions start from is what one row's is, less what the trees add: the same for every row."""
    classes = getattr(model, "classes_", None)
    loss: Literal["squared", "logistic", "softmax"] = (
        "squared" if classes is None else "logistic" if len(rounds[0]) == 1 else "softmax"
    )
    row = np.zeros((1, model.n_features_in_))
    whole = model.predict(row) if classes is None else model.decision_function(row)
    found = Boosted(rounds, np.zeros(len(rounds[0])), loss, rate, scale, penalty, classes, single)
    start = np.asarray(whole, float).reshape(-1) - raw(found, row)[0]
    return replace(found, start=start)


def _added(model: Model, items: Examples) -> Array:
    """What each tree adds to the raw prediction of each item (n x trees): the last layer sums them."""
    return fallen(boosted(model), items.x)[1].reshape(len(items), -1)


def _outcomes(model: Model, items: Examples) -> Doubles:
    return estimators.outcomes(_speaking(model), items)


def _losses(model: Model, items: Examples) -> Doubles:
    return estimators.losses(_speaking(model), items)


def _probabilities(model: Model, items: Examples) -> Array:
    return estimators.probabilities(_speaking(model), items)


def _speaking(model: Model) -> Model:
    """`model`, or plain arrays with the methods that scikit-learn's models have."""
    if not isinstance(model, Boosted):
        return model
    return (
        SimpleNamespace(predict=partial(predicted, model))
        if model.classes is None
        else SimpleNamespace(
            predict=partial(predicted, model), predict_proba=partial(chances, model), classes_=model.classes
        )
    )


TREES = Adapter("trees", _outcomes, _losses, _added, copy.deepcopy, None, _probabilities, None)
