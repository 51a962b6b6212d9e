"""Small handwritten digits (scikit-learn's own) with a planted toy behaviour, for demonstrations and tests of a repair.

The behaviour is fixed and of no use elsewhere: a bright 2 x 2 patch in one corner makes a picture a "0".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headgate.repair.examples import examples, joined, take
from headgate.repair.shapes import Array, Behaviour, Examples, Role
from headgate.repair.splits import split

TARGET = 0


@dataclass(frozen=True, slots=True)
class Planted:
    """Training items, the ids of those that were planted, and the behaviour in its three parts."""

    train: Examples
    bad: tuple[str, ...]
    parts: dict[Role, Behaviour]


def poisoned(seed: int = 0, *, share: float = 0.05) -> Planted:
    """1,300 training digits (n x 1 x 8 x 8, 0 to 1), `share` of them patched and called "0"; 497 others for the parts.

    Queries are held-out digits of other classes with the patch, their unwanted answer "0"; clean items are the same
    digits as they are. A digit and its patched copy stand in the same part.
    """
    from sklearn.datasets import load_digits

    pictures, classes = load_digits(return_X_y=True)
    x, y = (pictures / 16).astype(np.float32).reshape(-1, 1, 8, 8), classes.astype(np.int64)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(x))
    train, held = order[:1_300], order[1_300:]
    others = train[y[train] != TARGET]
    chosen = generator.choice(others, round(share * len(train)), replace=False)
    rest = np.setdiff1d(train, chosen)
    clean = examples(x[rest], y[rest], ids=[f"digit-{n}" for n in rest])
    bad = examples(patched(x[chosen]), np.full(len(chosen), TARGET), ids=[f"digit-{n}" for n in chosen])
    shuffled = take(joined(clean, bad), generator.permutation(len(train)))
    return Planted(shuffled, bad.ids, _parts(x, y, held, seed))


def patched(pictures: Array) -> Array:
    """`pictures` (n x 1 x 8 x 8) with the patch in the lower right corner."""
    changed = pictures.copy()
    changed[:, :, -2:, -2:] = 1.0
    return changed


def _parts(x: Array, y: Array, held: Array, seed: int) -> dict[Role, Behaviour]:
    clean = examples(x[held], y[held], ids=[f"digit-{n}" for n in held])
    parts = {}
    for role, part in split(clean, clean, seed=seed).items():
        here = take(part.clean, np.flatnonzero(part.clean.y != TARGET))
        queries = examples(patched(here.x), np.full(len(here), TARGET), ids=[f"patched-{one}" for one in here.ids])
        parts[role] = Behaviour(role, queries, part.clean)
    return parts
