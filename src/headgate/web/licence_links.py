"""Licences along the links of the index: a matrix of parent and child, how they change from step to step, conflicts.

Of several licences that an artifact declares the first is counted. Made once for a snapshot, as arrays over the nodes
of its lineage.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.graph import Ints
from headgate.licences.compare import agree, looser
from headgate.licences.resolve import resolve, states_nothing
from headgate.plain import plain
from headgate.report.shapes import Share
from headgate.report.shares import share_of
from headgate.shapes import Db
from headgate.web.snapshot import Snapshot

TOP = 15  # licences that have a row and a column of their own
OTHERS, UNSTATED = "others", "not stated"
NONE, KEPT, UNCLEAR, CONFLICT = -1, 0, 1, 2  # what licence_conflict says of a child
VERDICTS = {"conflict": CONFLICT, "unclear": UNCLEAR, "kept": KEPT}
CHECK = "licence_conflict"
# One work under two names, or in versions, is no step; neither is data that something was trained on.
ONE_WORK = ("version_of", "renamed", "copy")
DATA = "trained_on"
_CODED = """
CREATE OR REPLACE TEMP TABLE licence_codes AS
SELECT unnest($names::VARCHAR[]) AS licence, unnest(range(len($names)))::INTEGER AS code
"""
_LINKED = """
SELECT a.id, n.id AS node, l.code, a.depicts_person AS person FROM shelf.nodes AS n
JOIN shelf.artifacts AS a ON a.id = n.artifact JOIN licence_codes AS l USING (licence)
"""
_FOUND = """
SELECT id, (CASE WHEN value IS NULL THEN 1 WHEN value >= 0.5 THEN 2 ELSE 0 END)::TINYINT AS verdict
FROM shelf.findings WHERE "check" = ?
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """Links from a parent's licence to a child's, and what is said of the children: in conflict, kept, not clear.

    The rest of the `links` lead to a child that licence_conflict did not look at.
    """

    parent: str
    child: str
    links: int
    conflict: int
    kept: int
    unclear: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """The links between artifacts that are both here, one for each pair; `names` are its rows and columns, in order.

    Cells without a link are left out. `one_end` links have an end that is not in the workspace.
    """

    names: tuple[str, ...]
    cells: tuple[Cell, ...]
    links: int
    one_end: int


@dataclass(frozen=True, slots=True)
class Change:
    """Steps of a relation whose two ends declare known licences: how often it changes, and which way.

    `more` go to one that allows more use, `less` to one that allows less; the other changes keep the use or their use
    is not known.
    """

    relation: str
    changed: Share
    more: Share
    less: Share


@dataclass(frozen=True, slots=True)
class Links:
    """What is kept for a snapshot: for each node the artifact (-1: none), its licence's place in `names`, the verdict.

    `parent` and `child` are the nodes of each link of the matrix.
    """

    names: tuple[str, ...]
    artifact: Ints
    code: Ints
    verdict: npt.NDArray[np.int8]
    person: npt.NDArray[np.bool_]
    parent: Ints
    child: Ints
    matrix: Matrix
    changes: tuple[Change, ...]


def links(snapshot: Snapshot) -> Links:
    """The links of `snapshot`, worked out the first time they are asked for."""
    return snapshot.kept.once("licence links", lambda: _links(snapshot))


def conflicts(given: Links, parent: str, child: str, verdict: str) -> tuple[Ints, int]:
    """Artifacts of that verdict with a link from `parent` to `child` licences (empty: any), and how many are persons'.

    In the order of their ids; those that depict a real person are counted only.
    """
    at = given.verdict[given.child] == VERDICTS[verdict]
    for name, ends in ((parent, given.parent), (child, given.child)):
        if name:
            wanted = given.names.index(name) if name in given.names else -2
            at &= given.code[ends] == wanted
    flags = np.zeros(len(given.artifact), bool)
    flags[given.child[at]] = True
    nodes = np.flatnonzero(flags)
    person = given.person[nodes]
    return np.sort(given.artifact[nodes[~person]]), int(person.sum())


def _links(snapshot: Snapshot) -> Links:
    db, graph = snapshot.cursor(), snapshot.graph
    names, artifact, code, verdict, person = _nodes(db, graph.size)
    relation = graph.relation
    left_out = [n for n, name in enumerate(graph.relations) if name in ONE_WORK]
    steps = ~np.isin(relation, left_out)
    parent, child, relation = graph.parent[steps], graph.child[steps], relation[steps]
    here = (code[parent] >= 0) & (code[child] >= 0)
    # edges lie sorted by parent, then child: one pair by several relations or methods is one link
    first = np.ones(len(parent), bool)
    first[1:] = (np.diff(parent) != 0) | (np.diff(child) != 0)
    one_end = int((first & ~here).sum())
    matrix = _matrix(names, code, verdict, parent[first & here], child[first & here], one_end)
    changes = _changes(names, code, graph.relations, parent[here], child[here], relation[here], _day(snapshot))
    return Links(names, artifact, code, verdict, person, parent[first & here], child[first & here], matrix, changes)


def _nodes(db: Db, size: int) -> tuple[tuple[str, ...], Ints, Ints, npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
    sql = "SELECT licence FROM shelf.artifacts GROUP BY licence ORDER BY count(*) DESC, licence"
    names = [row[0] for row in db.execute(sql).fetchall()]
    db.execute(_CODED, {"names": names})
    rows, found = db.execute(_LINKED).fetchnumpy(), db.execute(_FOUND, [CHECK]).fetchnumpy()
    db.execute("DROP TABLE temp.licence_codes")
    node, number = (np.asarray(rows[name], np.int32) for name in ("node", "id"))
    artifact, code = np.full(size, -1, np.int32), np.full(size, -1, np.int32)
    verdict, person = np.full(size, NONE, np.int8), np.zeros(size, bool)
    artifact[node], code[node], person[node] = number, np.asarray(rows["code"]), np.asarray(rows["person"])
    said, of = np.asarray(found["verdict"], np.int8), np.asarray(found["id"], np.int32)
    by_artifact = np.full(int(max(number.max(initial=0), of.max(initial=0))) + 1, NONE, np.int8)
    by_artifact[of] = said
    verdict[node] = by_artifact[number]
    return tuple(names), artifact, code, verdict, person


def _matrix(
    names: tuple[str, ...], code: Ints, verdict: npt.NDArray[np.int8], parent: Ints, child: Ints, one_end: int
) -> Matrix:
    ends = np.bincount(np.concatenate([code[parent], code[child]]), minlength=len(names))
    if UNSTATED in names:
        ends[names.index(UNSTATED)] = 0  # it comes last
    top = [n for n in np.argsort(-ends, kind="stable")[:TOP].tolist() if ends[n]]
    rows = [names[n] for n in top] + [OTHERS] + ([UNSTATED] if UNSTATED in names else [])
    place = np.full(len(names), len(top))
    place[top] = np.arange(len(top))
    if UNSTATED in names:
        place[names.index(UNSTATED)] = len(top) + 1
    size = len(rows)
    flat = (place[code[parent]] * size + place[code[child]]) * 4 + verdict[child] + 1
    table = np.bincount(flat, minlength=size * size * 4).reshape(size, size, 4)
    used = [n for n in range(size) if table[n].any() or table[:, n].any()]
    shown = [plain(name, 40) for name in rows]
    cells = [
        Cell(shown[p], shown[c], int(table[p, c].sum()), int(table[p, c, 3]), int(table[p, c, 1]), int(table[p, c, 2]))
        for p in used for c in used if table[p, c].any()
    ]  # fmt: skip
    return Matrix(tuple(shown[n] for n in used), tuple(cells), len(parent), one_end)


def _changes(
    names: tuple[str, ...], code: Ints, relations: tuple[str, ...], parent: Ints, child: Ints, relation: Ints, day: str
) -> tuple[Change, ...]:
    known = {n: ids for n, name in enumerate(names) if not states_nothing(name) and (ids := resolve(name))}
    able = np.zeros(len(names), bool)
    able[list(known)] = True
    step = (
        able[code[parent]] & able[code[child]] & ~np.isin(relation, [n for n, r in enumerate(relations) if r == DATA])
    )
    size = len(names)
    flat = (relation[step].astype(np.int64) * size + code[parent[step]]) * size + code[child[step]]
    found, number = np.unique(flat, return_counts=True)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one, times in zip(found.tolist(), number.tolist(), strict=True):
        pair, to = divmod(one, size)
        kind, came = divmod(pair, size)
        way = _way(known[came], known[to])
        for name in ("all of them", relations[kind]):
            counts[name]["steps"] += times
            counts[name][way] += times
    ordered = sorted(counts.items(), key=lambda pair: (pair[0] == "all of them", -pair[1]["steps"]))
    return tuple(_change(name, n, day) for name, n in ordered)


def _way(came: tuple[str, ...], to: tuple[str, ...]) -> str:
    if agree(came, to):
        return "same"
    return "more" if looser(to, came) else "less" if looser(came, to) else "changed"


def _change(name: str, n: Counter[str], day: str) -> Change:
    source = f"links of {name} between artifacts that both declare known licences"
    changed = n["more"] + n["less"] + n["changed"]
    shares = (share_of(found, n["steps"], day, source) for found in (changed, n["more"], n["less"]))
    return Change(plain(name, 40), *shares)


def _day(snapshot: Snapshot) -> str:
    return str(snapshot.summary["observed_to"] or snapshot.summary["date"])
