"""What the index holds of one artifact: facts, each with where it stands and when it was seen, and how they changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headgate.label_text import shown
from headgate.plain import plain
from headgate.refs import HF_ID
from headgate.report.words import counted_over
from headgate.shapes import Db
from headgate.web.hidden import WITHHELD

WIDTH = 160  # characters of a text
LISTED = 12  # of a list of texts
STEPS = 60  # observations that are told
_CARD, _HUB, _PAGE = "model card", "hub's own field", "hub's own count"
# column, what it is called, where it stands
FIELDS = (
    ("name", "Name", _HUB), ("author", "Account", _HUB), ("created", "First published", _HUB),
    ("modified", "Last changed", _HUB), ("sha", "Commit", _HUB), ("pipeline", "Task", _HUB),
    ("library", "Library", _HUB),
    ("architecture", "Architecture", "config.json or a weight file's header"),
    ("parameters", "Weights", "a weight file's header"), ("downloads", "Downloads", _PAGE), ("likes", "Likes", _PAGE),
    ("gated", "Gate", _HUB), ("nsfw", "Marked as adult", "hub's own flag"), ("tags", "Tags", _HUB),
    ("has_card", "Card", "what was collected"), ("base_models", "Declared parents", _CARD),
    ("base_relation", "Declared relation", _CARD), ("adapter_base", "Base of the adapter", "adapter_config.json"),
    ("file_bases", "Parents named in files", "a GGUF header"), ("base_family", "Base family", _HUB),
    ("datasets", "Declared training data", _CARD), ("version_of", "Version of", _HUB),
    ("commercial_use", "Commercial use", "hub's own terms"),
)  # fmt: skip
# columns in which people write what others are called
NAMING = ("base_models", "adapter_base", "file_bases", "datasets", "tags")
_ID = re.compile(HF_ID, re.ASCII)
_NAMES = re.compile(r"(base_model|dataset)s?:")
_WITHHELD = """
SELECT n.folded FROM shelf.nodes AS n SEMI JOIN (
    SELECT m.id FROM shelf.node_names AS m JOIN (SELECT unnest($refs::VARCHAR[]) AS ref) ON m.hash = hash(ref)
) USING (id) WHERE n.withheld
"""
_CHANGED = (("name", "name"), ("sha", "commit"), ("modified", "last change"), ("licences", "licences"),
            ("gated", "gate"), ("base_models", "declared parents"))  # fmt: skip
_SEEN = (
    "observed",
    "name",
    "sha",
    "modified",
    "licences",
    "downloads",
    "downloads_window",
    "gated",
    "base_models",
    "gone",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in words: None where the record says nothing of it. `source` is where it stands."""

    name: str
    value: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """One observation: when, downloads as counted then, what had changed since the one before, whether it was gone."""

    observed: datetime
    downloads: int | None
    window: str | None
    gone: bool
    changes: tuple[str, ...]


def row_of(db: Db, id_: int) -> dict[str, Any]:
    """All columns of the artifact with that `id` in the index."""
    found = db.execute("SELECT * FROM shelf.artifacts WHERE id = ?", [id_])
    row = dict(zip([column[0] for column in found.description or ()], found.fetchall()[0], strict=True))
    return row | {column: nameable(db, row[column], tags=column == "tags") for column in NAMING}


def nameable(db: Db, value: str | list[str] | None, *, tags: bool = False) -> list[str] | None:
    """The ids of other artifacts in `value` that may be named; anything else, such as a free text, as 'withheld'.

    Of `tags` those that name no artifact are left as they are.
    """
    if value is None:
        return None
    texts = [value] if isinstance(value, str) else value
    bare = {text: text.rpartition(":")[2] if _NAMES.match(text) else text for text in texts}
    refs = {f"hf:{kind}:{id_}".lower() for id_ in bare.values() for kind in ("model", "dataset")}
    rows = db.execute(_WITHHELD, {"refs": sorted(refs)}).fetchall()
    hidden = {folded.split(":", 2)[2] for (folded,) in rows}
    return [
        text if (tags and not _NAMES.match(text)) or (_ID.fullmatch(id_) and id_.lower() not in hidden) else WITHHELD
        for text, id_ in bare.items()
    ]


def facts(row: dict[str, Any]) -> tuple[Fact, ...]:
    """The facts of an artifact in a fixed order, those that its record does not give last."""
    made = [Fact(words, _told(row, column), source) for column, words, source in FIELDS]
    dataset = row["kind"] == "dataset"
    kept = [
        Fact(one.name, one.value, "dataset card" if dataset and one.source == _CARD else one.source) for one in made
    ]
    return tuple(sorted(kept, key=lambda one: one.value is None))


def history(db: Db, row: dict[str, Any]) -> tuple[Step, ...]:
    """Every observation, the newest first, at most `STEPS`; one alone where it was seen once."""
    sql = f"SELECT {', '.join(_SEEN)} FROM shelf.history WHERE id = ? ORDER BY observed"
    found = [dict(zip(_SEEN, one, strict=True)) for one in db.execute(sql, [row["id"]]).fetchall()]
    for one in found:
        one["base_models"] = nameable(db, one["base_models"])
    steps, last = [], dict[str, Any]()
    for one in found or [{name: row[name] for name in _SEEN}]:
        told = _changes(last, one)
        steps.append(Step(one["observed"], one["downloads"], one["downloads_window"], bool(one["gone"]), told))
        last = last if one["gone"] else one
    return tuple(steps[: -STEPS - 1 : -1])


def _changes(before: dict[str, Any], now: dict[str, Any]) -> tuple[str, ...]:
    if now["gone"]:
        return ("its hub has it no more",)
    if not before:
        return ("first seen",)
    told = [
        f"{words}: {_value(before[column]) or 'none'} → {_value(now[column]) or 'none'}"
        for column, words in _CHANGED
        if before[column] != now[column]
    ]
    return tuple(told)


def _told(row: dict[str, Any], column: str) -> str | None:
    value = row[column]
    if column == "has_card":
        return {True: "seen", False: "seen to be missing", None: None}[value]
    told = _value(value)
    if column == "downloads" and told is not None:
        return f"{told} ({counted_over(row['downloads_window'])})"
    return told


def _value(value: object) -> str | None:
    if value is None or value == []:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        more = f" and {len(value) - LISTED} more" if len(value) > LISTED else ""
        return ", ".join(shown(one, 60) for one in value[:LISTED]) + more
    return plain(shown(value, WIDTH), WIDTH)
