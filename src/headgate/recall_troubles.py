"""Oddities of a lineage that a recall met and coped with: cycles, self-loops, parents nobody holds, and so on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from headgate import fixes
from headgate import graph as graphs
from headgate.graph import Graph, Ints
from headgate.recall_facts import PRESENT
from headgate.workspace import Workspace

_EXAMPLES = 5


class Trouble(NamedTuple):
    """Something odd in the lineage: how often it was met, and a few of the refs."""

    what: str
    number: int
    examples: list[str]


def troubles(ws: Workspace, graph: Graph, nodes: Ints, names: dict[int, tuple[str, str]]) -> list[Trouble]:
    """The troubles among `nodes` of `graph`; `names` gives the ref and the status of each."""
    inside = np.zeros(graph.size, bool)
    inside[nodes] = True
    part, nodes = graphs.part(graph, inside)
    refs = [names[node][0] for node in nodes.tolist()]
    groups = [" <-> ".join(sorted(refs[n] for n in group)[:_EXAMPLES]) for group in graphs.cycles(part)]
    absent = [refs[n] for n in np.unique(part.parent).tolist() if names[int(nodes[n])][1] != PRESENT]
    found = [
        ("cycles of artifacts that each derive from the other", groups),
        ("artifacts that name themselves as parent", [refs[n] for n in part.loops.tolist()]),
        ("parents that no artifact of the workspace answers to", absent),
        ("artifacts with several parents, training data not counted", [names[n][0] for n in _several(graph, nodes)]),
        ("pairs with several relations; the one that a fix does not pass counts", _disagreeing(part, refs)),
        ("refs spelled in several cases, taken as one", _respelled(ws, graph, nodes)),
        ("relations that relations.csv does not describe, taken as copies", _undescribed(part)),
    ]
    return [Trouble(what, len(met), sorted(met)[:_EXAMPLES]) for what, met in found if met]


def _several(graph: Graph, nodes: Ints) -> list[int]:
    edges = graph.up.order[graphs.edges_of(graph.up, nodes)]
    weights = np.array([fixes.kind_of(name).carries != "data_only" for name in graph.relations], bool)
    edges = edges[weights[graph.relation[edges]]]
    pairs = np.unique(np.stack([graph.child[edges], graph.parent[edges]], axis=1), axis=0)
    child, number = np.unique(pairs[:, 0], return_counts=True)
    return [int(n) for n in child[number > 1]]


def _disagreeing(part: Graph, refs: list[str]) -> list[str]:
    triples = np.unique(np.stack([part.child, part.parent, part.relation], axis=1), axis=0)
    pairs, number = np.unique(triples[:, :2], axis=0, return_counts=True)
    return [f"{refs[child]} of {refs[parent]}" for child, parent in pairs[number > 1].tolist()]


def _undescribed(part: Graph) -> list[str]:
    met: Iterable[str] = (part.relations[n] for n in np.unique(part.relation).tolist())
    return [relation for relation in met if relation not in fixes.relation_kinds()]


def _respelled(ws: Workspace, graph: Graph, nodes: Ints) -> list[str]:
    sql = (
        f"SELECT ref FROM {graph.nodes} SEMI JOIN (SELECT unnest($nodes::INTEGER[]) AS id) USING (id) "
        "WHERE respelled ORDER BY id"
    )
    return [row[0] for row in ws.db.execute(sql, {"nodes": nodes.tolist()}).fetchall()]
