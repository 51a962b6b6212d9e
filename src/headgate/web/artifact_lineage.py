"""Where one artifact stands in the lineage: its parents with what says so, and how many derive from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate import graph as graphs
from headgate.graph import Graph, Ints
from headgate.label_text import shown
from headgate.plain import plain
from headgate.shapes import Db
from headgate.web import hidden
from headgate.web.hidden import WITHHELD

PARENTS = 40
ANCESTORS = 2_000  # of more only the nearest are looked at
# the surest of several that say the same
_PARENTS = """
SELECT l.parent_node, n.ref, n.withheld, n.artifact IS NOT NULL, l.relation, l.how, l.confidence, l.evidence, l.method
FROM shelf.links AS l JOIN shelf.nodes AS n ON n.id = l.parent_node WHERE l.child_node = $node
ORDER BY list_position(['read', 'declared', 'inferred'], l.how), l.confidence DESC, n.folded, l.method
"""


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent and what says so; `ref` is None and `name` 'withheld' where it may not be named."""

    ref: str | None
    name: str
    collected: bool
    relation: str
    how: str
    confidence: float
    evidence: str
    method: str


@dataclass(frozen=True, slots=True)
class Children:
    """How many artifacts derive from it by one relation."""

    relation: str
    count: int


@dataclass(frozen=True, slots=True)
class Lineage:
    """Parents (of `links` links to parents the first), children by relation, and how many different children."""

    parents: tuple[Parent, ...]
    links: int
    children: tuple[Children, ...]
    derived: int


def lineage(db: Db, graph: Graph, node: int | None) -> Lineage:
    """The links of the node; nothing where no link names it."""
    if node is None:
        return Lineage((), 0, (), 0)
    rows = db.execute(_PARENTS, {"node": node}).fetchall()
    may = hidden.nameable(db, [ref for row in rows[:PARENTS] for ref in hidden.refs_in(row[7] or "")])
    made = []
    for _, ref, withheld, collected, relation, how, confidence, evidence, method in rows[:PARENTS]:
        words = "" if withheld else shown(hidden.masked(evidence or "", may), 200)
        named = None if withheld else plain(ref)
        known = collected and not withheld
        made.append(Parent(named, named or WITHHELD, known, relation, how, confidence, words, method))
    return Lineage(tuple(made), len(rows), *children(graph, node))


def children(graph: Graph, node: int) -> tuple[tuple[Children, ...], int]:
    """Different children of `node` by relation, the most first, and how many there are in all."""
    places = slice(graph.down.starts[node], graph.down.starts[node + 1])
    ends, relation = graph.down.ends[places], graph.relation[graph.down.order[places]]
    pairs = np.unique(np.stack([relation, ends]), axis=1)[0]
    counts = np.bincount(pairs, minlength=len(graph.relations)).tolist()
    found = [Children(name, count) for name, count in zip(graph.relations, counts, strict=True) if count]
    return tuple(sorted(found, key=lambda one: -one.count)), len(np.unique(ends))


def ancestors(graph: Graph, node: int | None) -> tuple[Ints, bool]:
    """The nodes that `node` comes from, itself first and nearest first, and whether that is all of them.

    None for an artifact that no link names: no nodes.
    """
    if node is None:
        return np.empty(0, np.int32), True
    found, front = [np.array([node], np.int32)], np.array([node], np.int32)
    seen = {node}
    while len(front):
        above = np.unique(graph.up.ends[graphs.edges_of(graph.up, front)])
        front = np.array([one for one in above.tolist() if one not in seen], np.int32)
        if len(seen) + len(front) > ANCESTORS:
            return np.concatenate(found), False
        seen.update(front.tolist())
        found.append(front)
    return np.concatenate(found), True


def narrow(db: Db, row: dict[str, Any], near: Ints) -> None:
    """Hide the views artifacts, edges and labels of this connection by tables of the nodes `near` and of `row` alone.

    `near` is a table as well: id, folded, artifact, withheld. So what is written for a whole workspace costs little.
    """
    db.register("wanted", {"id": near})
    db.execute(
        "CREATE OR REPLACE TEMP TABLE near AS SELECT id, folded, artifact, withheld FROM shelf.nodes "
        "SEMI JOIN wanted USING (id)"
    )
    db.unregister("wanted")
    own = {"id": row["id"]}
    db.execute("INSERT INTO near SELECT NULL, NULL, $id, false WHERE NOT EXISTS (FROM near WHERE artifact = $id)", own)
    columns = ", ".join(f'"{one[0]}"' for one in db.execute("DESCRIBE empty.artifacts").fetchall())
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE artifacts AS SELECT {columns} FROM shelf.artifacts "
        "WHERE id IN (SELECT artifact FROM near) AND (gone_since IS NULL OR id = $id)", own,
    )  # fmt: skip
    db.execute(
        "CREATE OR REPLACE TEMP TABLE edges AS SELECT * EXCLUDE (parent_node, child_node) FROM shelf.links "
        "WHERE child_node IN (SELECT id FROM near)"
    )
    db.execute("CREATE OR REPLACE TEMP TABLE labels AS SELECT * FROM memory.main.labels WHERE question = 'licence'")
