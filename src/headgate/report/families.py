"""The lineage graph of a workspace: its health, and the roots that most derives from.

Which roots are worth counting is estimated for all at once, then the best are counted exactly, so cycles,
long chains and merges of merges cost no more than a few passes over the edges.

Reference: E. Cohen (1997), Size-estimation framework with applications to transitive closure and
reachability, Journal of Computer and System Sciences 55, 441-453.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headgate.evidence.intervals import WITHHELD
from headgate.report import links
from headgate.report.shapes import Family, Health
from headgate.report.words import hub_of, shown
from headgate.shapes import Db

if TYPE_CHECKING:
    from headgate.graph import Flags, Graph, Ints

RANKS = 12  # exponential ranks a node; the estimate's error is about 1 / sqrt(RANKS - 2)
PASSES = 64  # what derives through longer chains is estimated too small, but still counted exactly
COUNTED = 50  # roots counted exactly
LISTED = 12

# A person's artifact stays one after the hub took it down.
_NAMES = """
WITH asked AS (SELECT id, ref FROM {nodes} WHERE list_contains(?::INTEGER[], id)),
     people AS (SELECT DISTINCT ref FROM observations WHERE person AND ref IN (SELECT ref FROM asked))
SELECT n.id, left(n.ref, 400), a.ref IS NOT NULL, p.ref IS NOT NULL
FROM asked AS n LEFT JOIN report_artifacts AS a ON a.ref = n.ref LEFT JOIN people AS p ON p.ref = n.ref
"""


def read(db: Db) -> tuple[Health, tuple[Family, ...]]:
    """The graph's health and its largest families; needs the tables `report_artifacts` and `report_links`."""
    counted = links.health(db)
    relations = [row[0] for row in db.execute(f"SELECT DISTINCT relation FROM edges WHERE {links.LINEAGE}").fetchall()]
    if not relations:
        return counted, ()
    import numpy as np

    from headgate import graph as graphs

    graph = graphs.load(db, relations=relations)
    try:
        cyclic, roots, found = largest(graph)
        linked = len(np.unique(np.concatenate((graph.parent, graph.child))))
        health = replace(counted, nodes=linked, roots=roots, self_loops=len(graph.loops), in_cycles=cyclic)
        return health, _named(db, graph, found)
    finally:
        graphs.drop(db, graph)


def largest(graph: Graph) -> tuple[int, int, list[tuple[int, int, int]]]:
    """How many nodes lie in cycles, how many roots there are, and the largest families.

    A root is a node that something derives from and that derives from nothing else, or the one with most
    children of a cycle that does. Each family is (root, descendants, children), the root itself left out.
    """
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    from headgate.graph import components

    number, component = components(graph, "strong")
    size = np.bincount(component, minlength=number)
    derived: Flags = np.zeros(number, bool)
    derived[component[graph.child[component[graph.child] != component[graph.parent]]]] = True
    # The last of the nodes sorted by number of children stands for its component.
    children = np.diff(graph.down.starts)
    order = np.argsort(children, kind="stable")
    stands = np.zeros(number, np.int64)
    stands[component[order]] = order
    # A node without a child there is a root only if it is alone in the graph, by a link to itself.
    roots = stands[~derived & (children[stands] > 0)]
    best = roots[np.argsort(-_estimates(graph)[roots], kind="stable")[:COUNTED]]
    ones = np.ones(len(graph.down.ends), np.int8)
    matrix = csr_array((ones, graph.down.ends, graph.down.starts), shape=(graph.size, graph.size))
    counted = []
    for root in best.tolist():
        below = breadth_first_order(matrix, root, return_predecessors=False)
        own = np.unique(graph.down.ends[graph.down.starts[root] : graph.down.starts[root + 1]])
        counted.append((root, len(below) - 1, len(own)))
    counted = sorted((c for c in counted if c[1]), key=lambda c: (-c[1], c[0]))
    return int(size[size > 1].sum()), len(roots), counted[:LISTED]


def _estimates(graph: Graph) -> Any:
    import numpy as np

    from headgate.graph import edges_of

    # Each node draws ranks; the least ranks among all that derives from a node say how much does.
    least = np.random.default_rng(1997).exponential(size=(graph.size, RANKS)).astype(np.float32)
    lower: Ints = np.unique(graph.child)  # nodes whose ranks changed since their parents looked
    for _ in range(PASSES):
        above: Ints = np.unique(graph.up.ends[edges_of(graph.up, lower)])
        if not len(above):
            break
        below = graph.down.ends[edges_of(graph.down, above)]
        numbers = graph.down.starts[above + 1] - graph.down.starts[above]
        fresh = np.minimum.reduceat(least[below], np.cumsum(numbers) - numbers)
        lower = above[(fresh < least[above]).any(axis=1)]
        least[above] = np.minimum(fresh, least[above])
    return (RANKS - 1) / least.sum(axis=1)


def _named(db: Db, graph: Graph, found: list[tuple[int, int, int]]) -> tuple[Family, ...]:
    rows = db.execute(_NAMES.format(nodes=graph.nodes), [[node for node, _, _ in found]]).fetchall()
    known = {row[0]: row[1:] for row in rows}
    listed = []
    for node, descendants, children in found:
        ref, collected, person = known[node]
        # What is known by a text only may be a person's name.
        hidden = person or ref.startswith("name:")
        name = WITHHELD if hidden else shown(ref.removeprefix("hf:model:").removeprefix("hf:dataset:"), 90)
        listed.append(Family(name, hub_of(ref), descendants, children, collected))
    return tuple(listed)
