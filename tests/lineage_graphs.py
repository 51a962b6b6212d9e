"""Lineage-like graphs for tests: drawn, permuted, rewired."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.snapshots.node_statistics import Links, links

Ints = npt.NDArray[np.int32]


def drawn(size: int, seed: int) -> tuple[Ints, Ints]:
    """Parents and children of `size` nodes: children prefer parents that have many, a tenth has two."""
    rng = np.random.default_rng(seed)
    child = np.concatenate((np.arange(1, size), rng.integers(1, size, size // 10)))
    parent = (child * rng.beta(0.5, 2, len(child))).astype(np.int64)
    return parent.astype(np.int32), child.astype(np.int32)


def permuted(parent: Ints, child: Ints, size: int, seed: int) -> tuple[Ints, Ints]:
    """The same graph with other numbers and another order of edges."""
    rng = np.random.default_rng(seed)
    names, order = rng.permutation(size).astype(np.int32), rng.permutation(len(parent))
    return names[parent][order], names[child][order]


def rewired(parent: Ints, child: Ints, size: int, share: float, seed: int) -> tuple[Ints, Ints]:
    """The same with `share` of the edges led to random parents; with one seed larger shares include smaller ones."""
    rng = np.random.default_rng(seed)
    order, new = rng.permutation(len(parent)), rng.integers(0, size, len(parent)).astype(np.int32)
    picked = order[: round(share * len(parent))]
    other = parent.copy()
    other[picked] = new[picked]
    return other, child


def graph(size: int, seed: int) -> Links:
    return links(*drawn(size, seed))
