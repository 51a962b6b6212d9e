"""Gradient-boosted trees as plain arrays: the leaf of each row in each tree, what each tree adds, what comes of it.

Nothing but numpy: trees of any library can be put into a `Boosted` by hand; `trees.boosted` reads scikit-learn's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.repair.shapes import Array, Doubles

Places: TypeAlias = "npt.NDArray[np.intp]"


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree of m nodes, the root first: rows with x[feature] <= threshold go `left`, missing ones by `missing`.

    A leaf has -1 in `left`. `value` is what a leaf adds to the raw prediction, the learning rate included.
    """

    feature: Places
    threshold: Doubles
    left: Places
    right: Places
    value: Doubles
    missing: npt.NDArray[np.bool_]  # whether a missing value goes left


@dataclass(frozen=True, slots=True)
class Boosted:
    """Rounds of trees, one an output, over `start` (raw predictions before the first).

    `loss` is squared (half the squared error), logistic (one output, two classes) or softmax (one output a class).
    Leaves are Newton steps, `scale` x sum of residuals / (sum of second derivatives + `penalty`), times `rate`.
    `classes` are the answers in the order of outputs; `single` says that inputs were taken as float32.
    """

    rounds: tuple[tuple[Tree, ...], ...]
    start: Doubles
    loss: Literal["squared", "logistic", "softmax"]
    rate: float
    scale: float = 1.0
    penalty: float = 0.0
    classes: Array | None = None
    single: bool = False


def fallen(model: Boosted, x: Array) -> tuple[Places, Doubles]:
    """Of each row the leaf it falls in and what that adds (n x rounds x outputs each)."""
    rows = x.reshape(len(x), -1).astype(np.float32 if model.single else np.float64)
    shape = (len(rows), len(model.rounds), len(model.rounds[0]) if model.rounds else 0)
    leaves, steps = np.zeros(shape, np.intp), np.zeros(shape)
    for n, trees in enumerate(model.rounds):
        for output, tree in enumerate(trees):
            leaf = _leaves(tree, rows)
            leaves[:, n, output], steps[:, n, output] = leaf, tree.value[leaf]
    return leaves, steps


def raw(model: Boosted, x: Array) -> Doubles:
    """Raw predictions (n x outputs)."""
    found: Doubles = model.start + fallen(model, x)[1].sum(1)
    return found


def chances(model: Boosted, x: Array) -> Doubles:
    """Probability of each class (n x classes) of trees with `classes`."""
    found = raw(model, x)
    if model.loss == "logistic":
        found = np.concatenate([np.zeros_like(found), found], axis=1)
    power = np.exp(found - found.max(1, keepdims=True))
    return np.asarray(power / power.sum(1, keepdims=True))


def predicted(model: Boosted, x: Array) -> Array:
    """The answer to each row (n): a number, or the likeliest of the classes."""
    if model.classes is None:
        return raw(model, x)[:, 0]
    answer: Array = model.classes[chances(model, x).argmax(1)]
    return answer


def _leaves(tree: Tree, rows: Array) -> Places:
    at = np.zeros(len(rows), np.intp)
    moving = np.flatnonzero(tree.left[at] >= 0)
    while len(moving):
        node = at[moving]
        seen = rows[moving, tree.feature[node]]
        left = np.where(np.isnan(seen), tree.missing[node], seen <= tree.threshold[node])
        at[moving] = np.where(left, tree.left[node], tree.right[node])
        moving = moving[tree.left[at[moving]] >= 0]
    return at
