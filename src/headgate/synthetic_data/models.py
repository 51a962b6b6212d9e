"""One model for every question of use: gradient-boosted trees over numbers and categories, and how it does on rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput
from headgate.synthetic_data.columns import Coding, Floats, Ints, Rows, features


def scores(train: Rows, rows: Rows, coding: Coding, *, seed: int = 0) -> Floats:
    """Probabilities (n, classes) of the label of `rows` by a model that learned from `train`.

    Raises `BadInput` where `train` has one class only.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    classes = np.unique(train.label)
    if len(classes) < 2:
        msg = "a table has rows of one class of the label only, from which nothing can be learned."
        raise BadInput(msg)
    x, categories = features(train, coding)
    model = HistGradientBoostingClassifier(
        max_iter=80, categorical_features=categories, early_stopping=False, random_state=seed
    )
    found = model.fit(x, train.label).predict_proba(features(rows, coding)[0])
    out = np.zeros((len(rows), len(coding.kinds[coding.label]) + 1))
    out[:, classes] = found
    return out


def auc(values: Floats, positive: npt.NDArray[np.bool_], weights: Floats | None = None) -> Floats:
    """Area under the ROC curve of `values` (n,), of each of `weights` (draws, n) where given; NaN with one class."""
    order = np.argsort(values, kind="stable")
    ranked, yes = values[order], positive[order]
    weight = np.ones((1, len(values))) if weights is None else weights[:, order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])  # rows of one value are tied
    up = np.add.reduceat(weight * yes, first, axis=1)
    down = np.add.reduceat(weight * ~yes, first, axis=1)
    below = np.cumsum(down, axis=1) - down / 2
    both = up.sum(1) * down.sum(1)
    found = np.where(both > 0, (up * below).sum(1) / np.where(both > 0, both, 1), np.nan)
    return np.asarray(found if weights is not None else found[0])


def skill(probability: Floats, label: Ints, weights: Floats | None = None) -> Floats:
    """The AUC of the classes of `label` each against the rest, their mean; of each of `weights` (draws, n)."""
    classes = np.unique(label)
    if len(classes) == 2:
        return auc(probability[:, classes[1]] - probability[:, classes[0]], label == classes[1], weights)
    return np.asarray(np.mean([auc(probability[:, one], label == one, weights) for one in classes], axis=0))


def perturbed(rows: Rows, coding: Coding, *, noise: float, seed: int = 0) -> Rows:
    """`rows` with noise of `noise` standard deviations in numbers, and that share of categories drawn anew.

    A category is drawn from the same column of other rows; the label and the group stay as they are.
    """
    drawn = np.random.default_rng(seed)
    scale = np.array([coding.spread[name] for name in coding.numbers])
    numbers = rows.numbers + noise * scale * drawn.normal(size=rows.numbers.shape)
    codes = rows.codes.copy()
    for n, name in enumerate(coding.kinds):
        if name not in (coding.label, coding.group):
            other = drawn.random(len(rows)) < noise
            codes[other, n] = drawn.choice(rows.codes[:, n], int(other.sum()))
    return Rows(numbers, codes, rows.label, rows.group)
