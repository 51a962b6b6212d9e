"""What one artifact was made from, over all steps, with the licences declared at each.

Every parent is walked once, by the surest and then the shortest way. What each relation passes on is a row of
`data/licence_inheritance.csv` (`*`); a relation that it leaves out is not settled. For all artifacts at once see
`licences.inherit`.
"""

from __future__ import annotations

from typing import NamedTuple

from headgate import tables
from headgate.licences import stated, text
from headgate.shapes import Db

_STEPS = 30  # far more than any lineage has
_MOST = 5_000  # artifacts of one chain
_SHOWN = 8  # steps of a path in words


class Node(NamedTuple):
    """An artifact of a chain: whether it surely passes its terms on, the way to it, its licences, and what is known.

    `licences` is None where one is stated that nobody knows or the artifact was never seen, () where none is stated;
    `known` then says which. `path` is empty at the artifact asked for.
    """

    ref: str
    sure: bool
    path: str
    licences: tuple[str, ...] | None
    known: str


def upstream(db: Db, ref: str, *, data: bool = True) -> tuple[list[Node], bool]:
    """The artifact `ref` and all that it was made from; and whether the walk was cut short.

    What surely passes its terms on comes first, and of that what is nearest.

    Without `data` the edges to training data are left out. Cycles and parents nobody collected are coped with.
    """
    edges, cut = _edges(db, _spelled(db, ref), data)
    settled = {row["relation"] for row in tables.rows("licence_inheritance.csv") if row["asks"] == "*"
               and row["inherits"] == "yes"}  # fmt: skip
    start = _spelled(db, ref)
    ways = _ways({child: [p for p in parents if p[1] in settled] for child, parents in edges.items()}, {start: ()})
    sure = set(ways)
    ways = _ways(edges, ways)
    declared = _declared(db, list(ways))
    return [
        Node(
            node, node in sure, _path(way), *declared.get(node, (None, "nothing is known of what was never collected"))
        )
        for node, way in ways.items()
    ], cut


Way = tuple[tuple[str, str], ...]


def _edges(db: Db, start: str, data: bool) -> tuple[dict[str, list[tuple[str, str]]], bool]:
    found: dict[str, list[tuple[str, str]]] = {}
    front, seen = [start], {start}
    for _ in range(_STEPS):
        rows = db.execute(
            "SELECT DISTINCT child, parent, relation FROM edges WHERE child IN (SELECT unnest($front::VARCHAR[])) "
            "AND ($data OR relation <> 'trained_on') ORDER BY ALL",
            {"front": front, "data": data},
        ).fetchall()
        for child, parent, relation in rows:
            found.setdefault(child, []).append((parent, relation))
        front = list(dict.fromkeys(parent for _, parent, _ in rows if parent not in seen))
        seen.update(front)
        if not front or len(seen) > _MOST:
            break
    return found, bool(front)


def _ways(edges: dict[str, list[tuple[str, str]]], begun: dict[str, Way]) -> dict[str, Way]:
    ways, front = dict(begun), list(begun)
    while front:
        reached = []
        for child in front:
            for parent, relation in edges.get(child, []):
                if parent not in ways:
                    ways[parent] = (*ways[child], (relation, parent))
                    reached.append(parent)
        front = reached
    return ways


def _path(way: Way) -> str:
    shown = "".join(f" <-{relation}- {parent}" for relation, parent in way[:_SHOWN])
    return shown + (f" ... {way[-1][1]}" if len(way) > _SHOWN else "")


def _spelled(db: Db, ref: str) -> str:
    rows = db.execute(
        "SELECT ref FROM artifacts WHERE folded(ref) = folded($ref) ORDER BY ref <> $ref, ref LIMIT 1", {"ref": ref}
    ).fetchall()
    return str(rows[0][0]) if rows else ref


def _declared(db: Db, nodes: list[str]) -> dict[str, tuple[tuple[str, ...] | None, str]]:
    rows = db.execute(
        "SELECT ref, licences, licence_name, licence_link, licence_text, has_card FROM artifacts "
        "WHERE ref IN (SELECT unnest($nodes::VARCHAR[]))",
        {"nodes": nodes},
    ).fetchall()
    found: dict[str, tuple[tuple[str, ...] | None, str]] = {}
    for ref, licences, name, link, words, card in rows:
        ids = stated.declared(licences or (), name, link)
        if not licences and words:
            ids = [one.id for one in text.in_text(words)] or None
        known = "nobody knows the licence" if ids is None else "no licence is stated" if card else "no card was seen"
        found[ref] = (None if ids is None else tuple(ids), known)
    return found
