"""The licence of one artifact: what is stated, what it inherits and over which path, over its ancestors alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate import graph as graphs
from headgate.label_text import shown
from headgate.licences.duties import ASKS, UNKNOWN, clause
from headgate.licences.inherit import Inherited, Walk, inherited
from headgate.licences.judging import BROKEN, KEPT, OPEN, outcomes
from headgate.plain import plain
from headgate.web.artifact_lineage import ancestors, narrow
from headgate.web.hidden import WITHHELD
from headgate.web.snapshot import Snapshot

CARD = 2_000  # characters of a card that the index holds
DUTIES = 24
_OUTCOME = {KEPT: "kept", OPEN: "not clear", BROKEN: "broken"}


@dataclass(frozen=True, slots=True)
class Hop:
    """A step up the path: the relation to the one before, and the artifact, None where it may not be named."""

    relation: str
    ref: str | None
    states: str


@dataclass(frozen=True, slots=True)
class Inherits:
    """A duty that comes down to the artifact: whose licence asks what, whether it is kept, and the path up to it."""

    licence: str
    asks: str
    clause: str
    outcome: str
    sure: bool
    path: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Licence:
    """What is stated (`as_written` on its hub), declared, detected and verified; None where that is not known.

    `where` is file or card, `whole_card` says whether all of the card was there to read. `complete`: all ancestors
    were looked at. `more` duties are not listed.
    """

    as_written: tuple[str, ...]
    source: str | None
    name: str | None
    link: str | None
    declared: tuple[str, ...] | None
    detected: tuple[str, ...] | None
    verified: tuple[str, ...] | None
    where: str | None
    quotes: tuple[str, ...]
    whole_card: bool | None
    ancestors: int
    complete: bool
    inherits: tuple[Inherits, ...]
    more: int


def licence(snapshot: Snapshot, row: dict[str, Any]) -> Licence:
    """The licence of the artifact in `row` of the index."""
    db = snapshot.cursor()
    near, complete = ancestors(snapshot.graph, row["node"])
    narrow(db, row, near)
    given = inherited(db)
    try:
        nodes = db.execute(
            f"SELECT g.id, g.ref, coalesce(n.withheld, true) FROM {given.graph.nodes} AS g "
            "LEFT JOIN near AS n USING (folded) ORDER BY g.id"
        ).fetchall()
    finally:
        graphs.drop(db, given.graph)
    names = [None if withheld else str(ref) for _, ref, withheld in nodes]
    at = next((place for place, (_, ref, _) in enumerate(nodes) if ref.lower() == row["ref"].lower()), None)
    duties = [] if at is None else sorted(_duties(given, at, names), key=_gravity)
    stated = db.execute(
        "SELECT s.declared, s.detected, s.verified, f.place, f.quotes FROM stated_licences AS s "
        "LEFT JOIN licence_found AS f USING (ref) WHERE s.ref = ?", [row["ref"]],
    ).fetchall()  # fmt: skip
    declared, detected, verified, where, quotes = stated[0] if stated else (None, None, None, None, None)
    return Licence(
        tuple(shown(one, 80) for one in row["licences"] or ()), row["licence_source"],
        row["licence_name"] and shown(row["licence_name"], 120),
        row["licence_link"] and plain(row["licence_link"], 120),
        _ids(declared), _ids(detected), _ids(verified), where, tuple(shown(one, 160) for one in quotes or ()),
        None if row["card"] is None else len(row["card"]) < CARD, max(len(near) - 1, 0), complete,
        tuple(duties[:DUTIES]), max(len(duties) - DUTIES, 0),
    )  # fmt: skip


def _duties(given: Inherited, node: int, names: list[str | None]) -> list[Inherits]:
    table, size, made = outcomes(given), given.graph.size, []
    for walk in given.walks:
        place = int(np.searchsorted(walk.states, node + size))
        if place == len(walk.states) or walk.states[place] != node + size:
            continue
        sure = bool(walk.sure[place])
        path = _path(given, walk, node + size, names)
        for at in walk.duties:
            duty = given.duties[at]
            grade = int(table[given.holds[node], at])
            grade = OPEN if grade == BROKEN and not sure else grade
            words = "its licence is not known" if duty == UNKNOWN else clause(duty)
            made.append(Inherits(duty.licence or "not known", ASKS[duty.asks], words, _OUTCOME[grade], sure, path))
    return made


def _path(given: Inherited, walk: Walk, state: int, names: list[str | None]) -> tuple[Hop, ...]:
    size, hops = given.graph.size, list[Hop]()
    while (edge := int(walk.edge[np.searchsorted(walk.states, state)])) >= 0 and len(hops) < 64:
        state = int(given.begin[edge])
        relation = given.graph.relations[int(given.relation[edge]) % len(given.graph.relations)]
        stated = given.sets[int(given.holds[state % size])]
        said = "not known" if stated is None else ", ".join(stated) or "none stated"
        hops.append(Hop(relation, names[state % size], said if names[state % size] else WITHHELD))
    return tuple(hops)


def _gravity(one: Inherits) -> tuple[int, int, str]:
    return ("broken", "not clear", "kept").index(one.outcome), list(ASKS.values()).index(one.asks), one.licence


def _ids(found: list[str] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(found)
