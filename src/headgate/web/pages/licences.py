"""Licences: what is declared, which links keep what the parent asks, how licences change, and each conflict's path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from headgate.label_text import shown
from headgate.report.charts import Bar, Part, bars, stack
from headgate.report.shapes import Licence, Licences, Share
from headgate.report.terms import Fault
from headgate.report.words import of_kind, percent
from headgate.shapes import Db
from headgate.web import answers, hidden, licence_links
from headgate.web.licence_links import CHECK, Change, Matrix
from headgate.web.snapshot import Snapshot

router = APIRouter()

SHOWN = 15  # paths of a page
KNOWN = (("declared", "a"), ("not_stated", "block"), ("no_card", "b"), ("not_recorded", "unknown"))
Text: TypeAlias = Annotated[str, Query(max_length=100)]
Verdict: TypeAlias = Literal["conflict", "unclear", "kept"]
After: TypeAlias = Annotated[int, Query(ge=-1, le=2**31)]
_STEP = re.compile(r" <-([a-z_]{1,30})- (name:(?:(?! <-|; | and further up).)+|\S+?)(?= <-|;| and further up|$)")
_ROWS = """
SELECT f.id, a.ref, a.licence, f.evidence, strftime(try_strptime(left(f.run, 8), '%Y%m%d'), '%Y-%m-%d')
FROM shelf.findings AS f JOIN shelf.artifacts AS a USING (id)
WHERE f."check" = $check AND f.id BETWEEN $first AND $last AND list_contains($ids, f.id) ORDER BY f.id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which paths: the licence of a parent, that of the child, and what was found of the child."""

    parent: str = ""
    child: str = ""
    verdict: Verdict = "conflict"


@dataclass(frozen=True, slots=True)
class Step:
    """One step up: the relation, and the artifact it leads to, 'withheld' where it must not be named."""

    relation: str
    ref: str


@dataclass(frozen=True, slots=True)
class Path:
    """What licence_conflict says of `ref`, which declares `licence`: in words, with the way up to what asks it.

    `further` where the way goes on; `dropped` is where it was first broken, `lost` what else is said.
    """

    ref: str
    licence: str
    says: str
    steps: tuple[Step, ...]
    further: bool
    dropped: str | None
    lost: str | None
    day: str | None


@dataclass(frozen=True, slots=True)
class Paths:
    """The artifacts that are asked for: how many, how many more depict a real person, some of them, the next page."""

    asked: Asked
    found: int
    depict_a_person: int
    rows: tuple[Path, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """All of it: coverage by hub and kind, the matrix, changes along links, faults, paths."""

    coverage: tuple[Licences, ...]
    matrix: Matrix
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]
    looked: bool
    paths: Paths


@router.get("/licences", responses=answers.twin(Page), response_model=None, summary="Licences and their conflicts")
def page(
    request: Request, parent: Text = "", child: Text = "", verdict: Verdict = "conflict", after: After = -1
) -> Response:
    """What licences are declared and where they are in conflict; ?parent= and ?child= name the paths to show."""
    told = read(answers.snapshot(request), Asked(parent, child, verdict), after)
    cells = {(cell.parent, cell.child): cell for cell in told.matrix.cells}
    choices = {"links": _address, "cells": cells, "charts": _charts(told)}
    return answers.answer(request, "licences_page.html.j2", told, licences=choices)


def read(snapshot: Snapshot, asked: Asked, after: int = -1) -> Page:
    """The page, with the paths `asked` for that come `after` an id."""
    terms, given = snapshot.summary["terms"], licence_links.links(snapshot)
    faults = tuple(Fault(**{**one, "share": Share(**one["share"])}) for one in (terms["faults"] if terms else ()))
    looked = any(one["check"] == CHECK for one in snapshot.summary["checks"])
    coverage = tuple(_licences(one) for one in snapshot.summary["licences"])
    return Page(coverage, given.matrix, given.changes, faults, looked, paths(snapshot, asked, after))


def paths(snapshot: Snapshot, asked: Asked, after: int) -> Paths:
    """The paths `asked` for that come `after` an id."""
    given = licence_links.links(snapshot)
    ids, persons = licence_links.conflicts(given, asked.parent, asked.child, asked.verdict)
    chosen = ids[ids > after][: SHOWN + 1].tolist()
    following = _address(asked.parent, asked.child, asked.verdict, chosen[SHOWN - 1]) if len(chosen) > SHOWN else None
    return Paths(asked, len(ids), persons, _rows(snapshot.cursor(), chosen[:SHOWN]), following)


def _rows(db: Db, ids: list[int]) -> tuple[Path, ...]:
    if not ids:
        return ()
    rows = db.execute(_ROWS, {"check": CHECK, "ids": ids, "first": ids[0], "last": ids[-1]}).fetchall()
    may = hidden.nameable(db, [ref for row in rows for ref in hidden.refs_in(row[3] or "")])
    return tuple(path(ref, licence, evidence or "", day, may) for _, ref, licence, evidence, day in rows)


def path(ref: str, licence: str, evidence: str, day: str | None, may: set[str]) -> Path:
    """The evidence of licence_conflict on `ref` in its parts, naming only what `may` be named."""
    says, _, rest = evidence.partition("; path: this")
    steps = tuple(Step(kind, hidden.masked(to, may)) for kind, to in _STEP.findall(rest))
    end = _STEP.sub("", rest)
    further = end.startswith(" and further up")
    ends = [part for part in end.removeprefix(" and further up").split("; ") if part]
    dropped = next((part.removeprefix("first dropped at ") for part in ends if part.startswith("first dropped")), None)
    lost = "; ".join(part for part in ends if not part.startswith("first dropped")) or None
    return Path(
        shown(ref, 200), shown(licence, 60), shown(hidden.masked(says, may), 600),
        tuple(Step(step.relation, shown(step.ref)) for step in steps), further,
        shown(hidden.masked(dropped, may)) if dropped else None, shown(lost, 300) if lost else None, day,
    )  # fmt: skip


def _licences(one: dict[str, Any]) -> Licences:
    top = tuple(Licence(row["licence"], Share(**row["share"])) for row in one["top"])
    return Licences(**{**one, "omission": Share(**one["omission"]), "top": top})


def _charts(told: Page) -> dict[str, Markup]:
    drawn = {}
    for number, row in enumerate(told.coverage):
        what = of_kind(row.hub, row.kind)
        parts = [Part(name.replace("_", " "), getattr(row, name), tone) for name, tone in KNOWN]
        drawn[f"coverage {number}"] = stack(parts, title=f"What is known of the licences of {what}")
        rows = [_bar(one.licence, one.share) for one in row.top[:6]]
        drawn[f"declared {number}"] = bars(rows, title=f"Licences that {what} declare", shares=True)
    drawn["faults"] = bars(
        [_bar(f"{one.fault}, {of_kind(one.hub, one.kind)}", one.share, "b") for one in told.faults],
        title="Faults of licences, with 95 % intervals", shares=True,
    )  # fmt: skip
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - charts escapes every text


def _bar(label: str, share: Share, tone: str = "a") -> Bar:
    note = f"{share.found:,} of {share.of:,}"
    return Bar(label, share.share or 0.0, percent(share.share), share.low, share.high, note, tone)


def _address(parent: str = "", child: str = "", verdict: str = "conflict", after: int = -1) -> str:
    given: dict[str, object] = {"parent": parent, "child": child, "verdict": verdict if verdict != "conflict" else ""}
    given["after"] = after if after >= 0 else ""
    return f"/licences?{urlencode({name: value for name, value in given.items() if value != ''})}#paths"
