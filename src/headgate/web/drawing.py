"""A family as it is drawn: columns of nodes, groups and links with their places, for the page and its JSON twin."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from headgate.graph import HOW, Graph, Ints
from headgate.shapes import Db
from headgate.web import family, lineage_facts
from headgate.web.family import Opened, Tree, View
from headgate.web.layout import radial
from headgate.web.lineage_facts import Fact

MOST, GROUPED = 5000, 1500  # nodes and groups drawn at once: at most, and of a family that has more unless asked
FAR = np.datetime64("2262-01-01")  # what has no date is drawn after what has


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes and groups as columns of equal length; a node is known by its place, the first is the one asked for.

    `generation` counts steps from the first, upstream below 0; `under` is the place of the node that each hangs under
    and `relation` that of the link's name, both -1 for the first. `inside` counts the artifacts of a group, of which
    `children` hang under `under` themselves; both are 0 for a node. `size` counts what hangs under it with itself.
    `opens` is what ?open= takes to open a group. What is withheld has a name that says so and nothing else.
    """

    ref: list[str | None]
    name: list[str]
    withheld: list[bool]
    collected: list[bool]
    x: list[float]
    y: list[float]
    generation: list[int]
    under: list[int]
    relation: list[int]
    inside: list[int]
    children: list[int]
    size: list[int]
    opens: list[str | None]
    kind: list[str | None]
    author: list[str | None]
    licence: list[str | None]
    created: list[str | None]
    downloads: list[int | None]
    window: list[str | None]
    gone: list[str | None]


@dataclass(frozen=True, slots=True)
class Links:
    """Links from parent to child as columns: places of the nodes, of the relation's name and of how it is known.

    `main` are those of the tree that is drawn straight. A link to a group has no `how` (-1) and no confidence.
    """

    parent: list[int]
    child: list[int]
    relation: list[int]
    how: list[int]
    confidence: list[float | None]
    evidence: list[str | None]
    main: list[bool]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn of a family of `whole` nodes; `facts` are of each node, empty ones of groups."""

    whole: Tree
    nodes: Nodes
    links: Links
    facts: list[Fact]
    apart: float

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return sum(number > 0 for number in self.nodes.inside)


def draw(graph: Graph, db: Db, root: int, most: int | None, fold: Collection[int], opened: Sequence[Opened]) -> Drawing:
    """The family of the node `root` of `graph` in at most `most` nodes and groups.

    Without `most` it is drawn whole up to 5,000 nodes, and a larger one in 1,500 nodes and groups.
    """
    whole = family.tree(graph, root)
    most = most or (MOST if len(whole.nodes) <= MOST else GROUPED)
    cut = family.view(whole, most, fold, opened)
    numbers = whole.nodes[cut.shown]
    known = lineage_facts.facts(db, numbers) + [Fact(name="", withheld=False)] * len(cut.under)
    joined = _joined(whole, cut)
    order = _order(joined, known)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    under = joined["under"][order]
    joined = {name: column[order] for name, column in joined.items()}
    joined["under"] = np.where(under < 0, -1, back[under]).astype(np.int32)
    known = [known[n] for n in order.tolist()]
    places = radial(joined["under"], None, joined["above"].astype(bool), joined["inside"] > 0)
    nodes = _nodes(
        graph, joined, known, [round(v, 1) for v in places.x.tolist()], [round(v, 1) for v in places.y.tolist()]
    )
    return Drawing(whole, nodes, _links(graph, db, whole, joined), known, places.apart)


def _joined(whole: Tree, cut: View) -> dict[str, Ints]:
    """Columns of the nodes shown, then of the groups."""
    place = np.full(len(whole.nodes), -1, np.int32)
    place[cut.shown] = np.arange(len(cut.shown), dtype=np.int32)
    towards = whole.towards[cut.shown]
    none = np.zeros(len(cut.shown), np.int32)
    pairs = {
        "node": (whole.nodes[cut.shown], np.full(len(cut.under), -1)),
        "under": (np.where(towards < 0, -1, place[towards]), place[cut.under]),
        "relation": (whole.relation[cut.shown], cut.relation), "above": (whole.above[cut.shown], cut.above),
        "depth": (whole.depth[cut.shown], whole.depth[cut.under] + 1), "size": (whole.size[cut.shown], cut.inside),
        "inside": (none, cut.inside), "children": (none, cut.children), "first": (none, cut.first),
    }  # fmt: skip
    return {name: np.concatenate(both).astype(np.int32) for name, both in pairs.items()}


def _order(joined: dict[str, Ints], known: Sequence[Fact]) -> Ints:
    """Generation by generation; brothers by relation, leaves by date with the branches spread among them."""
    dates = np.array([FAR if one.created is None else one.created for one in known], "datetime64[D]")
    last = (joined["inside"] > 0) * 2 + np.array([one.withheld for one in known])
    leaf = (joined["size"] == 1) | (joined["inside"] > 0)
    order = np.lexsort(
        (joined["node"], dates, -joined["size"], last, leaf, joined["relation"], joined["under"], joined["depth"])
    )
    same = np.any([np.diff(joined[name][order], prepend=-9) != 0 for name in ("depth", "under", "relation")], axis=0)
    same |= np.diff(leaf[order], prepend=False)
    begins = np.flatnonzero(same)
    lengths = np.diff(begins, append=len(order))
    rank, many = np.arange(len(order)) - np.repeat(begins, lengths), np.repeat(lengths, lengths)
    spread = np.empty(len(order))
    spread[order] = np.where(leaf[order], (rank + 0.5) / many, _turned(rank))
    return np.lexsort((spread, last, joined["relation"], joined["under"], joined["depth"])).astype(np.int32)


def _turned(rank: npt.NDArray[np.signedinteger]) -> Any:
    """0, 1/2, 1/4, 3/4, ...: places of any number of branches spread evenly (van der Corput's sequence)."""
    spread, part, left = np.zeros(len(rank)), 0.5, rank.copy()
    while left.any():
        spread += part * (left & 1)
        left, part = left >> 1, part / 2
    return spread


def _nodes(graph: Graph, joined: dict[str, Ints], known: Sequence[Fact], x: list[float], y: list[float]) -> Nodes:
    node, under, relation, inside, children, first = (
        joined[n].tolist() for n in ("node", "under", "relation", "inside", "children", "first")
    )
    opens = [
        f"{node[up]}:{graph.relations[kind]}:{begin}" if many and not known[up].withheld else None
        for up, kind, begin, many in zip(under, relation, first, inside, strict=True)
    ]
    names = [
        _group(many, direct, graph.relations[kind]) if many else one.name
        for one, many, direct, kind in zip(known, inside, children, relation, strict=True)
    ]
    generation = np.where(joined["above"], -joined["depth"], joined["depth"]).tolist()
    return Nodes(
        [one.ref for one in known], names, [one.withheld for one in known], [one.artifact is not None for one in known],
        x, y, generation, under, relation, inside, children, joined["size"].tolist(), opens,
        [one.kind for one in known],
        [one.author for one in known], [one.licence for one in known], [_day(one.created) for one in known],
        [one.downloads for one in known], [one.window for one in known], [_day(one.gone) for one in known],
    )  # fmt: skip


def _day(moment: Any) -> str | None:
    return None if moment is None else str(moment)[:10]


def _group(inside: int, children: int, relation: str) -> str:
    return f"{children:,} by {relation.replace('_', ' ')}" + (f", {inside:,} in all" if inside > children else "")


def _links(graph: Graph, db: Db, whole: Tree, joined: dict[str, Ints]) -> Links:
    """The links between what is drawn, and one to each group."""
    nodes = np.flatnonzero(joined["node"] >= 0)
    order = np.argsort(joined["node"][nodes])
    numbers, places = joined["node"][nodes][order], nodes[order]
    edges = family.edges_between(graph, numbers)
    parent, child = (places[np.searchsorted(numbers, ends[edges])] for ends in (graph.parent, graph.child))
    main = np.isin(_pairs(graph, edges), _pairs(graph, whole.link[1:]))
    known = lineage_facts.links(db, graph, edges)
    groups = np.flatnonzero(joined["inside"] > 0)
    above, under = joined["above"][groups].astype(bool), joined["under"][groups]
    many = len(groups)
    return Links(
        parent.tolist() + np.where(above, groups, under).tolist(),
        child.tolist() + np.where(above, under, groups).tolist(),
        graph.relation[edges].tolist() + joined["relation"][groups].tolist(),
        graph.how[edges].tolist() + [-1] * many,
        [*(one.confidence for one in known), *[None] * many],
        [*(one.evidence for one in known), *[None] * many],
        main.tolist() + [True] * many,
    )


def _pairs(graph: Graph, edges: Ints) -> Any:
    pair = graph.parent[edges].astype(np.int64) * graph.size + graph.child[edges]
    return pair * len(graph.relations) + graph.relation[edges]


def alone(ref: str, fact: Fact) -> Drawing:
    """The drawing of an artifact that no link names."""
    one = np.zeros(1, np.int32)
    whole = Tree(one, one, one.astype(bool), one - 1, one - 1, one - 1, one + 1)
    day = _day(fact.created)
    nodes = Nodes([ref], [fact.name], [False], [True], [0.0], [0.0], [0], [-1], [-1], [0], [0], [1], [None],
                  [fact.kind], [fact.author], [fact.licence], [day], [fact.downloads], [fact.window],
                  [_day(fact.gone)])  # fmt: skip
    return Drawing(whole, nodes, Links([], [], [], [], [], [], []), [replace(fact, ref=ref)], 60.0)


def hows(drawing: Drawing) -> list[str]:
    """How the link of each node towards the first is known: '' for the first, 'group' for a group."""
    best = [""] * len(drawing.nodes.under)
    links = drawing.links
    for parent, child, how, main in zip(links.parent, links.child, links.how, links.main, strict=True):
        if main:
            far = child if drawing.nodes.under[child] == parent else parent
            best[far] = HOW[how] if how >= 0 else "group"
    return best
