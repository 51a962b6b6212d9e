"""Where the nodes of a family are drawn: a radial tree, a band for each generation, the same for the same input.

A node takes as much of the angle as all that hangs under it, and those stay inside that wedge. A band has as many
rings as it takes to keep its nodes apart; no step is random and none is repeated until it settles.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
import numpy.typing as npt

from headgate.graph import Ints

Reals = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
LEAST, WIDEST = 14.0, 64.0  # distance of two nodes in a large and in a small family
LARGE = 800  # nodes from which on a family is drawn as close as it gets
BIG = 2.2  # a group is so many times as wide as a node


@dataclass(frozen=True, slots=True)
class Places:
    """Where each node is, in units of the drawing: right and down from the first, and its polar form.

    `angle` goes clockwise from the top, `begin` and `end` bound what hangs under the node, `ring` counts the rings of
    a band from the innermost, `apart` is the least distance of two nodes.
    """

    x: Reals
    y: Reals
    angle: Reals
    radius: Reals
    begin: Reals
    end: Reals
    ring: Ints
    apart: float


def depths_of(parent: Ints) -> Ints:
    """Steps from each node to the root above it, a root being its own parent or -1.

    A cycle is cut at its least node, which becomes a root.
    """
    depth = np.full(len(parent), -1, np.int32)
    depth[(parent < 0) | (parent == np.arange(len(parent)))] = 0
    while True:
        waiting = np.flatnonzero(depth < 0)
        if not len(waiting):
            return depth
        ready = waiting[depth[parent[waiting]] >= 0]
        if len(ready):
            depth[ready] = depth[parent[ready]] + 1
        else:
            depth[_on_a_cycle(parent, int(waiting[0]))] = 0


def _on_a_cycle(parent: Ints, node: int) -> int:
    """The least node of the cycle that the way up from `node` ends in."""
    seen: dict[int, int] = {}
    while node not in seen:
        seen[node] = len(seen)
        node = int(parent[node])
    return min(one for one, when in seen.items() if when >= seen[node])


def radial(parent: Ints, key: Ints | None = None, above: Bools | None = None, big: Bools | None = None) -> Places:
    """Places of the nodes of a forest in which `parent` is what each hangs under (-1 or itself: nothing).

    Brothers are drawn clockwise by `key`, then by number. A single root is the middle; several stand around it.
    `above` are drawn in a wedge of their own at the top; `big` nodes stand outside of the others of their band.
    """
    count = len(parent)
    key = np.zeros(count, np.int32) if key is None else key
    above = np.zeros(count, bool) if above is None else above
    big = np.zeros(count, bool) if big is None else big
    apart = float(np.clip(LEAST * np.sqrt(LARGE / max(count, 1)), LEAST, WIDEST))
    depth = depths_of(parent)
    roots = np.flatnonzero(depth == 0)
    single = len(roots) == 1
    depth = depth if single else depth + 1
    weight = _weights(parent, depth, big)
    first = apart * max(3.0, 0.48 * float(np.sqrt(count)))  # radius of the first ring
    begin, end = np.zeros((2, count))
    if single:
        end[roots] = 2 * pi
    sorts = np.where(big, 2, 1).astype(np.int32)  # branches on the inner rings of a band, then leaves, then groups
    sorts[parent[(parent >= 0) & (depth > 0)]] = 0
    sides = _sides(weight, depth, above, apart / first)
    radius, ring = np.zeros(count), np.zeros(count, np.int32)
    for side, low, high in sides:
        mine = side & (depth > 0)
        _divide(parent, depth, weight, key, mine, low, high, begin, end)
        _bands(depth, mine, sorts, (begin + end) / 2, first, apart, radius, ring)
    angle = np.where(depth == 0, 0.0, (begin + end) / 2)
    return Places(radius * np.sin(angle), -radius * np.cos(angle), angle, radius, begin, end, ring, apart)


def _weights(parent: Ints, depth: Ints, big: Bools) -> Reals:
    """How much of the angle each node takes: 1 for a leaf, else what hangs under it, and no less than its own width."""
    weight = np.zeros(len(parent))
    own = np.where(big, BIG, 1.0)
    for step in range(int(depth.max(initial=0)), -1, -1):
        here = np.flatnonzero(depth == step) if step else np.flatnonzero(depth <= 0)
        weight[here] = np.maximum(weight[here], own[here])
        hanging = here[(parent[here] >= 0) & (depth[parent[here]] == step - 1)]
        np.add.at(weight, parent[hanging], weight[hanging])
    return weight


def _sides(weight: Reals, depth: Ints, above: Bools, seam: float) -> list[tuple[Bools, float, float]]:
    """What is drawn between which angles: the ancestors around the top, all else clockwise around the rest."""
    first = depth == 1
    up, down = float(weight[first & above].sum()), float(weight[first & ~above].sum())
    if not up:
        return [(~above, seam / 2, 2 * pi - seam / 2)]
    most = pi if down else 1.2 * pi
    wide = float(np.clip(2 * pi * up / (up + down), min(pi / 5, max(seam, pi / 5)), most)) if down else most
    return [(above, -wide / 2, wide / 2), (~above, wide / 2 + seam / 2, 2 * pi - wide / 2 - seam / 2)]


def _divide(
    parent: Ints, depth: Ints, weight: Reals, key: Ints, mine: Bools, low: float, high: float, begin: Reals, end: Reals
) -> None:  # fmt: skip
    """Give each node of a side its wedge of `low` to `high`, a share of its parent's by weight."""
    for step in range(1, int(depth.max(initial=0)) + 1):
        here = np.flatnonzero(mine & (depth == step))
        if not len(here):
            continue
        under = parent[here] if step > 1 else np.zeros(len(here), np.int32)
        order = np.lexsort((here, key[here], begin[under] if step > 1 else under, under))
        here, under = here[order], under[order]
        starts = np.flatnonzero(np.diff(under, prepend=-1))
        number = np.diff(starts, append=len(here))
        whole = np.add.reduceat(weight[here], starts)
        before = np.cumsum(weight[here]) - weight[here]
        before -= np.repeat(before[starts], number)
        left = begin[under[starts]] if step > 1 else np.array([low])
        width = (end - begin)[under[starts]] if step > 1 else np.array([high - low])
        unit = np.repeat(width / whole, number)
        begin[here] = np.repeat(left, number) + before * unit
        end[here] = begin[here] + weight[here] * unit


def _bands(
    depth: Ints, mine: Bools, sorts: Ints, angle: Reals, first: float, apart: float, radius: Reals, ring: Ints
) -> None:
    """Put each generation of a side on the rings of its band, from the inside out."""
    inner = first
    for step in range(1, int(depth.max(initial=0)) + 1):
        generation = np.flatnonzero(mine & (depth == step))
        for sort, width in enumerate((apart, apart, BIG * apart)):
            here = generation[sorts[generation] == sort]
            if not len(here):
                continue
            here = here[np.argsort(angle[here], kind="stable")]
            inner += (width - apart) / 2
            rings = _rings(angle[here], inner, width)
            ring[here] = np.arange(len(here)) % rings
            radius[here] = inner + ring[here] * width
            inner += rings * width
        inner += 2.5 * apart


def _rings(angle: Reals, radius: float, apart: float) -> int:
    """The fewest rings from `radius` on over which nodes at `angle`, dealt out in turn, are `apart` on each ring."""
    low, high = 1, len(angle)
    while low < high:
        rings = (low + high) // 2
        if np.all(2 * radius * np.sin(np.minimum((angle[rings:] - angle[:-rings]) / 2, pi / 2)) >= apart):
            high = rings
        else:
            low = rings + 1
    return low
