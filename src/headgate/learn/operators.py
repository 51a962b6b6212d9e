"""Means over a node's neighbours, one sparse operator for each typed relation and direction. No node is its own
neighbour, so what is said of a node never comes back to it.

Reference: Frasca et al., "SIGN: Scalable Inception Graph Neural Networks" (2020), equation 4: features are
propagated once by fixed operators, and an ordinary model is fitted on them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.learn.lineage import RELATIONS, Floats, Ints, Lineage

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    Sparse: TypeAlias = csr_array


@dataclass(frozen=True, slots=True)
class Operators:
    """`up[r]` takes the mean over parents by relation r, `down[r]` over children; "all" is all but trained_on.

    Every mean is weighted with the confidence of the link and divided by the number of links, so that
    an uncertain link carries less. `child_of` and `parent_of` hold the links of "all" themselves, 1 each;
    `published` is how many artifacts each of the accounts `author` has. `returned` is the weight with which what is
    said of a node comes back to it over two steps: "up up" and "down down" where two artifacts name one another as
    parent, "up account" and "down account" where a parent or child is of its own account.
    """

    up: dict[str, Sparse]
    down: dict[str, Sparse]
    child_of: Sparse
    parent_of: Sparse
    author: Ints
    published: Floats
    returned: dict[str, Floats]

    @property
    def parents(self) -> Floats:
        """Parents of each node."""
        return np.diff(self.child_of.indptr).astype(np.float32)

    @property
    def children(self) -> Floats:
        """Children of each node."""
        return np.diff(self.parent_of.indptr).astype(np.float32)


def build(lineage: Lineage) -> Operators:
    """The operators of `lineage`."""
    up, down = {}, {}
    for place, name in enumerate(RELATIONS):
        chosen = lineage.relation == place
        up[name] = _means(lineage, lineage.child[chosen], lineage.parent[chosen], lineage.weight[chosen])
        down[name] = _means(lineage, lineage.parent[chosen], lineage.child[chosen], lineage.weight[chosen])
    child, parent, weight = _pairs(lineage)
    up["all"], down["all"] = _means(lineage, child, parent, weight), _means(lineage, parent, child, weight)
    child_of = _matrix(lineage.size, child, parent, np.ones(len(child), np.float32))
    published = np.bincount(lineage.author, minlength=lineage.author.max(initial=0) + 1).astype(np.float32)
    returned = {}
    for way, means in (("up", up["all"]), ("down", down["all"])):
        returned[f"{way} {way}"] = np.asarray(means.multiply(means.T).sum(axis=1), np.float32).ravel()
        links = means.tocoo()
        own = lineage.author[links.row] == lineage.author[links.col]
        back = np.bincount(links.row[own], links.data[own], lineage.size)
        returned[f"{way} account"] = (back / np.maximum(published[lineage.author] - 1, 1)).astype(np.float32)
    return Operators(up, down, child_of, child_of.T.tocsr(), lineage.author, published, returned)


def others(operators: Operators, back: str, means: Floats, values: Floats) -> Floats:
    """`means` (one a node) without what each node's own `values` entry put in over the two steps `back`."""
    # rounded, so that not even the rounding of the difference tells the node's own label
    return np.round(means - operators.returned[back] * values, 5).astype(np.float32)


def author_mean(operators: Operators, values: Floats) -> Floats:
    """Mean of `values` over the other artifacts of the same account, 0 where there is none."""
    sums = np.bincount(operators.author, values, len(operators.published))
    others = operators.published[operators.author] - 1
    return np.asarray((sums[operators.author] - values) / np.maximum(others, 1), np.float32) * (others > 0)


def sibling_mean(operators: Operators, values: Floats) -> Floats:
    """Mean of `values` over the other children of a node's parents, 0 where there is none."""
    up, down, own = operators.child_of, operators.parent_of, operators.parents
    sums = up @ (down @ values) - own * values
    number = up @ operators.children - own
    return np.asarray(sums / np.maximum(number, 1), np.float32)


def rewired(lineage: Lineage, seed: int) -> Lineage:
    """The negative control: each relation's parents are dealt out anew among its children, accounts among nodes.

    Every node keeps its number of parents and children by relation and every account its number of
    artifacts; who is linked to whom means nothing any more.
    """
    rng = np.random.default_rng(seed)
    parent = lineage.parent.copy()
    for place in range(len(RELATIONS)):
        chosen = np.flatnonzero(lineage.relation == place)
        parent[chosen] = rng.permutation(parent[chosen])
    author = lineage.author.copy()
    models = np.flatnonzero(lineage.model)
    author[models] = rng.permutation(author[models])
    straight = parent != lineage.child
    return replace(
        lineage, parent=parent[straight], child=lineage.child[straight], author=author,
        relation=lineage.relation[straight], weight=lineage.weight[straight],
    )  # fmt: skip


def _pairs(lineage: Lineage) -> tuple[Ints, Ints, Floats]:
    """Child, parent and highest confidence of each pair that any relation but trained_on links.

    A pair linked by two relations counts once: a sibling's mean would otherwise hand a node its own label.
    """
    lines = np.flatnonzero(lineage.relation != RELATIONS.index("trained_on"))
    packed = (lineage.child[lines].astype(np.int64) << 32) | lineage.parent[lines]
    pairs, place = np.unique(packed, return_inverse=True)
    weight = np.zeros(len(pairs), np.float32)
    np.maximum.at(weight, place, lineage.weight[lines])
    return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32), weight


def _means(lineage: Lineage, begin: Ints, end: Ints, weight: Floats) -> Sparse:
    number = np.bincount(begin, minlength=lineage.size)
    share = weight / np.maximum(number, 1).astype(np.float32)[begin]
    return _matrix(lineage.size, begin, end, share)


def _matrix(size: int, row: Ints, column: Ints, value: npt.NDArray[np.float32]) -> Sparse:
    from scipy.sparse import csr_array

    return csr_array((value, (row, column)), shape=(size, size))
