"""What the lineage page knows of each node and link that it draws: read for all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from headgate.graph import HOW, Graph, Ints
from headgate.plain import plain
from headgate.shapes import Db
from headgate.web.words import called

WORDS = 140  # of the evidence of a link
NO_LICENCE = "not stated"
_NODES = "SELECT n.id, n.ref, n.withheld, n.artifact FROM shelf.nodes AS n SEMI JOIN wanted USING (id)"
_ARTIFACTS = """
SELECT a.id, a.kind, a.author, a.licence, a.created, a.downloads, a.downloads_window, a.gone_since
FROM shelf.artifacts AS a SEMI JOIN wanted USING (id) WHERE NOT a.depicts_person
"""
# A list of parents in a card names all of them, so that the words of one link can name what another leads to.
_LINKS = """
WITH near AS (SELECT l.*, bool_or(p.withheld OR c.withheld) OVER (PARTITION BY l.child_node) AS hushed
              FROM shelf.links AS l
              SEMI JOIN wanted ON wanted.id = l.child_node
              JOIN shelf.nodes AS p ON p.id = l.parent_node JOIN shelf.nodes AS c ON c.id = l.child_node)
SELECT parent_node, child_node, relation, how, max(confidence), arg_max(evidence, confidence),
       bool_or(hushed) FROM near GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one node; all but the graph's number is None of one that is withheld.

    `artifact` is the number in shelf.artifacts, None where the workspace does not hold it.
    """

    ref: str | None = None
    name: str = "withheld"
    withheld: bool = True
    artifact: int | None = None
    kind: str | None = None
    author: str | None = None
    licence: str | None = None
    created: datetime | None = None
    downloads: int | None = None
    window: str | None = None
    gone: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """How far a link can be relied on, and the words that say so; None where an end of it is withheld."""

    confidence: float
    evidence: str | None


def _wanted(db: Db, ids: Ints) -> None:
    db.register("wanted", {"id": np.asarray(ids, np.int32)})


def facts(db: Db, nodes: Ints) -> list[Fact]:
    """What is known of each of the `nodes` of the graph, in their order."""
    _wanted(db, nodes)
    found = {row[0]: row[1:] for row in db.execute(_NODES).fetchall()}
    held = [row[2] for row in found.values() if row[2] is not None and not row[1]]
    _wanted(db, np.array(held, np.int32))
    of = {row[0]: row[1:] for row in db.execute(_ARTIFACTS).fetchall()}
    db.unregister("wanted")
    made = []
    for node in nodes.tolist():
        ref, withheld, artifact = found[node]
        made.append(_fact(ref, withheld, artifact, of))
    return made


def _fact(ref: str, withheld: bool, artifact: int | None, of: dict[int, tuple[Any, ...]]) -> Fact:
    if withheld:
        return Fact()
    if artifact not in of:
        return Fact(plain(ref, 300), called(ref), False)
    kind, author, licence, created, downloads, window, gone = of[artifact]
    named = None if author is None else plain(author, 60)
    said = plain(licence, 60)
    return Fact(plain(ref, 300), called(ref), False, artifact, kind, named, said, created, downloads, window, gone)


def links(db: Db, graph: Graph, edges: Ints) -> list[Known]:
    """How each of the `edges` of the graph is known; nobody is told the words of one near a node that is withheld."""
    parent, child = graph.parent[edges], graph.child[edges]
    _wanted(db, np.unique(child))
    said = {row[:4]: row[4:] for row in db.execute(_LINKS).fetchall()}
    db.unregister("wanted")
    kinds, ranks = graph.relation[edges].tolist(), graph.how[edges].tolist()
    made = []
    for up, down, kind, rank in zip(parent.tolist(), child.tolist(), kinds, ranks, strict=True):
        confidence, words, hushed = said[up, down, graph.relations[kind], HOW[rank]]
        made.append(Known(float(confidence), None if hushed or words is None else plain(words, WORDS)))
    return made


def of_artifact(db: Db, artifact: int, ref: str) -> Fact:
    """What is known of the artifact of that number, which no link names."""
    _wanted(db, np.array([artifact], np.int32))
    of = {row[0]: row[1:] for row in db.execute(_ARTIFACTS).fetchall()}
    db.unregister("wanted")
    return _fact(ref, not of, artifact, of)
