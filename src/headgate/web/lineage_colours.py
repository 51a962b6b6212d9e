"""What the nodes of a lineage can be coloured by: relation, licence, a finding, a probability or a grade.

Sensitive checks are not in the index, so none can be chosen. Each colour has a shape of its own and a line in a key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate.errors import UsageError
from headgate.plain import plain
from headgate.shapes import Db
from headgate.web.lineage_facts import Fact
from headgate.web.snapshot import Snapshot

LISTED = 8  # categories with a colour of their own
BINS = 5  # of a probability
UNKNOWN, OTHER = "unknown", "other"
_CHECKS = """
SELECT "check", bool_and(value IN (0, 1)) FROM shelf.findings WHERE value IS NOT NULL GROUP BY 1
HAVING min(value) >= 0 AND max(value) <= 1 ORDER BY 1
"""
_VALUES = """
SELECT f.id, f.value FROM shelf.findings AS f SEMI JOIN wanted USING (id) WHERE f."check" = ? AND coalesce(f.n, 1) > 0
"""
_GRADES = "SELECT d.id, d.decision FROM shelf.decisions AS d SEMI JOIN wanted USING (id) WHERE d.control = ?"


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the key: what has this `tone` (a colour with its shape), and how many of the nodes drawn do."""

    label: str
    tone: str
    count: int


@dataclass(frozen=True, slots=True)
class Colour:
    """What nodes are coloured by; `of` holds for each the place of its key, -1 for a group."""

    by: str
    title: str
    note: str
    keys: tuple[Key, ...]
    of: list[int]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to colour by: its value in an address, its name, and the sort that it stands under."""

    value: str
    name: str
    sort: str


def choices(snapshot: Snapshot, db: Db) -> tuple[Choice, ...]:
    """All that can be chosen."""

    def read() -> tuple[Choice, ...]:
        found = [Choice("relation", "Relation", "The link"), Choice("known", "How the link is known", "The link"),
                 Choice("licence", "Licence", "The artifact"), Choice("kind", "Kind", "The artifact")]  # fmt: skip
        rows = db.execute(_CHECKS).fetchall()
        found += [Choice(f"check:{name}", _words(name), "Found or not") for name, flags in rows if flags]
        found += [Choice(f"check:{name}", _words(name), "Probability") for name, flags in rows if not flags]
        controls = db.execute("SELECT DISTINCT control FROM shelf.decisions ORDER BY 1").fetchall()
        return (*found, *(Choice(f"control:{name}", _words(name), "Decision or grade") for (name,) in controls))

    return snapshot.kept.once("lineage colours", read)


def _words(name: str) -> str:
    words = plain(name, 60).replace("_", " ").replace(".", ": ")
    return words[:1].upper() + words[1:]


def coloured(
    snapshot: Snapshot, db: Db, by: str, known: Sequence[Fact], relations: Sequence[str], hows: Sequence[str]
) -> Colour:
    """The colours of nodes with the facts `known`, linked to the first by `relations`, known in the ways `hows`.

    A group has the relation '' and no colour. Raises `UsageError` where there is nothing like `by`.
    """
    chosen = {one.value: one for one in choices(snapshot, db)}.get(by)
    if chosen is None:
        msg = (
            f"nothing to colour by is called {plain(by, 60)!r}. Write relation, licence, or check: and a check's name."
        )
        raise UsageError(msg)
    groups = [how == "group" for how in hows]
    if by == "relation":
        values = [name or "asked for" for name in relations]
        return _categories(by, "Relation", "of the link towards the first", values, groups, named=True)
    if by == "known":
        values = [how or "asked for" for how in hows]
        return _categories(by, "How the link is known", "", values, groups)
    if by in ("licence", "kind"):
        got = [getattr(fact, by) for fact in known]
        unknown = ["withheld" if f.withheld else "not collected" if f.artifact is None else "not stated" for f in known]
        plainly = [None if value == "not stated" else value for value in got]
        return _categories(by, chosen.name, "as declared" if by == "licence" else "", plainly, groups, unknown=unknown)
    name = by.partition(":")[2]
    ids = np.array([fact.artifact for fact in known if fact.artifact is not None], np.int32)
    db.register("wanted", {"id": ids})
    said: dict[int, Any] = dict(db.execute(_VALUES if by.startswith("check:") else _GRADES, [name]).fetchall())
    db.unregister("wanted")
    of = [None if fact.artifact is None else said.get(fact.artifact) for fact in known]
    if chosen.sort == "Found or not":
        return _flags(by, chosen.name, of, groups)
    if chosen.sort == "Probability":
        return _bins(by, chosen.name, of, groups)
    return _categories(by, chosen.name, "", of, groups, unknown=["no grade"] * len(of))


def _made(by: str, title: str, note: str, labels: Sequence[tuple[str, str]], places: list[int]) -> Colour:
    counts = Counter(places)
    return Colour(by, title, note, tuple(Key(label, tone, counts[n]) for n, (label, tone) in enumerate(labels)), places)


def _categories(
    by: str, title: str, note: str, values: Sequence[Any], groups: Sequence[bool], *,
    unknown: Sequence[str] | None = None, named: bool = False,
) -> Colour:  # fmt: skip
    """The most frequent values with a tone each, the others with one together, and what is not known with another.

    With `named` each value is the name of its tone, and none is left out.
    """
    drawn = [value for value, group in zip(values, groups, strict=True) if not group]
    ranked = [
        value
        for value, _ in sorted(Counter(v for v in drawn if v is not None).items(), key=lambda i: (-i[1], str(i[0])))
    ]
    own = ranked if named else ranked[:LISTED]
    labels = [(str(value), str(value).replace(" ", "-") if named else f"c{n}") for n, value in enumerate(own)]
    place: dict[object, int] = {value: n for n, value in enumerate(own)}
    if len(ranked) > len(own):
        labels.append((f"{len(ranked) - len(own)} others", OTHER))
        place |= dict.fromkeys(ranked[len(own) :], len(labels) - 1)
    places = []
    missing: dict[str, int] = {}
    for n, (value, group) in enumerate(zip(values, groups, strict=True)):
        if not group and value is None:
            why = unknown[n] if unknown else "not known"
            if why not in missing:
                missing[why] = len(labels)
                labels.append((why, UNKNOWN))
            places.append(missing[why])
        else:
            places.append(-1 if group else place[value])
    return _made(by, title, note, labels, places)


def _flags(by: str, title: str, values: Sequence[float | None], groups: Sequence[bool]) -> Colour:
    labels = [("found", "yes"), ("looked at, not found", "no"), ("not looked at, or could not tell", UNKNOWN)]
    places = [
        -1 if group else 2 if v is None else 0 if v >= 0.5 else 1 for v, group in zip(values, groups, strict=True)
    ]
    return _made(by, title, "each as the check of this name says", labels, places)


def _bins(by: str, title: str, values: Sequence[float | None], groups: Sequence[bool]) -> Colour:
    labels = [(f"{n / BINS:.1f} to {(n + 1) / BINS:.1f}", f"p{n}") for n in range(BINS)]
    labels.append(("not looked at, or could not tell", UNKNOWN))
    places = [
        -1 if group else BINS if v is None else min(int(v * BINS), BINS - 1)
        for v, group in zip(values, groups, strict=True)
    ]
    return _made(by, title, "the larger the node, the more likely", labels, places)
