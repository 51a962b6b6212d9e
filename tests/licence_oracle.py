"""Licence conflicts found the plain way: every ancestor of every artifact with networkx, upwards, one at a time.

For tests and bench/conflicts.py; shares the algebra of two licences with the detector, and nothing of its walk.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import networkx as nx

from headgate.licences.duties import UNKNOWN, Duty, combine, duties, kept
from headgate.licences.inherit import NO, YES, carries, passes

Edge = tuple[str, str, str]  # child, parent, relation
NEVER = ("no_derivatives", "no_redistribution")


def verdicts(known: dict[str, tuple[str | None, tuple[str, ...]]], edges: Iterable[Edge]) -> dict[str, float | None]:
    """ref -> 1, 0 or None, from `known`: ref -> (account, licences; none if unknown or not stated)."""
    edges = list(edges)
    known = {ref: ("", ()) for edge in edges for ref in edge[:2]} | known
    asked = {
        ref: [duty for one in stated for duty in duties(one)] if stated else [UNKNOWN]
        for ref, (_, stated) in known.items()
    }
    wanted = {(duty.asks, least) for found in asked.values() for duty in found for least in (YES, NO + 1)}
    graphs = {way: _graph(known, edges, *way) for way in wanted}
    values: dict[str, float | None] = dict.fromkeys(known, 0.0)
    for ref in {child for child, *_ in edges}:
        above = {way: _above(graph, ref) for way, graph in graphs.items()}
        values[ref] = _verdict(known[ref][1], above, asked)
    return values


def _graph(
    known: dict[str, tuple[str | None, tuple[str, ...]]], edges: list[Edge], asks: str, least: int
) -> nx.DiGraph:
    # A duty starts as its artifact's own; inside one account it stays so where the child states nothing. A copy of a
    # work asks what the work asks.
    graph = nx.DiGraph()
    for child, parent, relation in edges:
        same = bool(known[parent][0]) and known[parent][0] == known[child][0]
        if carries(relation, asks) and not (same and known[child][1]):
            graph.add_edge((parent, "origin"), (child, "origin"))
        for state in ("origin", "own", "theirs"):
            first = asks if state == "origin" or asks != "no_derivatives" else "*"
            if _passes(relation, first) < least:
                continue
            if state == "theirs" or not same:
                graph.add_edge((parent, state), (child, "theirs"))
            elif not known[child][1]:
                graph.add_edge((parent, state), (child, "own"))
    return graph


@cache
def _passes(relation: str, asks: str) -> int:
    return passes(relation, asks)


def _above(graph: nx.DiGraph, ref: str) -> set[str]:
    if (ref, "theirs") not in graph:
        return set()
    return {one for one, state in nx.ancestors(graph, (ref, "theirs")) if state == "origin"}


def _verdict(
    stated: tuple[str, ...], above: dict[tuple[str, int], set[str]], asked: dict[str, list[Duty]]
) -> float | None:  # fmt: skip
    grade, surely = 0, set()
    for duty in {duty for origins in above.values() for one in origins for duty in asked[one]}:
        sure, maybe = (any(duty in asked[one] for one in above[duty.asks, least]) for least in (YES, NO + 1))
        if not maybe:
            continue
        outcome = "broken" if duty.asks in NEVER else kept(duty, stated) if stated else "open"
        grade = max(grade, 2 if outcome == "broken" and sure else 0 if outcome == "kept" else 1)
        surely |= {duty.licence} if sure and duty != UNKNOWN else set()
    if grade == 1 and not stated and len(surely) > 1:
        found = combine(surely)
        if found.verdict == "conflict" and not any(duty.asks in NEVER for duty in found.at_odds):
            grade = 2
    return (0.0, None, 1.0)[grade]
