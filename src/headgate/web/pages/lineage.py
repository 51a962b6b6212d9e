"""Lineage: a family drawn around one artifact, all that it came from and all that came from it.

What a family has too many of to be drawn is grouped, and a group can be opened. What depicts a real person is drawn as
withheld: without a name, a date, a licence or a link.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from headgate.errors import BadInput, HeadgateError, UsageError
from headgate.fixes import kind_of
from headgate.graph import HOW
from headgate.plain import plain
from headgate.shapes import Db
from headgate.web import answers, drawing, lineage_colours, lineage_facts, recalling
from headgate.web.drawing import Drawing, Links, Nodes
from headgate.web.family import Opened
from headgate.web.lineage_colours import Choice, Colour
from headgate.web.snapshot import Snapshot
from headgate.web.words import address, called

router = APIRouter()

LISTED = 500  # rows of the list beside the drawing
FOUND = 20  # artifacts that a search lists
Name = Annotated[str, Query(max_length=200)]
Names = Annotated[list[Annotated[str, Query(max_length=200)]], Query(max_length=24)]


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: the largest families, or what a search found."""

    q: str
    families: tuple[Begin, ...]
    found: tuple[Begin, ...] | None


@dataclass(frozen=True, slots=True)
class Begin:
    """A family to look at: its artifact, how many come from it where that was counted, and how many directly."""

    name: str
    address: str
    descendants: int | None
    children: int


@dataclass(frozen=True, slots=True)
class Asked:
    """How a family is to be drawn: `most` at once, relations to `fold`, groups to `open`, what to `colour` by."""

    most: int | None = None
    fold: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    colour: str = "relation"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation: how many of the family hang on by it, what it means, and the address that folds or unfolds it."""

    name: str
    meaning: str
    nodes: int
    folded: bool
    address: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """A family of `family` nodes around `ref`, itself with `upstream` and `downstream`, as it is drawn.

    `drawn` counts nodes and groups, `groups` the groups among them. `apart` is the distance of two nodes.
    `relation_names` and `hows` are what the numbers of `nodes` and `links` stand for. `oldest` and `newest` bound the
    dates of publication, `undated` have none.

    """

    ref: str
    name: str
    asked: Asked
    family: int
    upstream: int
    downstream: int
    generations_up: int
    generations_down: int
    drawn: int
    groups: int
    apart: float
    oldest: str | None
    newest: str | None
    undated: int
    relation_names: tuple[str, ...]
    relations: tuple[Relation, ...]
    hows: tuple[str, ...]
    colour: Colour
    nodes: Nodes
    links: Links


@router.get("/lineage", responses=answers.twin(Start), response_model=None, summary="Families to look at")
def start(request: Request, q: Name = "") -> Response:
    """The largest families, or those whose id has the words of `q`; a whole ref leads to its lineage."""
    page = read_start(answers.snapshot(request), q.strip())
    if page.found and len(page.found) == 1 and not answers.wants_json(request):
        return RedirectResponse(page.found[0].address, 303)
    return answers.answer(request, "lineage_start.html.j2", page)


@router.get("/lineage/{ref:path}", responses=answers.twin(Lineage), response_model=None, summary="A family as a graph")
def page(
    request: Request, ref: str, most: Annotated[int | None, Query(ge=10, le=drawing.MOST)] = None, fold: Names = [],  # noqa: B006
    open: Names = [], colour: Name = "relation",  # noqa: B006
) -> Response:  # fmt: skip
    """All up- and downstream of an artifact: at most 5,000 nodes and groups, with what there is to say of each."""
    snapshot = answers.snapshot(request)
    asked = Asked(most, tuple(dict.fromkeys(fold)), tuple(dict.fromkeys(open)), colour)
    found = read(snapshot, ref, asked)
    if answers.wants_json(request):
        return answers.answer(request, "lineage.html.j2", found)
    choices = lineage_colours.choices(snapshot, snapshot.cursor())
    more = _address(found.ref, Asked(drawing.MOST, asked.fold, asked.open, asked.colour))
    shown: dict[str, Any] = {"more": more, "rows": _rows(found), "choices": _sorts(choices)}
    return answers.answer(request, "lineage.html.j2", found, **shown)


def read_start(snapshot: Snapshot, q: str) -> Start:
    """The largest families that are not withheld, and what `q` finds if it is not empty."""
    db = snapshot.cursor()
    if not q:
        return Start("", snapshot.kept.once("largest families", lambda: _largest(snapshot, db)), None)
    try:
        ref, _, withheld = recalling.known(snapshot, db, q)
        exact = () if withheld else (Begin(called(ref), address(ref, "lineage"), None, 0),)
    except HeadgateError:
        exact = ()
    return Start(plain(q), (), exact or _found(db, q))


def _largest(snapshot: Snapshot, db: Db) -> tuple[Begin, ...]:
    listed = []
    for one in snapshot.summary["families"]:
        for form in ("{}", "hf:dataset:{}"):
            try:
                ref, node, withheld = recalling.known(snapshot, db, form.format(one["root"]))
            except HeadgateError:
                continue
            if node is not None and not withheld:
                listed.append(Begin(called(ref), address(ref, "lineage"), one["descendants"], one["children"]))
                break
    return tuple(listed)


def _found(db: Db, q: str) -> tuple[Begin, ...]:
    words = q.lower().split()[:8]
    where = " AND ".join("contains(folded, ?)" for _ in words)
    rows = db.execute(
        f"WITH hits AS (SELECT id, ref FROM shelf.nodes WHERE NOT withheld AND {where}) "
        "SELECT h.ref, (SELECT count(DISTINCT child_node) FROM shelf.links_down WHERE parent_node = h.id) AS n "
        f"FROM hits AS h ORDER BY n DESC, h.ref LIMIT {FOUND}",
        words,
    ).fetchall()
    return tuple(Begin(called(ref), address(ref, "lineage"), None, int(n)) for ref, n in rows)


def read(snapshot: Snapshot, name: str, asked: Asked) -> Lineage:
    """The family of what `name` names.

    Raises `UsageError` for what cannot be asked, `BadInput` where nothing is shown.
    """
    db = snapshot.cursor()
    ref, node, withheld = recalling.known(snapshot, db, name)
    if withheld:
        msg = (
            "the lineage of what may depict or name a real person is not drawn. Look at another artifact of its family."
        )
        raise BadInput(msg)
    relations = snapshot.graph.relations
    fold = [_place(relations, one) for one in asked.fold]
    opened = [_opened(relations, one) for one in asked.open]
    made = (
        drawing.draw(snapshot.graph, db, node, asked.most, fold, opened)
        if node is not None
        else _alone(snapshot, db, ref)
    )
    return _told(snapshot, db, ref, asked, made)


def _told(snapshot: Snapshot, db: Db, ref: str, asked: Asked, made: Drawing) -> Lineage:
    names = snapshot.graph.relations
    nodes, whole = made.nodes, made.whole
    colour = lineage_colours.coloured(
        snapshot, db, asked.colour, made.facts, ["" if r < 0 else names[r] for r in nodes.relation], drawing.hows(made)
    )
    counts = np.bincount(whole.relation[1:], minlength=len(names)).tolist()
    listed = [
        Relation(name, kind_of(name).meaning, many, name in asked.fold, _address(ref, _folded(asked, name)))
        for name, many in zip(names, counts, strict=True)
        if many
    ]
    dates = sorted(one for one in nodes.created if one is not None)
    upstream = int(whole.above.sum())
    return Lineage(
        plain(ref, 300), called(ref), asked, len(whole.nodes), upstream, len(whole.nodes) - 1 - upstream,
        int(whole.depth[whole.above].max(initial=0)), int(whole.depth[~whole.above].max(initial=0)), len(nodes.ref),
        made.groups, made.apart, dates[0] if dates else None, dates[-1] if dates else None,
        len(nodes.ref) - made.groups - len(dates), names,
        tuple(sorted(listed, key=lambda one: -one.nodes)), HOW, colour, nodes, made.links,
    )  # fmt: skip


def _alone(snapshot: Snapshot, db: Db, ref: str) -> Drawing:
    number, ref = snapshot.find(db, ref)
    return drawing.alone(plain(ref, 300), lineage_facts.of_artifact(db, number, ref))


def _place(relations: tuple[str, ...], name: str) -> int:
    if name not in relations:
        msg = f"no relation {plain(name, 40)!r} here. There are {', '.join(relations)}."
        raise UsageError(msg)
    return relations.index(name)


def _opened(relations: tuple[str, ...], text: str) -> Opened:
    node, _, rest = text.partition(":")
    relation, _, first = rest.partition(":")
    if not (node.isdecimal() and first.isdecimal() and max(len(node), len(first)) < 10):
        msg = f"{plain(text, 60)!r} is no group. Follow the link of the group."
        raise UsageError(msg)
    return Opened(int(node), _place(relations, relation), int(first))


def _folded(asked: Asked, relation: str) -> Asked:
    fold = tuple(one for one in asked.fold if one != relation) if relation in asked.fold else (*asked.fold, relation)
    return Asked(asked.most, fold, asked.open, asked.colour)


def _address(ref: str, asked: Asked) -> str:
    given: list[tuple[str, Any]] = [("fold", one) for one in asked.fold] + [("open", one) for one in asked.open]
    given += [("colour", asked.colour)] if asked.colour != "relation" else []
    given += [("most", asked.most)] if asked.most else []
    return address(ref, "lineage") + (f"?{urlencode(given)}" if given else "")


def _rows(found: Lineage) -> list[dict[str, Any]]:
    """The first 500 nodes as rows of a table, generation by generation."""
    nodes = found.nodes
    rows = []
    for n in range(min(LISTED, len(nodes.ref))):
        opens, ref, key = nodes.opens[n], nodes.ref[n], found.colour.of[n]
        rows.append({
            "name": nodes.name[n], "address": ref and address(ref, "artifact" if nodes.collected[n] else "lineage"),
            "generation": nodes.generation[n], "under": None if n == 0 else nodes.name[nodes.under[n]],
            "group": _address(found.ref, _opening(found.asked, opens)) if opens else None,
            "colour": None if key < 0 else found.colour.keys[key].label,
            "licence": nodes.licence[n], "created": nodes.created[n], "downloads": nodes.downloads[n],
            "under_it": nodes.inside[n] or nodes.size[n] - 1,
        })  # fmt: skip
    return rows


def _opening(asked: Asked, group: str) -> Asked:
    kept = tuple(one for one in asked.open if one.rpartition(":")[0] != group.rpartition(":")[0])
    return Asked(asked.most, asked.fold, (*kept, group)[-24:], asked.colour)


def _sorts(choices: tuple[Choice, ...]) -> dict[str, list[Choice]]:
    sorts: dict[str, list[Choice]] = {sort: [] for sort in dict.fromkeys(Counter(one.sort for one in choices))}
    for one in choices:
        sorts[one.sort].append(one)
    return sorts
