"""What each node of a lineage graph looks like without its name: statistics that no numbering of the nodes changes.

All are binary logarithms, so a distance of 1 is one doubling: parents and children (each plus 1), the rarity of return
(minus the logarithm of the chance that a random walk is back after two steps), depth below the next root (plus 1) and
size of the component. The first three are `LOCAL`: an edge changes them for its own neighbourhood alone. Depth and
component are not: one edge may change them for a whole family.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from headgate import graph
from headgate.graph import Ints
from headgate.snapshots.distributions import Floats

LOCAL = ("parents", "children", "return_rarity")
STATISTICS = (*LOCAL, "depth", "component")


class Links(NamedTuple):
    """Edges parent -> child between nodes 0 to `size` - 1: each pair once, no loops, no node without an edge."""

    size: int
    parent: Ints
    child: Ints


def links(parent: Ints, child: Ints) -> Links:
    """The edges `parent[i] -> child[i]` as `Links`, nodes numbered anew."""
    straight = parent != child
    pairs = np.unique(parent[straight].astype(np.int64) << 32 | child[straight].astype(np.int64))
    ends = np.concatenate((pairs >> 32, pairs & 0xFFFFFFFF))
    names, number = np.unique(ends, return_inverse=True)
    parents, children = np.split(number.astype(np.int32), 2)
    return Links(len(names), parents, children)


def statistics(given: Links) -> dict[str, Floats]:
    """The `STATISTICS` of each node, shape (size) each, in doublings."""
    size, parent, child = given
    built = graph.build(size, parent, child)
    parents, children = np.bincount(child, minlength=size), np.bincount(parent, minlength=size)
    depth = graph.depths(built.down, np.flatnonzero(parents == 0).astype(np.int32))
    number, label = graph.components(built)
    one, other = _pairs(given)
    degree = np.bincount(one, minlength=size)
    near = np.bincount(one, 1 / degree[other], minlength=size)
    return {
        "parents": np.log2(1.0 + parents),
        "children": np.log2(1.0 + children),
        "return_rarity": -np.log2(near / degree),
        "depth": np.log2(1.0 + np.maximum(depth, 0)),  # below a cycle alone there is no depth
        "component": np.log2(np.bincount(label, minlength=number))[label],
    }


def _pairs(given: Links) -> tuple[Ints, Ints]:
    """Each pair of neighbours once in each order, whichever way their edges go."""
    ahead = given.parent.astype(np.int64) << 32 | given.child
    back = given.child.astype(np.int64) << 32 | given.parent
    pairs = np.unique(np.concatenate((ahead, back)))
    return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)
