"""The overview: what was collected, what was decided and found, what nobody looked at, what waits for people.

Everything but downloads and what waits comes from the report's own summary, so that the two never differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from headgate.report.risks import Looked, Risk
from headgate.report.shapes import Artifacts, Check, Control, Group, Month, RunLine, Share, Unseen
from headgate.report.words import hub_of
from headgate.shapes import Db
from headgate.web import answers, overview_charts, waiting
from headgate.web.snapshot import Snapshot
from headgate.web.waiting import Waiting
from headgate.web.words import address

router = APIRouter()

RUNS = 6  # shown here; the report lists more


@dataclass(frozen=True, slots=True)
class Downloads:
    """Downloads of the `artifacts` of a hub and kind that were observed on `day`, summed.

    `window` is what the hub counted over, 30d or all, empty where it did not say; sums of different windows must
    never be added, nor those of models and of their versions.
    """

    hub: str
    kind: str
    window: str
    day: date
    artifacts: int
    downloads: int | None


@dataclass(frozen=True, slots=True)
class Family:
    """A root and how many derive from it; `address` is its lineage, None where it is withheld or not known here."""

    root: str
    hub: str
    descendants: int
    children: int
    collected: bool
    address: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page; `days_old` are the days since the newest observation, None where there is none."""

    observed_from: str | None
    observed_to: str | None
    days_old: int | None
    artifacts: tuple[Artifacts, ...]
    tombstones: int
    links: int
    training_links: int
    months: tuple[Month, ...]
    undated: int
    downloads: tuple[Downloads, ...]
    controls: tuple[Control, ...]
    checks: tuple[Check, ...]
    unseen: tuple[Unseen, ...]
    risks: tuple[Risk, ...]
    families: tuple[Family, ...]
    waiting: Waiting
    runs: tuple[RunLine, ...]
    runs_in_all: int


@router.get("/", responses=answers.twin(Overview), response_model=None, summary="What the workspace holds")
def page(request: Request) -> Response:
    """The overview of the workspace."""
    said = read(answers.snapshot(request))
    return answers.answer(request, "overview.html.j2", said, drawn=overview_charts.drawn(said))


def read(snapshot: Snapshot, today: date | None = None) -> Overview:
    """The overview as of `today` (UTC), made once for each state of the workspace, labels included."""
    made: Overview = snapshot.kept.once(("overview", snapshot.signature), lambda: _read(snapshot))
    if made.observed_to is None:
        return made
    return replace(made, days_old=((today or datetime.now(UTC).date()) - date.fromisoformat(made.observed_to)).days)


def _read(snapshot: Snapshot) -> Overview:
    s, db = snapshot.summary, snapshot.cursor()
    checks = tuple(_check(row) for row in s["checks"])
    downloads = db.execute('FROM shelf.downloads ORDER BY day, hub, kind, "window"').fetchall()
    return Overview(
        observed_from=s["observed_from"], observed_to=s["observed_to"], days_old=None,
        artifacts=tuple(Artifacts(**row) for row in s["artifacts"]), tombstones=s["tombstones"],
        links=s["graph"]["edges"], training_links=s["graph"]["training_edges"],
        months=tuple(Month(**row) for row in s["months"]), undated=s["undated"],
        downloads=tuple(Downloads(*row) for row in downloads),
        controls=tuple(Control(**row) for row in s["controls"]), checks=checks,
        unseen=tuple(Unseen(**row) for row in s["unseen"]), risks=tuple(_risk(row) for row in s["risks"]),
        families=_families(db, s["families"]),
        waiting=waiting.read(db, {check.check for check in checks if not check.sensitive}),
        runs=tuple(RunLine(**row) for row in s["runs"][:RUNS]), runs_in_all=s["runs_in_all"],
    )  # fmt: skip


def _share(row: dict[str, Any] | None) -> Share | None:
    return Share(**row) if row else None


def _check(row: dict[str, Any]) -> Check:
    groups = tuple(Group(**{**group, "share": Share(**group["share"])}) for group in row["groups"])
    return Check(**{**row, "share": _share(row["share"]), "groups": groups})


def _risk(row: dict[str, Any]) -> Risk:
    return Risk(**{**row, "checks": tuple(Looked(**one) for one in row["checks"])})


def _families(db: Db, rows: list[dict[str, Any]]) -> tuple[Family, ...]:
    """Families with the address of their lineage, where the graph has a root of that name that may be shown."""
    names = {row["root"]: _folded(_ref(row["root"])) for row in rows}
    found = db.execute(
        "SELECT folded, any_value(ref) FROM shelf.nodes SEMI JOIN (SELECT id FROM shelf.node_names WHERE hash IN "
        "(SELECT hash(unnest($folded::VARCHAR[])))) AS n USING (id) "
        "WHERE NOT withheld AND list_contains($folded, folded) GROUP BY 1",
        {"folded": list(names.values())},
    ).fetchall()
    known = {folded: address(ref, "lineage") for folded, ref in found}
    return tuple(Family(**row, address=known.get(names[row["root"]])) for row in rows)


def _ref(root: str) -> str:
    # the summary leaves the prefix of a Hugging Face model out
    return root if hub_of(root) != "other" else f"hf:model:{root}"


def _folded(ref: str) -> str:
    return ref.lower() if ref.startswith("hf:") else ref
