"""A model that is its training items, and answers by the vote of the nearest: retraining it costs nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headgate.repair.estimators import ESTIMATOR
from headgate.repair.examples import examples
from headgate.repair.shapes import Behaviour, Examples, Subject


def vote(model: tuple[Examples, int], items: Examples) -> np.ndarray:
    """The share of the k nearest that give the answer y; nobody's vote is 0."""
    held, k = model
    apart = ((items.x[:, None] - held.x[None]) ** 2).sum(2)
    order = np.argsort(apart, axis=1, kind="stable")[:, :k]
    return (held.y[order] == items.y[:, None]).sum(1) / k


def voting(n: int = 8, k: int = 2, seed: int = 0, groups: list[str] | None = None) -> tuple[Subject, Behaviour]:
    """`n` items of two columns and two classes, the columns already standard, and four queries."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 2))
    x = (x - x.mean(0)) / x.std(0)
    items = examples(x, draw.integers(0, 2, n), ids=[f"row-{i}" for i in range(n)], groups=groups)
    queries = examples(draw.normal(size=(4, 2)), draw.integers(0, 2, 4), ids=[f"query-{i}" for i in range(4)])
    clean = examples(draw.normal(size=(5, 2)), draw.integers(0, 2, 5), ids=[f"clean-{i}" for i in range(5)])
    adapter = replace(ESTIMATOR, outcomes=vote, features=lambda _, some: some.x)
    subject = Subject("vote", (items, k), items, adapter, retrain=lambda some, _: (some, k))
    return subject, Behaviour("query", queries, clean)
