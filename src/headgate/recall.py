"""Recall an artifact: what it came from, what came from it, who can act, and what a fix would reach.

After D. G. Widder and D. Nafus, "Dislocated Accountabilities in the AI Supply Chain" (Big Data & Society,
2023): modularity lets every maker disavow what lies up- and downstream, so the chain is laid out with what
each holder can do, and harm by use is told from harm by implementation.
"""

from __future__ import annotations

import gc
import heapq
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from headgate import dominators, fixes, labels, recall_facts, refs
from headgate import graph as graphs
from headgate.graph import HOW, Flags, Graph, Ints
from headgate.labels import Appeal
from headgate.recall_facts import Artifact, Downloads, Lever
from headgate.recall_troubles import Trouble, troubles
from headgate.workspace import Workspace

TOP = 10  # points named in dominators, choke points and fixes


class Kin(NamedTuple):
    """An ancestor or descendant: `depth` fewest steps away, the last of them by `relation` from `via`.

    `how` that step is known; `known` is stated where steps that are declared or read lead all the way,
    else inferred. `fix` (descendants): whether a fix at the recalled artifact reaches it, or why not:
    reached, copied the weights, needs retraining, behind such a one. `name` as in `Artifact`.
    """

    ref: str
    depth: int
    relation: str
    via: str
    how: str
    known: str
    status: str
    hub: str | None
    kind: str | None
    author: str | None
    downloads: int | None
    window: str | None
    fix: str | None
    name: str | None


class Point(NamedTuple):
    """A single point that all ways between the recalled artifact and `number` others pass.

    What also another way reaches is not among them. `downloads` are those of the point and of the others.
    """

    ref: str
    author: str | None
    number: int
    downloads: list[Downloads]


class FixReach(NamedTuple):
    """A fix at `ref`: how many of its `downstream` in this recall it reaches, and why not the others."""

    ref: str
    where: str
    reaches_recalled: bool
    downstream: int
    reached: int
    copied: int
    retrain: int
    behind: int


@dataclass(slots=True)
class Recall:
    """All that a recall says; see the classes above. `sensitive_checks` is how many such checks looked at `ref`.

    `contested` are open appeals: all about `ref`, and those of its kin against checks that are not sensitive, as a
    list of who appeals against a sensitive check would be a list of what it may have found.
    """

    ref: str
    status: str
    name: str | None
    author: str | None
    as_of: str | None
    harm: str
    checks: list[str]
    sensitive_checks: int
    ancestors: list[Kin] = field(default_factory=list)
    descendants: list[Kin] = field(default_factory=list)
    downloads: list[Downloads] = field(default_factory=list)
    levers: list[Lever] = field(default_factory=list)
    dominators: list[Point] = field(default_factory=list)
    choke_points: list[Point] = field(default_factory=list)
    fixes: list[FixReach] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    contested: list[Appeal] = field(default_factory=list)


class _Side(NamedTuple):
    """One side of the recalled artifact: that part of the graph and its nodes, numbered from 0.

    `nodes` are their numbers in the whole graph, `own` is the recalled one's number here, and `place`
    their places in the order of refs, which settles ties.
    """

    part: Graph
    nodes: Ints
    own: int
    artifacts: list[Artifact]
    place: Ints


def recall(ws: Workspace, ref: str, *, graph: Graph | None = None, harm: str | None = None) -> Recall:
    """Recall `ref`, in any form that `refs.parse` reads, over `graph` (by default all edges of `ws`).

    `harm` is shown in place of what findings state and changes nothing else. Raises `UsageError` where `ref`
    is none, `BadInput` where neither an artifact nor an edge names it.
    """
    with _uncollected():
        made = _recall(ws, ref, graph, harm)
        made.contested = _contested(ws, made)
        return made


def _recall(ws: Workspace, ref: str, graph: Graph | None, harm: str | None) -> Recall:
    graph = graph or graphs.load(ws.db)
    ref = str(refs.parse(ref))
    node = graphs.find(ws.db, graph, ref)
    if node is None:
        here = recall_facts.single(ws, ref)
        if here is None:
            raise recall_facts.unknown_ref(ws, graph, ref)
        return _empty(ws, here, harm)
    below = _side(ws, graph, node, graphs.depths(graph.down, [node]) >= 0)
    above = _side(ws, graph, node, graphs.depths(graph.up, [node]) >= 0)
    made = _empty(ws, below.artifacts[below.own], harm)
    own_fix = fixes.fix(below.part, below.own, below.own)
    made.descendants = _kin(below, down=True, words=_words(own_fix))
    made.ancestors = _kin(above, down=False, words=None)
    made.downloads = recall_facts.downloads(below.artifacts)
    made.levers = recall_facts.levers(below.artifacts[below.own], _others(above), _others(below))
    made.dominators, points = _points(below, down=True)
    made.choke_points, chokes = _points(above, down=False)
    made.fixes = [_told(below, below.own, "recalled", own_fix, reaches=True)]
    made.fixes += _upstream_fixes(graph, below, above, chokes)
    for point in points:
        made.fixes.append(_told(below, point, "downstream", fixes.fix(below.part, below.own, point), reaches=False))
    made.troubles = _troubles(ws, graph, above, below)
    return made


@contextmanager
def _uncollected() -> Iterator[None]:
    # A large family makes a million small objects and no garbage; looking for some takes half the time.
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _contested(ws: Workspace, made: Recall) -> list[Appeal]:
    appeals = labels.appeals(ws)
    kin = {one.ref for one in (*made.ancestors, *made.descendants)} if appeals else set()
    return [one for one in appeals if one.ref == made.ref or (one.ref in kin and one.check)]


def _empty(ws: Workspace, here: Artifact, harm: str | None) -> Recall:
    stated, checks, sensitive = recall_facts.harm(ws, here.ref)
    as_of = ws.as_of.isoformat() if ws.as_of else None
    made = Recall(here.ref, here.status, here.name, here.author, as_of, harm or stated, checks, sensitive)
    made.downloads, made.levers = recall_facts.downloads([here]), recall_facts.levers(here, [], [])
    return made


def _side(ws: Workspace, graph: Graph, node: int, inside: Flags) -> _Side:
    part, nodes = graphs.part(graph, inside)
    known = recall_facts.artifacts(ws, graph, nodes.tolist())
    place = np.empty(len(known), np.int32)
    place[sorted(range(len(known)), key=lambda n: known[n].ref)] = np.arange(len(known))
    return _Side(part, nodes, int(np.searchsorted(nodes, node)), known, place)


def _others(side: _Side) -> list[Artifact]:
    return side.artifacts[: side.own] + side.artifacts[side.own + 1 :]


def _kin(side: _Side, *, down: bool, words: list[str] | None) -> list[Kin]:
    part = side.part
    index, near, far = (part.down, part.parent, part.child) if down else (part.up, part.child, part.parent)
    depth = graphs.depths(index, [side.own])
    stated = part.how > 0
    sure = graphs.depths(graphs.rows(part.size, near[stated], far[stated]), [side.own]) >= 0
    # The last step of a shortest way; of several, the best known one.
    last = np.flatnonzero(depth[far] == depth[near] + 1)
    last = last[np.lexsort((part.relation[last], side.place[near[last]], -part.how[last], far[last]))]
    _, first = np.unique(far[last], return_index=True)
    steps = last[first]
    counted = np.array([one.downloads or 0 for one in side.artifacts], np.int64)
    steps = steps[np.lexsort((side.place[far[steps]], -counted[far[steps]], depth[far[steps]]))]
    columns = (a.tolist() for a in (far[steps], near[steps], part.relation[steps], part.how[steps]))
    deep, stated_all = depth.tolist(), sure.tolist()
    made = []
    for node, before, relation, how in zip(*columns, strict=True):
        one = side.artifacts[node]
        made.append(Kin(
            one.ref, deep[node], part.relations[relation], side.artifacts[before].ref, HOW[how],
            "stated" if stated_all[node] else "inferred", one.status, one.hub, one.kind,
            one.author, one.downloads, one.window, words[node] if words else None, one.name,
        ))  # fmt: skip
    return made


def _words(fix: fixes.Fix) -> list[str]:
    words = ["reached", "copied the weights", "needs retraining"]
    told: list[str] = np.select([fix.fixed, fix.copied, fix.retrain], words, "behind").tolist()
    return told


def _points(side: _Side, *, down: bool) -> tuple[list[Point], list[int]]:
    """The single points with most behind them: by downloads in the window that counts most artifacts, then number."""
    above, order = dominators.immediate(graphs.lists(side.part.down if down else side.part.up), side.own)
    counts = dominators.totals(above, order, [1] * side.part.size)
    lead = max(recall_facts.downloads(side.artifacts), key=lambda group: group.artifacts, default=None)
    shared = [(one.downloads or 0) if lead and (one.hub, one.kind) == lead[:2] else 0 for one in side.artifacts]
    weighed = dominators.totals(above, order, shared)
    rank = (lambda n: (-weighed[n], -counts[n], side.place[n])) if down else (lambda n: (-counts[n], 0, side.place[n]))
    top = heapq.nsmallest(TOP, (n for n in order[1:] if counts[n] > 1), rank)
    members: dict[int, list[int]] = {n: [] for n in top}
    for node in order[1:]:
        _join(members, above, node, side.own)
    made = [
        Point(side.artifacts[n].ref, side.artifacts[n].author, counts[n] - 1,
              recall_facts.downloads(side.artifacts[m] for m in members[n]))
        for n in top
    ]  # fmt: skip
    return made, top


def _join(members: dict[int, list[int]], above: Sequence[int], node: int, root: int) -> None:
    step = node
    while step != root:
        if step in members:
            members[step].append(node)
        step = above[step]


def _upstream_fixes(graph: Graph, below: _Side, above: _Side, chokes: list[int]) -> list[FixReach]:
    direct = above.part.parent[above.part.child == above.own].tolist()
    made = []
    for local in list(dict.fromkeys([*chokes, *sorted(direct, key=lambda n: above.place[n])]))[:TOP]:
        node = int(above.nodes[local])
        region, nodes = graphs.part(graph, graphs.depths(graph.down, [node]) >= 0)
        at = int(np.searchsorted(nodes, node))
        fix = fixes.fix(region, at, at)
        family = np.isin(nodes, below.nodes)
        cut = fixes.Fix(*(flags & family for flags in (fix.downstream, fix.fixed, fix.copied, fix.retrain)))
        recalled = int(np.searchsorted(nodes, below.nodes[below.own]))
        made.append(_reach(above.artifacts[local].ref, "upstream", cut, reaches=bool(fix.fixed[recalled])))
    return made


def _told(side: _Side, at: int, where: str, fix: fixes.Fix, *, reaches: bool) -> FixReach:
    return _reach(side.artifacts[at].ref, where, fix, reaches=reaches)


def _reach(ref: str, where: str, fix: fixes.Fix, *, reaches: bool) -> FixReach:
    total, fixed, copied, retrain = (int(f.sum()) for f in (fix.downstream, fix.fixed, fix.copied, fix.retrain))
    return FixReach(ref, where, reaches, total, fixed, copied, retrain, total - fixed - copied - retrain)


def _troubles(ws: Workspace, graph: Graph, above: _Side, below: _Side) -> list[Trouble]:
    names = {
        node: (one.ref, one.status)
        for side in (above, below)
        for node, one in zip(side.nodes.tolist(), side.artifacts, strict=True)
    }
    return troubles(ws, graph, np.union1d(above.nodes, below.nodes), names)
