"""Data Shapley: each training item's fair share in the behaviour, exact in a vote of the nearest, or by retraining.

Reads: the training items, the behaviour's queries or clean items; features of the model, or retraining for `tmc`.
Finds: values that sum to what all items do together less what none does; high ones carry the behaviour, or with
`against` clean hurt the right answers (the order of suspicion of wrong labels).
Cannot see: with `knn`, what the model itself learns beyond its features: the vote of the nearest stands in for it, and
a cause that is unlike its effect in every feature stays unseen. `tmc` asks for hundreds of retrainings.
Reference: Ghorbani and Zou, "Data Shapley: Equitable Valuation of Data for Machine Learning" (ICML 2019, arXiv
1904.02868), algorithm 1 (`tmc`); Jia et al. (VLDB 2019, arXiv 1908.08619), theorem 1 (`knn`).
Checked against: enumeration of all subsets; pyDVL 0.10; see docs/methods/data_shapley.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from headgate.errors import UsageError
from headgate.repair.examples import take
from headgate.repair.nearest import knn_shapley, matches, places
from headgate.repair.shapes import Behaviour, Doubles, Influence, Subject
from headgate.repair.splits import open_to

_TOLD = 2.0  # standard errors from which a value is told from none


def trace(
    subject: Subject, behaviour: Behaviour, *,
    method: Literal["knn", "tmc"] = "knn", k: int = 5, over: Literal["both", "features", "input"] = "both",
    checkpoint: int = -1, against: Literal["behaviour", "clean"] = "behaviour", by_group: bool = False,
    permutations: int = 100, tolerance: float = 0.01, seed: int = 0,
) -> Influence:  # fmt: skip
    """Value of each training item.

    `method` is knn (exact, no retraining) or tmc (truncated Monte Carlo over retrained models);
    `k` is the number of nearest items that vote;
    `over` is what nearness is measured on: the model's features, the input itself, or both side by side;
    `checkpoint` is the number from 0 of the checkpoint whose features are taken, -1 for the finished model;
    `against` is behaviour (positive: the item carries it) or clean (positive: it hurts the right answers);
    `by_group` gives each item its group's value divided by the group's size;
    `permutations` is how many orders of the items tmc walks through;
    `tolerance` is how near to the utility of all items an order must come for tmc to end it;
    `seed` draws the orders, and is the seed of every retraining.
    """
    open_to(behaviour, "trace")
    if by_group and subject.train.groups is None:
        msg = f"{subject.name} has training items without groups. Give groups, or leave --by-group out."
        raise UsageError(msg)
    if method == "tmc":
        return _monte_carlo(subject, behaviour, against, by_group, permutations, tolerance, seed)
    asked, sign = (behaviour.queries, 1.0) if against == "behaviour" else (behaviour.clean, -1.0)
    train, queries = places(subject, [asked], over, checkpoint)
    value = sign * knn_shapley(train, queries, matches(subject.train.y, asked.y), k)
    if by_group:
        code, size = _grouped(subject)
        value = (np.bincount(code, value) / size)[code]
    return Influence(value, note=f"exact Shapley value in the vote of the {k} nearest, {len(asked)} items asked")


def monte_carlo(
    players: int,
    worth: Callable[[np.ndarray], float],
    *,
    nothing: float,
    permutations: int,
    tolerance: float,
    seed: int,
) -> tuple[Doubles, Doubles, int]:
    """Shapley values of `players` in the game `worth` (indices of a set -> number) by walks through random orders.

    `nothing` is the worth of no player. A walk ends where it is within `tolerance` of the worth of all, and what is
    left of it counts 0. Gives the marginal gains (permutations x players), the worth of all, and how often `worth`
    was asked. With a tolerance of 0 the gains of each walk sum to the worth of all less that of nothing.
    """
    order = np.random.default_rng(seed)
    whole, asked = worth(np.arange(players)), 1
    gains = np.zeros((permutations, players))
    for walk in gains:
        before, path = nothing, order.permutation(players)
        for place, player in enumerate(path, 1):
            if tolerance > 0 and abs(whole - before) < tolerance:
                break
            last = place == players
            now = whole if last else worth(np.sort(path[:place]))
            asked += not last
            walk[player], before = now - before, now
    return gains, np.asarray(whole), asked


def _monte_carlo(
    subject: Subject, behaviour: Behaviour, against: str, by_group: bool, permutations: int, tolerance: float, seed: int
) -> Influence:
    retrain = subject.retrain
    if retrain is None:
        msg = f"{subject.name} cannot be trained again, which tmc asks for. Give it retrain, or take --method knn."
        raise UsageError(msg)
    if permutations < 2 or tolerance < 0:
        msg = f"permutations {permutations}, tolerance {tolerance:g}. Give 2 or more, and 0 or more."
        raise UsageError(msg)
    asked, sign = (behaviour.queries, 1.0) if against == "behaviour" else (behaviour.clean, -1.0)
    code, size = _grouped(subject) if by_group else (np.arange(len(subject.train)), np.ones(len(subject.train)))

    def worth(players: np.ndarray) -> float:
        model = retrain(take(subject.train, np.isin(code, players)), seed)
        return float(np.mean(subject.adapter.outcomes(model, asked)))

    gains, _, calls = monte_carlo(
        len(size), worth, nothing=_chance(subject), permutations=permutations, tolerance=tolerance, seed=seed
    )
    value, error = gains.mean(0), gains.std(0, ddof=1) / np.sqrt(permutations)
    return Influence((sign * value / size)[code], (error / size)[code], _diagnosis(gains, error, calls))


def _diagnosis(gains: Doubles, error: Doubles, calls: int) -> str:
    """How far the estimate has settled: the mean move since half of the walks, and how many values are told from 0."""
    value, half = gains.mean(0), gains[: max(1, len(gains) // 2)].mean(0)
    scale = np.abs(value).mean()
    moved = np.abs(value - half).mean() / scale if scale > 0 else 0.0
    told = int((np.abs(value) > _TOLD * error).sum())
    cut = float((gains == 0).mean())
    return (
        f"{len(gains)} walks, {calls:,} trainings; values moved by {moved:.0%} of their mean size in the second half; "
        f"{told} of {len(value)} are told from 0 at {_TOLD:g} standard errors; {cut:.0%} of gains were 0 or cut off"
    )


def _chance(subject: Subject) -> float:
    """What a model trained on nothing would do: guess among the classes."""
    classes = subject.adapter.kind == "classes" or hasattr(subject.model, "classes_")
    return 1 / len(np.unique(subject.train.y)) if classes else 0.0


def _grouped(subject: Subject) -> tuple[np.ndarray, Doubles]:
    """Of each item the number of its group, and of each group its size."""
    names, code = np.unique(np.asarray(subject.train.groups), return_inverse=True)
    return code, np.bincount(code, minlength=len(names)).astype(float)
