"""BoostIn: what each training row of gradient-boosted trees did, round by round, to the loss of the unwanted answers.

Reads: the trees of the model, the training rows and the behaviour's queries. Nothing is trained.
Finds: the sum over rounds, where row and query fall in one leaf, of the query's gradient times how the leaf moves with
the row's weight; positive: the row brings the unwanted answer nearer.
Cannot see: that without the row the trees would have been cut elsewhere (the structure is taken as it is); rows left
out of a round by subsampling, which are counted as if they had been in.
Reference: Brophy, Hammoudeh, Lowd, "Adapting and Evaluating Influence-Estimation Methods for Gradient-Boosted Decision
Trees" (JMLR 2023, arXiv 2205.00359), section 4.3 (BoostIn).
Checked against: two stumps worked by hand; the change of a leaf when a row's weight moves; see docs/methods/boostin.md.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headgate.errors import UsageError
from headgate.repair.boosted import Boosted, fallen
from headgate.repair.estimators import placed
from headgate.repair.shapes import Array, Behaviour, Doubles, Influence, Subject
from headgate.repair.splits import open_to
from headgate.repair.trees import boosted


def trace(subject: Subject, behaviour: Behaviour, *, rounds: int = 0) -> Influence:
    """Influence of each training row, averaged over the queries.

    `rounds` is how many of the first rounds are looked at, 0 for all.
    """
    open_to(behaviour, "trace")
    if subject.adapter.kind != "trees":
        msg = f"{subject.name} is of kind {subject.adapter.kind}, not trees. Give boosted trees, or trace by tracin."
        raise UsageError(msg)
    model = boosted(subject.model)
    if rounds < 0:
        msg = f"rounds {rounds}. Give the number of first rounds, or 0 for all."
        raise UsageError(msg)
    if rounds and rounds < len(model.rounds):
        model = replace(model, rounds=model.rounds[:rounds])
    score = influence(model, (subject.train.x, subject.train.y), (behaviour.queries.x, behaviour.queries.y))
    return Influence(score, note=f"{len(model.rounds)} rounds of {model.start.size} trees")


def influence(model: Boosted, train: tuple[Array, Array], queries: tuple[Array, Array]) -> Doubles:
    """Influence (n) of the training rows `train` (x, y) on the mean loss of `queries` (x, y); positive lowers it."""
    leaves, steps = fallen(model, train[0])
    slope, curve = derivatives(model, steps, train[1])
    asked, asked_steps = fallen(model, queries[0])
    pull, _ = derivatives(model, asked_steps, queries[1])
    total = np.zeros(len(leaves))
    for n, trees in enumerate(model.rounds):
        for output, tree in enumerate(trees):
            here, size = leaves[:, n, output], len(tree.value)
            weight = np.bincount(here, curve[:, n, output], size) + model.penalty
            # by the row's weight w: leaf = -rate x scale x sum(w g) / (sum(w h) + penalty)
            moved = model.rate * model.scale * slope[:, n, output] + tree.value[here] * curve[:, n, output]
            drawn = np.bincount(asked[:, n, output], pull[:, n, output], size)
            share = np.divide(drawn, weight, out=np.zeros(size), where=weight > 0)
            total += moved * share[here]
    return total / max(len(asked), 1)


def derivatives(model: Boosted, steps: Doubles, y: Array) -> tuple[Doubles, Doubles]:
    """First and second derivative of each row's loss by each output, before each round (n x rounds x outputs each).

    Raises `UsageError` for an answer that is none of the model's classes.
    """
    before = model.start + np.cumsum(steps, axis=1) - steps
    if model.loss == "squared":
        return before - np.asarray(y, float).reshape(-1, 1, 1), np.ones_like(before)
    classes = model.classes if model.classes is not None else np.arange(max(2, before.shape[2]))
    code = placed(classes, np.asarray(y))
    if model.loss == "logistic":
        chance = 1 / (1 + np.exp(-np.clip(before, -500, 500)))
        return chance - code.reshape(-1, 1, 1), chance * (1 - chance)
    power = np.exp(before - before.max(2, keepdims=True))
    chance = power / power.sum(2, keepdims=True)
    wanted = np.arange(before.shape[2]) == code.reshape(-1, 1, 1)
    return chance - wanted, chance * (1 - chance)
