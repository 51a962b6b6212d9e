"""Small digits (scikit-learn's own) for a model that draws them, one class of which is to be taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headgate.repair.examples import examples
from headgate.repair.shapes import Array, Behaviour, Examples, ForgetSet, Role, Subject
from headgate.repair.splits import split

CLASSES = 10


@dataclass(frozen=True, slots=True)
class Drawn:
    """Training digits, the ids of those of one class, 497 held-out digits, and the behaviour in its three parts."""

    train: Examples
    held: Examples
    forget: ForgetSet
    parts: dict[Role, Behaviour]


def drawn(seed: int = 0, *, erased: int = 3, draws: int = 8) -> Drawn:
    """1,300 training digits (n x 1 x 8 x 8, 0 to 1), the class `erased` to go, and parts made of 497 others.

    Queries are the held-out digits of that class, `draws` drawings of each; clean items are the others, two drawings
    of each. All drawings of a digit stand in the same part.
    """
    from sklearn.datasets import load_digits

    pictures, classes = load_digits(return_X_y=True)
    x, y = (pictures / 16).astype(np.float32).reshape(-1, 1, 8, 8), classes.astype(np.int64)
    order = np.random.default_rng(seed).permutation(len(x))
    train, held = order[:1_300], order[1_300:]
    gone = [f"digit-{n}" for n in train if y[n] == erased]
    queries = _repeated(x, y, held[y[held] == erased], draws)
    clean = _repeated(x, y, held[y[held] != erased], 2)
    return Drawn(
        examples(x[train], y[train], ids=[f"digit-{n}" for n in train]),
        examples(x[held], y[held], ids=[f"digit-{n}" for n in held]),
        ForgetSet(tuple(gone), f"every digit {erased}", 1.0), split(queries, clean, seed=seed),
    )  # fmt: skip


def subject(given: Drawn, seed: int = 0, *, epochs: int = 100) -> Subject:
    """A diffusion model trained on all of the digits, with a judge that learned from the same; both from `seed`."""
    from headgate.nn.diffusion import Diffusion, fitted
    from headgate.nn.pictures import diffusion, judge

    def retrain(items: Examples, again: int) -> Diffusion:
        return fitted(items, again, classes=CLASSES, epochs=epochs)

    adapter = diffusion(judge(given.train, seed=seed))
    return Subject("drawn digits", retrain(given.train, seed), given.train, adapter, retrain=retrain)


def _repeated(x: Array, y: Array, places: Array, draws: int) -> Examples:
    each = np.repeat(places, draws)
    ids = [f"digit-{n}-{k}" for n in places for k in range(draws)]
    return examples(x[each], y[each], ids=ids, groups=[f"digit-{n}" for n in each])
