"""ClaimReview records of fact checkers: JSON or JSON lines, one record, a list, a graph or a data feed.

What is not one is counted with the place where it stands. No text of a record is kept in what is reported.
Reference: ClaimReview of schema.org.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from headgate.errors import BadInput, UsageError
from headgate.headers import open_regular
from headgate.plain import plain

MOST = 200_000_000  # bytes of a file
LONGEST = 2_000  # characters of one field that are read
_DEEPEST = 8  # lists in lists
_KINDS = ("ImageObject", "VideoObject", "AudioObject", "MediaObject")
_TEXTS = ("claimReviewed", "headline", "name", "description", "reviewBody", "text")
_INSIDE = ("@graph", "dataFeedElement", "itemListElement", "item")  # where feeds keep their records


@dataclass(frozen=True, slots=True)
class Claim:
    """A record that can be read: its words, its verdict's too; `made` is None where it has no usable date.

    `media`: it names a picture, a video or a sound as what was reviewed.
    """

    text: str
    made: date | None
    media: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be used: where it stands in the file, and why."""

    where: str
    why: str


def read(path: Path) -> list[Claim | Rejected]:
    """The records of the file at `path`, in their order.

    Raises `UsageError` where there is no such file, `BadInput` where it is too large or holds nothing.
    """
    text = _text(path)
    try:
        found = list(_walk(json.loads(text), "", 0))
    except (ValueError, RecursionError):
        found = [one for n, line in enumerate(text.split("\n"), 1) if line.strip() for one in _line(line, f"line {n}")]
    if not found:
        msg = f"{plain(path)} holds no record. Name a file of ClaimReview records, as JSON or JSON lines."
        raise BadInput(msg)
    seen: set[tuple[object, ...]] = set()
    return [
        _claim(record, where, seen) if isinstance(record, dict) else Rejected(where, why)
        for record, where, why in found
    ]


def _text(path: Path) -> str:
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_size > MOST:
                msg = f"{plain(path)} has more than {MOST:,} bytes. Split it."
                raise BadInput(msg)
            return file.read(MOST).decode("utf-8-sig", "replace")
    except OSError as error:
        msg = f"cannot read {plain(path)} ({error.strerror}). Name a file of ClaimReview records."
        raise UsageError(msg) from error


def _line(line: str, where: str) -> Iterator[tuple[Any, str, str]]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        yield None, where, "not JSON"
        return
    yield from _walk(given, where, 0)


def _walk(given: Any, where: str, depth: int) -> Iterator[tuple[Any, str, str]]:
    """Each record within `given` with its place, and why it is none where it is no object."""
    if depth > _DEEPEST:
        yield None, where or "record 1", "nested too deeply"
        return
    if isinstance(given, list):
        for number, one in enumerate(given, 1):
            yield from _walk(one, f"{where}.{number}" if where else f"record {number}", depth + 1)
        return
    if not isinstance(given, dict):
        yield None, where or "record 1", "not an object"
        return
    inside = [given[key] for key in _INSIDE if isinstance(given.get(key), list | dict)]
    if inside and not _is_review(given):
        for one in inside:
            yield from _walk(one, where, depth + 1)
        return
    yield given, where or "record 1", ""


def _claim(record: dict[str, Any], where: str, seen: set[tuple[object, ...]]) -> Claim | Rejected:
    if not _is_review(record):
        return Rejected(where, "not a ClaimReview")
    ratings = _each(record.get("reviewRating"))
    verdict = [rating.get("alternateName") for rating in ratings if isinstance(rating, dict)]
    texts = [_words(value) for value in (*(record.get(name) for name in _TEXTS), *verdict)]
    if not any(texts):
        return Rejected(where, "no text to read")
    text = "\n".join(one for one in texts if one)
    key = (_words(record.get("url")), text)
    if key in seen:
        return Rejected(where, "the same record again")
    seen.add(key)
    return Claim(text, _date(record.get("datePublished")), _shows(record))


def _is_review(record: dict[str, Any]) -> bool:
    kinds = [str(kind).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for kind in _each(record.get("@type"))]
    return "ClaimReview" in kinds or (not kinds and "claimReviewed" in record)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _words(value: Any) -> str:
    """The text of a field: a text, an object with @value, or a list of these."""
    parts = [one.get("@value") if isinstance(one, dict) else one for one in _each(value)]
    return " ".join(part[:LONGEST] for part in parts if isinstance(part, str)).strip()[:LONGEST]


def _date(value: Any) -> date | None:
    text = _words(value)[:10]
    try:
        made = date.fromisoformat(text) if len(text) == len("2026-11-21") else None
    except ValueError:
        return None
    return made if made and 1990 <= made.year <= 2200 else None


def _shows(record: dict[str, Any]) -> bool:
    things = [one for name in ("itemReviewed", "associatedMedia") for one in _objects(record.get(name))]
    things += [
        one for thing in things for name in ("appearance", "firstAppearance") for one in _objects(thing.get(name))
    ]
    return any(str(kind).rsplit("/", 1)[-1] in _KINDS for thing in things for kind in _each(thing.get("@type")))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in _each(value) if isinstance(one, dict)]
