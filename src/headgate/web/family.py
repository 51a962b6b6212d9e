"""The family of one artifact as a tree: all that it came from and all that came from it, cut down to what can be drawn.

Every node but the first hangs under one other, a step nearer to the first: the surest link counts. What is too much
to draw is grouped: nodes that hang under the same node by the same relation, with all that hangs under them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate import graph as graphs
from headgate.graph import Flags, Graph, Ints


@dataclass(frozen=True, slots=True)
class Tree:
    """A family whose nodes are numbered from 0, the one it is drawn around; columns of equal length.

    `nodes` are their numbers in the graph, `depth` steps from the first, `above` whether the first came from them,
    `towards` the node they hang under and `link` that edge of the graph (-1 for the first), `size` how many nodes
    hang under each with itself, `relation` that of the link.
    """

    nodes: Ints
    depth: Ints
    above: Flags
    towards: Ints
    link: Ints
    relation: Ints
    size: Ints

    def levels(self) -> list[Ints]:
        """The nodes of each depth, from 0."""
        order = np.argsort(self.depth, kind="stable").astype(np.int32)
        return np.split(order, np.flatnonzero(np.diff(self.depth[order])) + 1)


@dataclass(frozen=True, slots=True)
class Opened:
    """A group that the reader opened: what hangs under the node `node` of the graph by `relation`, from the `first`."""

    node: int
    relation: int
    first: int


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn of a tree: the nodes `shown`, the first of them 0, and groups, columns of equal length.

    A group hangs under the node `under` by `relation`; it has `children` of that node and in all `inside` nodes, and
    the largest of the children that is not drawn is the `first` of its brothers by size.
    """

    shown: Ints
    under: Ints
    relation: Ints
    above: Flags
    children: Ints
    inside: Ints
    first: Ints


def tree(graph: Graph, root: int) -> Tree:
    """All that is up- and downstream of the node `root` of `graph`; what is both, on a cycle, is downstream."""
    down = graphs.depths(graph.down, [root])
    below = down >= 0
    on_cycles = np.flatnonzero(below & (graphs.depths(graph.up, [root]) >= 0))
    up = graphs.depths(graph.up, on_cycles, blocked=below)
    higher = (up > 0) & ~below
    others = np.flatnonzero(below)
    nodes = np.concatenate([[root], others[others != root], np.flatnonzero(higher)]).astype(np.int32)
    depth = np.where(below, down, up)[nodes]
    edges = graphs.within(graph, below | higher)
    parent, child = graph.parent[edges], graph.child[edges]
    onward = below[parent] & (down[child] == down[parent] + 1)
    back = higher[parent] & (up[child] == up[parent] - 1)
    used = onward | back
    edges, onward, parent, child = edges[used], onward[used], parent[used], child[used]
    place = np.full(graph.size, -1, np.int32)
    place[nodes] = np.arange(len(nodes), dtype=np.int32)
    far = place[np.where(onward, child, parent)]
    near = np.where(onward, place[parent], np.where(below[child], 0, place[child]))
    order = np.lexsort((near, graph.relation[edges], -graph.how[edges], far))
    best = order[np.diff(far[order], prepend=-1) > 0]
    towards, link = np.full((2, len(nodes)), -1, np.int32)
    towards[far[best]], link[far[best]] = near[best], edges[best]
    relation = np.full(len(nodes), -1, np.int32)
    relation[far[best]] = graph.relation[edges[best]]
    found = Tree(nodes, depth, higher[nodes], towards, link, relation, np.ones(len(nodes), np.int32))
    for level in found.levels()[:0:-1]:
        np.add.at(found.size, towards[level], found.size[level])
    return found


def view(whole: Tree, most: int, fold: Collection[int] = (), opened: Sequence[Opened] = ()) -> View:
    """At most `most` nodes and groups of `whole`, every node of it in exactly one of them.

    The largest branches are drawn first and of equal ones the nearest generation. What hangs on by a relation in
    `fold` is always grouped, unless it is `opened`; as much of what is opened is drawn as there is room for.
    """
    count = len(whole.nodes)
    order, rank = _by_size(whole)
    wanted = _wanted(whole, opened, rank)
    may = np.ones(count, bool)
    for level in whole.levels()[1:]:
        may[level] = may[whole.towards[level]] & (~np.isin(whole.relation[level], list(fold)) | wanted[level])
    turn = np.concatenate([order[wanted[order]], order[~wanted[order]]])
    turn = turn[may[turn]]
    pos = np.full(count, len(turn), np.int64)
    pos[turn] = np.arange(len(turn))
    code = _codes(whole)
    kinds, member = np.unique(code[1:], return_inverse=True)
    drawn = _fitting(whole.towards[1:], pos, member, len(kinds), len(turn), most)
    shown = pos < drawn
    outside = np.flatnonzero(~shown[1:] & shown[whole.towards[1:]]) + 1
    of = member[outside - 1]
    inside, children = np.bincount(of, whole.size[outside], len(kinds)), np.bincount(of, minlength=len(kinds))
    alone = outside[(inside[of] == 1) & may[outside]]  # a group of one is that one
    shown[alone] = True
    outside = outside[~shown[outside]]
    turned = rank.astype(np.int64)
    for one in opened:  # what comes after the part that was opened comes first
        turned[(whole.nodes[whole.towards] == one.node) & (whole.relation == one.relation) & (rank < one.first)] += (
            count
        )
    first = np.full(len(kinds), 2 * count)
    np.minimum.at(first, member[outside - 1], turned[outside])
    first %= count
    left, example = np.unique(member[outside - 1], return_index=True)
    like = outside[example]
    columns = (whole.towards[like], whole.relation[like], whole.above[like])
    numbers = (a[left].astype(np.int32) for a in (children, inside, first))
    return View(np.flatnonzero(shown).astype(np.int32), *columns, *numbers)


def _codes(whole: Tree) -> npt.NDArray[np.int64]:
    # one number for each node that others hang under, relation and side
    kinds = int(whole.relation.max(initial=0)) + 1
    return (whole.towards.astype(np.int64) * kinds + whole.relation) * 2 + whole.above


def _by_size(whole: Tree) -> tuple[Ints, Ints]:
    """All nodes, the largest branches first, and the place of each among those that hang on as it does."""
    order = np.lexsort((whole.nodes, whole.depth, -whole.size)).astype(np.int32)
    order = np.concatenate([[0], order[order != 0]]).astype(np.int32)
    code = _codes(whole)[order]
    brothers = np.argsort(code, kind="stable")
    begins = np.flatnonzero(np.diff(code[brothers], prepend=-(10**9)))
    lengths = np.diff(begins, append=len(brothers))
    rank = np.empty(len(order), np.int32)
    rank[order[brothers]] = np.arange(len(brothers)) - np.repeat(begins, lengths)
    return order, rank


def _wanted(whole: Tree, opened: Sequence[Opened], rank: Ints) -> Flags:
    """The nodes that what was opened asks for, with all that they hang under."""
    wanted = np.zeros(len(whole.nodes), bool)
    for one in opened:
        at = np.flatnonzero(whole.nodes == one.node)
        if not len(at):
            continue
        step = int(at[0])
        wanted |= (whole.towards == step) & (whole.relation == one.relation) & (rank >= one.first)
        while step >= 0:
            wanted[step] = True
            step = int(whole.towards[step])
    return wanted


def _fitting(
    towards: Ints, pos: npt.NDArray[np.int64], member: npt.NDArray[np.signedinteger], kinds: int, turns: int, most: int
) -> int:
    """How many nodes can be drawn in their turn `pos` so that they and the groups left over are at most `most`.

    A group is there as long as what it hangs under is drawn and one of its members is not.
    """
    begin, end = np.full((2, kinds), -1, np.int64)
    begin[member] = pos[towards]
    np.maximum.at(end, member, pos[1:])
    open_ = begin < turns
    change = np.zeros(turns + 2, np.int64)
    np.add.at(change, begin[open_] + 1, 1)
    np.add.at(change, end[open_] + 1, -1)
    total = np.arange(turns + 1) + np.cumsum(change)[: turns + 1]
    return max(1, int(np.flatnonzero(total <= most)[-1]))


def edges_between(graph: Graph, nodes: Ints) -> Ints:
    """The edges of `graph` between any two of `nodes`, each relation of a pair once, by the surest way it is known."""
    inside = np.zeros(graph.size, bool)
    inside[nodes] = True
    edges = graphs.within(graph, inside)
    keys = (-graph.how[edges], graph.relation[edges], graph.child[edges], graph.parent[edges])
    order = np.lexsort(keys)
    changed = np.any([np.diff(key[order], prepend=-1) != 0 for key in keys[1:]], axis=0)
    return edges[order[changed]]
