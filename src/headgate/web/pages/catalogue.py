"""The catalogue: artifacts by id, author, licence, kind, family, date and finding; never by a person's name.

What is marked as depicting a real person is counted as a whole and not listed. A page goes on where the one before it
ended, so that the thousandth costs what the first does.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from headgate import person_words
from headgate.evidence.intervals import UNDER, small
from headgate.plain import csv_cell, plain
from headgate.report.shapes import Cell
from headgate.shapes import Db
from headgate.web import answers, columns, search
from headgate.web.snapshot import Snapshot
from headgate.web.words import address

router = APIRouter()

SHOWN = 50  # artifacts of a page
EXPORTED = 10_000  # rows of a CSV
WIDTH = 200  # characters of a hub's text
_ALL = search.Asked(sort="")
_FIELDS = (*(field.name for field in fields(search.Asked)), "after")
_EPOCH = datetime(1970, 1, 1)  # a moment without a zone, as DuckDB gives them
_PEOPLE = person_words.terms("likeness", "likeness-tag")
Sort: TypeAlias = Literal["downloads", "newest", "likes", "derived", "name"]
Text: TypeAlias = Annotated[str, Query(max_length=200)]
Day: TypeAlias = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class Row:
    """One artifact of the list, and the address of its page; `gone` since when its hub has it no more."""

    ref: str
    name: str | None
    hub: str
    kind: str
    author: str | None
    licence: str
    family: str | None
    pipeline: str | None
    created: datetime | None
    downloads: int | None
    window: str | None
    likes: int | None
    derived: int
    gone: datetime | None
    address: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet, how many of those found have it, and the address that asks for it (or no more)."""

    value: str
    count: int
    chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value that was asked for, and the address that asks for everything else but it."""

    facet: str
    value: str
    address: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A page of the list: how many there are in all, the place of its first row, where the next page begins.

    `others` says how many values each facet has beyond those shown. `depict_a_person` counts what is not listed in the
    whole workspace, and only where nothing is asked: of a part it could tell of a single artifact. `asks_for_people`
    where the words are such as speak of depicted people.
    """

    asked: search.Asked
    found: int
    begin: int
    depict_a_person: Cell | None
    asks_for_people: bool
    chosen: tuple[Chosen, ...]
    rows: tuple[Row, ...]
    facets: dict[str, tuple[Value, ...]]
    others: dict[str, int]
    next: str | None
    first: str


def wanted(
    q: Text = "", kind: Text = "", hub: Text = "", licence: Text = "", family: Text = "", author: Text = "",
    pipeline: Text = "", year: Day = "", finding: Text = "", since: Day = "", until: Day = "", sort: Sort = "downloads",
) -> search.Asked:  # fmt: skip
    """What the query of an address asks for."""
    return search.Asked(q.strip(), kind, hub, licence, family, author, pipeline, year, finding, since, until, sort)


Wanted: TypeAlias = Annotated[search.Asked, Depends(wanted)]


@router.get("/catalogue", responses=answers.twin(Catalogue), response_model=None, summary="Search artifacts")
def page(request: Request, asked: Wanted, after: Day = "") -> Response:
    """Artifacts that have all that is asked for, 50 a page."""
    return answers.answer(request, "catalogue.html.j2", read(answers.snapshot(request), asked, after))


@router.get("/catalogue.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def export(request: Request, asked: Wanted) -> Response:
    """The first 10,000 of them as CSV."""
    request.app.state.exports.take(request.client.host if request.client else "")
    snapshot = answers.snapshot(request)
    held, db = columns.of(snapshot), snapshot.cursor()
    ids, _, _ = search.page(held, search.hits(held, asked), asked.sort, "", EXPORTED)
    names = [name for name in Row.__dataclass_fields__ if name not in ("gone", "address")]
    lines = [",".join(names), *(_line([getattr(row, name) for name in names]) for row in _rows(held, db, ids))]
    headers = {"Content-Disposition": 'attachment; filename="catalogue.csv"'}
    return Response("\n".join(lines) + "\n", media_type="text/csv; charset=utf-8", headers=headers)


def _line(values: list[object]) -> str:
    cells = ["" if value is None else csv_cell(value).replace('"', '""') for value in values]
    return ",".join(f'"{cell}"' if set(cell) & set(',"') else cell for cell in cells)


def read(snapshot: Snapshot, asked: search.Asked, after: str = "") -> Catalogue:
    """The page of what is `asked` that begins `after` a place in it. Raises `UsageError` for what cannot be asked."""
    return snapshot.kept.once(("catalogue", asked, after), lambda: _read(snapshot, asked, after))


def _read(snapshot: Snapshot, asked: search.Asked, after: str) -> Catalogue:
    held, db = columns.of(snapshot), snapshot.cursor()
    narrowed = replace(asked, sort="")
    ids = search.hits(held, asked)
    counted = snapshot.kept.once(("values", narrowed), lambda: search.values(held, ids))
    shown, before, following = search.page(held, ids, asked.sort, after, SHOWN)
    return Catalogue(
        asked=asked, found=len(ids), begin=before + 1, depict_a_person=_withheld(held) if narrowed == _ALL else None,
        asks_for_people=person_words.has(asked.q, _PEOPLE), chosen=_chosen(asked), rows=tuple(_rows(held, db, shown)),
        facets={name: tuple(_value(asked, name, *pair) for pair in pairs) for name, (pairs, _) in counted.items()},
        others={name: others for name, (_, others) in counted.items()},
        next=_address(asked, after=following) if following else None, first=_address(asked),
    )  # fmt: skip


def _withheld(held: columns.Columns) -> Cell:
    count = int(np.count_nonzero(~held.listed))
    return UNDER if small(count) else count


def _chosen(asked: search.Asked) -> tuple[Chosen, ...]:
    given = [(name, getattr(asked, name)) for name in search.FACETS]
    return tuple(Chosen(name, plain(value, WIDTH), _address(asked, **{name: ""})) for name, value in given if value)


def _rows(held: columns.Columns, db: Db, ids: search.Hits) -> list[Row]:
    """The artifacts `ids` in that order: their texts from the index, everything else from the arrays."""
    sql = (
        "SELECT id, ref, CASE WHEN NOT starts_with(ref, 'hf:') THEN name END, gone_since FROM shelf.artifacts "
        "WHERE id IN (SELECT unnest($ids))"
    )
    texts = {row[0]: row[1:] for row in db.execute(sql, {"ids": ids.tolist()}).fetchall()}
    return [_row(held, number, *texts[number]) for number in ids.tolist()]


def _row(held: columns.Columns, at: int, ref: str, name: str | None, gone: datetime | None) -> Row:
    of = {key: _plain(facet.value(int(facet.codes[at]))) for key, facet in held.facets.items()}
    is_ = {key: _known(int(numbers[at]), held.unknown[key]) for key, numbers in held.numbers.items()}
    created = None if is_["newest"] is None else _EPOCH + timedelta(seconds=is_["newest"])
    return Row(
        ref=plain(ref, WIDTH), name=_plain(name), hub=of["hub"] or "", kind=of["kind"] or "", author=of["author"],
        licence=of["licence"] or "", family=of["family"], pipeline=of["pipeline"], created=created,
        downloads=is_["downloads"], window=of["window"], likes=is_["likes"], derived=is_["derived"] or 0, gone=gone,
        address=address(ref),
    )  # fmt: skip


def _plain(text: str | None) -> str | None:
    return None if text is None else plain(text, WIDTH)


def _known(number: int, unknown: int) -> int | None:
    return None if number == unknown else number


def _value(asked: search.Asked, name: str, value: str, count: int) -> Value:
    chosen = getattr(asked, name) == value
    return Value(plain(value, WIDTH), count, chosen, _address(asked, **{name: "" if chosen else value}))


def _address(asked: search.Asked, **changed: str) -> str:
    given = {name: value for name in _FIELDS if (value := changed.get(name, getattr(asked, name, "")))}
    if given.get("sort") == "downloads":
        del given["sort"]
    return "/catalogue" + (f"?{urlencode(given)}" if given else "")
