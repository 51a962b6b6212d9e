"""A planted population as arrays: who descends from whom, whose alignment was removed, what names give away.

For the learning detectors, at any size: 3 million models take seconds. `headgate demo` has its own hub in the
hubs' own shapes; this one only has what those detectors read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.learn.lineage import RELATIONS, Flags, Ints, Lineage

if TYPE_CHECKING:
    from headgate.learn.words import Sparse

Longs: TypeAlias = npt.NDArray[np.int64]

KINDS = ("finetune", "adapter", "quantized", "merge")
_SHARES = (0.36, 0.19, 0.35, 0.10)
_INHERITS = (0.85, 0.8, 0.98, 0.6)  # chance that a child of each kind keeps what its parent lost
_CONFIDENCE = (1.0, 1.0, 0.9, 1.0)
FAMILIES, HINTS, PLAIN = 40, 20, 1_500  # words: of a family, of those who remove alignment, of anybody
_HINTED = (0.35, 0.04)  # chance of a hint in the name where alignment was removed and where not
SAYS = 0.55  # of those whose alignment was removed, how many say so in their name


@dataclass(frozen=True, slots=True)
class Population:
    """`truth` holds what was planted for each node, `says` whether its name tells; models come first, then datasets.

    `words` holds for each model its family, a plain word and a hint, -1 where it has none.
    """

    lineage: Lineage
    truth: Flags
    says: Flags
    words: npt.NDArray[np.int32]


def plant(models: int, seed: int, *, links: float = 1.87, begins: float = 0.01) -> Population:
    """A population of `models` models with about `links` links a model, those to datasets among them.

    `begins` is the chance that a fine-tune removes alignment: twenty times that at one account in twenty.
    """
    rng = np.random.default_rng(seed)
    datasets = max(2, models // 10)
    size = models + datasets
    # numbered family after family, each from old to new
    families = max(2, models // 20)
    family = np.sort((families * rng.random(models) ** 2).astype(np.int64))
    oldest = np.searchsorted(family, family)
    age = np.arange(models) - oldest
    popular = rng.random(models) < 0.4  # or else whatever is new, which makes the long chains
    back = rng.random(models) ** np.where(popular, 3.0, 0.5)
    first = np.where(age > 0, oldest + (age * back).astype(np.int64), -1)
    kind = rng.choice(len(KINDS), models, p=_SHARES)
    more = np.flatnonzero((age > 1) & (kind == KINDS.index("merge")))
    second = oldest[more] + (age[more] * rng.random(len(more))).astype(np.int64)
    child_of = np.flatnonzero(first >= 0)
    lines = len(child_of) + len(more)
    trained = rng.integers(1, models, max(0, int(models * links) - lines))
    data = models + (datasets * rng.random(len(trained)) ** 2).astype(np.int64)
    accounts = max(2, models // 4)
    account = (accounts * rng.random(models) ** 3).astype(np.int32)
    truth = _truth(rng, begins, models, datasets, kind, first, more, second, trained, data, account)
    lineage = _lineage(size, models, kind, child_of, first, more, second, trained, data, account, accounts)
    says = truth & (rng.random(size) < SAYS) & lineage.model
    return Population(lineage, truth, says, _words(rng, family, truth))


def matrix(population: Population) -> Sparse:
    """The words of every node as `headgate.learn.words` would give them, the label's own keyword masked."""
    from scipy.sparse import csr_array

    models = len(population.words)
    row = np.repeat(np.arange(models), 3)
    column = population.words.ravel()
    kept = column >= 0
    shape = (population.lineage.size, FAMILIES + PLAIN + HINTS)
    return csr_array(
        (np.ones(kept.sum(), np.float32), (row[kept].astype(np.int32), column[kept].astype(np.int32))), shape=shape
    )


def _truth(
    rng: np.random.Generator, rate: float, models: int, datasets: int, kind: Longs, first: Longs,
    more: Longs, second: Longs, trained: Longs,
    data: Longs, account: Ints,
) -> Flags:  # fmt: skip
    prone = rng.random(account.max() + 1) < 0.05
    begins = (kind == 0) & (first >= 0) & (rng.random(models) < np.where(prone[account], 20 * rate, rate))
    harmful = rng.random(datasets) < 0.02
    begins[trained[harmful[data - models] & (rng.random(len(data)) < 0.5)]] = True
    keeps = rng.random(models) < np.asarray(_INHERITS)[kind]
    truth = begins.copy()
    while True:  # once a generation: a parent always comes before its child
        inherited = keeps & (first >= 0) & truth[np.maximum(first, 0)]
        inherited[more] |= keeps[more] & truth[second]
        if not (inherited & ~truth).any():
            return np.concatenate([truth, np.zeros(datasets, bool)])
        truth |= inherited


def _lineage(
    size: int, models: int, kind: Longs, child_of: Longs, first: Longs,
    more: Longs, second: Longs, trained: Longs,
    data: Longs, account: Ints, accounts: int,
) -> Lineage:  # fmt: skip
    place = np.array([RELATIONS.index(name) for name in KINDS])
    child = np.concatenate([child_of, more, trained]).astype(np.int32)
    parent = np.concatenate([first[child_of], second, data]).astype(np.int32)
    relation = np.concatenate([
        place[kind[child_of]], np.full(len(more), RELATIONS.index("merge")),
        np.full(len(trained), RELATIONS.index("trained_on")),
    ]).astype(np.int32)  # fmt: skip
    weight = np.concatenate([np.asarray(_CONFIDENCE)[kind[child_of]], np.ones(len(more) + len(trained))])
    author = np.concatenate([account, accounts + np.arange(size - models)]).astype(np.int32)
    author = np.unique(author, return_inverse=True)[1].astype(np.int32)
    numbers = np.full((size, 4), np.nan, np.float32)
    model = np.arange(size) < models
    packed = (child.astype(np.int64) << 32) | parent
    _, once = np.unique(packed * len(RELATIONS) + relation, return_index=True)
    return Lineage(
        "", size, model, np.zeros(size, bool), author, numbers[:, 2], numbers, child[once], parent[once],
        relation[once], weight[once].astype(np.float32),
    )  # fmt: skip


def _words(rng: np.random.Generator, family: Longs, truth: Flags) -> npt.NDArray[np.int32]:
    models = len(family)
    plain = FAMILIES + (PLAIN * rng.random(models) ** 2).astype(np.int64)
    hinted = rng.random(models) < np.where(truth[:models], *_HINTED)
    hint = np.where(hinted, FAMILIES + PLAIN + rng.integers(0, HINTS, models), -1)
    return np.column_stack([family % FAMILIES, plain, hint]).astype(np.int32)
