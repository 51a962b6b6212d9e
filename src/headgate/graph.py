"""The lineage graph as integer arrays: load it from the table of edges, walk it, find its cycles.

Breadth-first walks go a whole frontier at a time over compressed sparse rows. Edges point from parent to
child. Self-loops are counted but not walked; one pair declared by several methods stays several edges.
Hugging Face ids differ by more than case, so refs that differ only in case are one node.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count, pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.shapes import Db

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Ints: TypeAlias = npt.NDArray[np.int32]
Flags: TypeAlias = npt.NDArray[np.bool_]

HOW = ("inferred", "declared", "read")  # from the weakest to the strongest evidence
_serial = count()


@dataclass(frozen=True, slots=True)
class Rows:
    """Compressed sparse rows: the edges of node `i` are `order[starts[i]:starts[i + 1]]`, to `ends` there."""

    starts: Ints
    ends: Ints
    order: Ints


@dataclass(frozen=True, slots=True)
class Graph:
    """Edges parent -> child between `size` nodes, whose refs are in the table `nodes` of the connection.

    `relation` holds places in `relations`, `how` places in `HOW`; `down` and `up` are indexes over the
    edges by parent and by child. `loops` are the nodes that are their own parent.
    """

    nodes: str
    size: int
    parent: Ints
    child: Ints
    relation: Ints
    how: Ints
    relations: tuple[str, ...]
    down: Rows
    up: Rows
    loops: Ints


def load(
    db: Db, *, how: str = "inferred", min_confidence: float = 0.0, relations: Sequence[str] | None = None
) -> Graph:
    """Load the view `edges`: those at least as well known as `how`, and of `relations` where given.

    Makes a table nodes(id, folded, ref, respelled) in the in-memory database of `db`, one for each call;
    `drop` removes it.
    """
    nodes = f"nodes_{next(_serial)}"
    wanted = (
        "list_contains($how, how) AND confidence >= $least "
        "AND ($relations IS NULL OR list_contains($relations, relation))"
    )
    bound = {
        "how": list(HOW[HOW.index(how) :]),
        "least": min_confidence,
        "relations": list(relations) if relations else None,
    }
    db.execute(
        f"CREATE TABLE {nodes} AS SELECT (row_number() OVER (ORDER BY folded) - 1)::INTEGER AS id, folded, "
        f"min(ref) AS ref, count(*) > 1 AS respelled FROM (SELECT folded(ref) AS folded, ref FROM (SELECT child AS ref "
        f"FROM edges WHERE {wanted} UNION SELECT parent FROM edges WHERE {wanted})) GROUP BY folded",
        bound,
    )
    # A child is always spelled as its artifact; a parent only where the workspace holds it.
    db.execute(
        f"UPDATE {nodes} AS n SET ref = c.ref FROM (SELECT n.id, min(child) AS ref FROM edges JOIN {nodes} AS n "
        f"ON n.folded = folded(child) WHERE n.respelled GROUP BY n.id) AS c WHERE n.id = c.id"
    )
    kinds = [row[0] for row in db.execute("SELECT DISTINCT relation FROM edges ORDER BY relation").fetchall()]
    columns = db.execute(
        "SELECT p.id AS parent, c.id AS child, (list_position($kinds, relation) - 1)::INTEGER AS relation, "
        f"(list_position($ranks, how) - 1)::INTEGER AS how FROM edges JOIN {nodes} AS p "
        f"ON p.folded = folded(edges.parent) JOIN {nodes} AS c ON c.folded = folded(edges.child) "
        f"WHERE {wanted} ORDER BY ALL",
        bound | {"kinds": kinds, "ranks": list(HOW)},
    ).fetchnumpy()
    size = db.execute(f"SELECT count(*) FROM {nodes}").fetchall()[0][0]
    parent, child, relation, rank = (np.asarray(columns[c], np.int32) for c in ("parent", "child", "relation", "how"))
    return build(size, parent, child, relation, rank, kinds, nodes)


def build(
    size: int, parent: Ints, child: Ints, relation: Ints | None = None, how: Ints | None = None,
    relations: Sequence[str] = ("",), nodes: str = "",
) -> Graph:  # fmt: skip
    """The graph of edges `parent[i] -> child[i]` between the nodes 0 to `size` - 1."""
    relation = np.zeros(len(parent), np.int32) if relation is None else relation
    how = np.full(len(parent), len(HOW) - 1, np.int32) if how is None else how
    straight = parent != child
    loops = np.unique(parent[~straight])
    parent, child, relation, how = (a[straight] for a in (parent, child, relation, how))
    return Graph(
        nodes, size, parent, child, relation, how, tuple(relations),
        rows(size, parent, child), rows(size, child, parent), loops,
    )  # fmt: skip


def drop(db: Db, graph: Graph) -> None:
    """Remove the table of nodes of `graph`."""
    db.execute(f"DROP TABLE IF EXISTS {graph.nodes}")


def rows(size: int, begin: Ints, end: Ints) -> Rows:
    """Index the edges `begin[i] -> end[i]` by where they begin."""
    # Sorting (begin, place) packed in one number is some times faster than a stable argsort.
    order = (np.sort((begin.astype(np.int64) << 32) | np.arange(len(begin))) & 0xFFFFFFFF).astype(np.int32)
    starts = np.zeros(size + 1, np.int32)
    np.cumsum(np.bincount(begin, minlength=size), out=starts[1:])
    return Rows(starts, end[order], order)


def depths(index: Rows, begin: Iterable[int], blocked: Flags | None = None) -> Ints:
    """Fewest steps to each node from any of `begin` (which are 0), -1 where there is no way.

    `blocked` nodes are never entered.
    """
    found = np.full(len(index.starts) - 1, -1, np.int32)
    front = np.fromiter(begin, np.int32)
    found[front] = 0
    step = 0
    while len(front):
        step += 1
        front = index.ends[edges_of(index, front)]
        front = front[found[front] < 0]
        if blocked is not None:
            front = front[~blocked[front]]
        found[front] = step
        # A wide frontier is read off the whole; sorting it would take longer.
        wide = len(front) > len(found) // 16
        front = np.flatnonzero(found == step).astype(np.int32) if wide else np.unique(front)
    return found


def edges_of(index: Rows, nodes: Ints) -> Ints:
    """Places in `index` of all edges of `nodes`, node after node."""
    begin = index.starts[nodes]
    numbers = index.starts[nodes + 1] - begin
    before = np.cumsum(numbers) - numbers
    return np.asarray(np.repeat(begin - before, numbers) + np.arange(numbers.sum(), dtype=np.int32), np.int32)


def within(graph: Graph, inside: Flags) -> Ints:
    """The edges of `graph` whose two ends are both `inside`, in the order of their parents."""
    places = edges_of(graph.down, np.flatnonzero(inside).astype(np.int32))
    return graph.down.order[places[inside[graph.down.ends[places]]]]


def part(graph: Graph, inside: Flags) -> tuple[Graph, Ints]:
    """The graph of the nodes `inside` alone, numbered from 0, and the number each had in `graph`."""
    nodes = np.flatnonzero(inside).astype(np.int32)
    edges = within(graph, inside)
    parent, child = (np.searchsorted(nodes, a[edges]).astype(np.int32) for a in (graph.parent, graph.child))
    own = build(len(nodes), parent, child, graph.relation[edges], graph.how[edges], graph.relations, graph.nodes)
    loops = np.flatnonzero(np.isin(nodes, graph.loops)).astype(np.int32)
    return replace(own, loops=loops), nodes


def lists(index: Rows) -> list[list[int]]:
    """`index` as plain lists, for algorithms that go node by node."""
    ends, starts = index.ends.tolist(), index.starts.tolist()
    return [ends[begin:end] for begin, end in pairwise(starts)]


def cycles(graph: Graph) -> list[list[int]]:
    """Groups of nodes that each reach one another: strongly connected components of two or more."""
    core, nodes = part(graph, _core(graph))
    if not len(nodes):  # the common case, which needs no SciPy
        return []
    _, label = components(core, "strong")
    several = np.bincount(label)[label] > 1
    order = np.argsort(label, kind="stable")
    order = order[several[order]]
    groups = np.split(nodes[order], np.flatnonzero(np.diff(label[order])) + 1)
    return sorted(group.tolist() for group in groups if len(group))


def _core(graph: Graph) -> Flags:
    """The nodes that are left when those without a parent among the left ones are taken off, again and again."""
    waiting = np.diff(graph.up.starts)
    front = np.flatnonzero(waiting == 0).astype(np.int32)
    left = np.ones(graph.size, bool)
    while len(front):
        left[front] = False
        ends = graph.down.ends[edges_of(graph.down, front)]
        np.subtract.at(waiting, ends, 1)
        front = np.unique(ends[waiting[ends] == 0])
    return left


def components(graph: Graph, connection: Literal["weak", "strong"] = "weak") -> tuple[int, Ints]:
    """Number of weakly (or `strong`ly) connected components and the component of each node."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(graph.down.ends), bool)
    matrix = csr_array((ones, graph.down.ends, graph.down.starts), shape=(graph.size, graph.size))
    number, label = connected_components(matrix, directed=True, connection=connection)
    return int(number), label


def find(db: Db, graph: Graph, ref: str) -> int | None:
    """The node of `ref`, whatever the case of its Hugging Face id; None where no edge names it."""
    folded = ref.lower() if ref.startswith("hf:") else ref
    row = db.execute(f"SELECT id FROM {graph.nodes} WHERE folded = ?", [folded]).fetchone()
    return int(row[0]) if row else None
