"""Datasets: what screening found of their items, as rates with intervals; what nobody looked at.

No item is here, only hashes of those with the highest scores, and none of a sensitive screening.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from headgate import refs
from headgate.bom import croissant, facts
from headgate.errors import BadInput
from headgate.plain import plain
from headgate.report import datasheet_html, datasheet_rai
from headgate.report.datasheet import Screened
from headgate.shapes import Db
from headgate.web import answers, screenings
from headgate.web.screenings import Item, OfDataset, Screening
from headgate.web.snapshot import Snapshot

router = APIRouter()

SHOWN = 200  # rows of the list
_DATASETS = "SELECT count(*) FROM shelf.artifacts WHERE kind = 'dataset' AND gone_since IS NULL"
_KNOWN = """
SELECT ref, kind, depicts_person FROM shelf.artifacts
WHERE id IN (SELECT id FROM shelf.names WHERE hash IN (SELECT hash(folded(unnest($refs)))))
AND ref IN (SELECT unnest($refs))
"""
_NODE = "SELECT id FROM shelf.node_names WHERE hash = hash($folded)"
_USED = f"""
SELECT count(DISTINCT child_node), count(DISTINCT child_node) FILTER (relation = 'trained_on') FROM shelf.links
WHERE parent_node IN (SELECT id FROM shelf.nodes WHERE id IN ({_NODE}) AND folded = $folded)
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """One screening of a dataset in the list; `value` is its headline with its interval, None where it has none."""

    method: str
    items: int
    date: str
    days: int
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    share: bool
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that was screened; `collected` tells whether the hub's record of it is here."""

    ref: str
    collected: bool
    screenings: tuple[Looked, ...]


@dataclass(frozen=True, slots=True)
class Datasets:
    """All datasets that were screened, and how many are known that nobody looked into."""

    screened: tuple[Dataset, ...]
    never: int
    hidden: int
    more: int


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """What screening found of one dataset; `left_out` are sensitive screenings as (method, date, items).

    `highest` are the items of each method with the highest scores; `used` counts what names it as a parent, and
    `trained` the models that were trained on it.
    """

    ref: str
    collected: bool
    screened: tuple[Screened, ...]
    not_run: tuple[tuple[str, str], ...]
    highest: dict[str, tuple[Item, ...]]
    left_out: tuple[tuple[str, str, int], ...]
    used: int
    trained: int


@router.get("/data", responses=answers.twin(Datasets), response_model=None, summary="Screened datasets")
def page(request: Request) -> Response:
    """Datasets whose items were screened."""
    return answers.answer(request, "data.html.j2", read(answers.snapshot(request), datetime.now(UTC).date()))


@router.get("/data/{ref:path}/croissant.json", response_class=Response)
def export(request: Request, ref: str) -> Response:
    """The findings of a dataset as Croissant metadata with RAI fields."""
    request.app.state.exports.take(request.client.host if request.client else "")
    snapshot = answers.snapshot(request)
    name, collected = _named(snapshot, ref)
    found = screenings.of_dataset(snapshot, name)
    if not found.sheet.screened:
        msg = f"nothing of {plain(name, 120)} was screened, so there is nothing to say in Croissant."
        raise BadInput(msg)
    described = None
    if collected and name.startswith("hf:"):
        described = croissant.document(facts.gather(snapshot.indexed(), [name]), moment=datetime.now(UTC))
    text = json.dumps(datasheet_rai.document(found.sheet, described), indent=1, ensure_ascii=False)
    headers = {"Content-Disposition": 'attachment; filename="croissant.json"'}
    return Response(text, media_type="application/ld+json", headers=headers)


@router.get("/data/{ref:path}", responses=answers.twin(DatasetPage), response_model=None, summary="A screened dataset")
def dataset(request: Request, ref: str) -> Response:
    """What screening found of one dataset."""
    from markupsafe import Markup

    found = read_one(answers.snapshot(request), ref)
    charts = {
        one.method: tuple(Markup(svg) for svg in datasheet_html.drawn(one))  # noqa: S704 - the charts escape every text
        for one in found.screened
    }
    return answers.answer(request, "dataset.html.j2", found, charts=charts)


def read(snapshot: Snapshot, today: date) -> Datasets:
    """All screened datasets, the newest screening first."""
    found = screenings.listed(snapshot)
    db = snapshot.cursor()
    known = _known(db, list(found))
    hidden = {ref for ref, (_, person) in known.items() if person}
    rows = [
        Dataset(plain(ref), ref in known, tuple(_looked(one, today) for one in each))
        for ref, each in found.items() if ref not in hidden
    ]  # fmt: skip
    rows.sort(key=lambda one: (-max(int(each.date.replace("-", "")) for each in one.screenings), one.ref))
    datasets = snapshot.kept.once("datasets", lambda: int(db.execute(_DATASETS).fetchall()[0][0]))
    never = datasets - sum(kind == "dataset" for kind, _ in known.values())
    return Datasets(tuple(rows[:SHOWN]), never, len(hidden), max(len(rows) - SHOWN, 0))


def _looked(one: Screening, today: date) -> Looked:
    made, found = date.fromisoformat(one.run.started[:10]), one.headline
    values = (found.value, found.low, found.high) if found else (None, None, None)
    share = values[0] is not None and all(0 <= value <= 1 for value in values if value is not None)
    n = found.n if found else None
    return Looked(
        plain(one.run.method), one.items, made.isoformat(), (today - made).days, *values, n, share, one.sensitive
    )


def read_one(snapshot: Snapshot, ref: str) -> DatasetPage:
    """What screening found of the dataset `ref`; raises `BadInput` where the workspace does not know it."""
    name, collected = _named(snapshot, ref)
    found = screenings.of_dataset(snapshot, name)
    used, trained = snapshot.kept.once(("used", name), lambda: _used(snapshot.cursor(), name))
    return DatasetPage(
        plain(name), collected, tuple(map(_shown, found.sheet.screened)), found.sheet.not_run, _highest(found),
        found.left_out, used, trained,
    )  # fmt: skip


def _named(snapshot: Snapshot, name: str) -> tuple[str, bool]:
    """The ref of the dataset that `name` names, and whether its record is here."""
    ref = name if name in screenings.listed(snapshot) else str(refs.parse_dataset(name))
    known = _known(snapshot.cursor(), [ref]).get(ref)
    if known and known[1]:
        msg = "this dataset depicts a real person, so it is counted and not shown."
        raise BadInput(msg)
    if not known and ref not in screenings.listed(snapshot):
        msg = f"{plain(ref, 120)} is neither screened nor collected here. The page Data lists what is."
        raise BadInput(msg)
    return ref, known is not None


def _known(db: Db, names: list[str]) -> dict[str, tuple[str, bool]]:
    """Those of `names` whose record is here: kind, and whether they depict a person."""
    rows = db.execute(_KNOWN, {"refs": names}).fetchall()
    return {ref: (kind, person) for ref, kind, person in rows}


def _used(db: Db, ref: str) -> tuple[int, int]:
    row = db.execute(_USED, {"folded": ref.lower() if ref.startswith("hf:") else ref}).fetchall()[0]
    return int(row[0]), int(row[1])


def _shown(one: Screened) -> Screened:
    said = tuple(
        replace(found, axis=plain(found.axis, 60), evidence=found.evidence and plain(found.evidence, 400))
        for found in one.findings
    )
    return replace(one, findings=said, column=one.column and plain(one.column, 60))


def _highest(found: OfDataset) -> dict[str, tuple[Item, ...]]:
    return {
        method: tuple(replace(item, file=item.file and plain(item.file, 80)) for item in items)
        for method, items in found.highest.items()
    }
