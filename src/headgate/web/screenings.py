"""Screenings of datasets as the workspace tells them: which there are, their data sheets, items by their hash.

Of a screening whose method or findings are sensitive there is its name and date, and how much it looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from headgate import catalog, runs
from headgate.errors import WorkspaceError
from headgate.report import datasheet
from headgate.report.datasheet import Sheet
from headgate.shapes import Finding, Run
from headgate.web.snapshot import Snapshot
from headgate.workspace import Workspace

MOST_ITEMS = 20  # hashes listed of one screening
_ITEMS = """
SELECT item, file, "row", score FROM item_scores
WHERE run = ? AND isfinite(score) ORDER BY score DESC, file, "row" LIMIT ?
"""
_HEADLINES = """
SELECT run, "check", value, low, high, n, evidence FROM findings WHERE list_contains($runs, run) ORDER BY "check"
"""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a dataset by its sha256, where it stands, and its score."""

    sha256: str
    file: str | None
    row: int | None
    score: float


@dataclass(frozen=True, slots=True)
class Screening:
    """One screening: its run, how many items it looked at, its headline (None: none, or sensitive)."""

    run: Run
    items: int
    headline: Finding | None
    sensitive: bool


@dataclass(frozen=True, slots=True)
class OfDataset:
    """The data sheet of a dataset without what is sensitive, the highest items by method, and what was left out."""

    sheet: Sheet
    highest: dict[str, tuple[Item, ...]]
    left_out: tuple[tuple[str, str, int], ...]  # method, date, items


def listed(snapshot: Snapshot) -> dict[str, tuple[Screening, ...]]:
    """The latest screenings of each dataset, by its ref; kept with the snapshot."""
    return snapshot.kept.once("screenings", lambda: _listed(snapshot))


def _listed(snapshot: Snapshot) -> dict[str, tuple[Screening, ...]]:
    every = runs.read_all(snapshot.path)
    latest = runs.latest(every)
    about = [run for run in every if run.id in latest and run.stage == "screen" and run.subject]
    if not about:
        return {}
    ws = snapshot.workspace()
    hidden = _sensitive(ws, about)
    items = dict(ws.db.execute("SELECT run, count(*) FROM item_scores GROUP BY run").fetchall())
    headlines: dict[str, Finding] = {}
    for run, check, value, low, high, n, evidence in ws.db.execute(
        _HEADLINES, {"runs": [r.id for r in about]}
    ).fetchall():
        headlines.setdefault(run, Finding(check, value, low, high, n, evidence))
    found: dict[str, list[Screening]] = {}
    for run in about:
        secret = run.id in hidden
        headline = None if secret else headlines.get(run.id)
        found.setdefault(str(run.subject), []).append(Screening(run, items.get(run.id, 0), headline, secret))
    return {ref: tuple(sorted(each, key=lambda one: one.run.method)) for ref, each in found.items()}


def _sensitive(ws: Workspace, about: list[Run]) -> set[str]:
    """Which of the runs are sensitive, by their method or by any of their findings."""
    known = {method.name: method.sensitive for method in catalog.methods("screen")}
    rows = ws.db.execute("SELECT DISTINCT run FROM findings WHERE sensitive").fetchall()
    marked = {row[0] for row in rows}
    return {run.id for run in about if known.get(run.method, True) or run.id in marked}


def of_dataset(snapshot: Snapshot, ref: str) -> OfDataset:
    """What the screenings of `ref` found; kept with the snapshot. One that nobody screened has an empty sheet."""
    return snapshot.kept.once(("screenings", ref), lambda: _of_dataset(snapshot, ref))


def _of_dataset(snapshot: Snapshot, ref: str) -> OfDataset:
    found = listed(snapshot).get(ref, ())
    if not found:
        never = tuple((method.name, method.summary) for method in catalog.methods("screen"))
        made = datetime.now(UTC).isoformat(timespec="seconds")
        return OfDataset(Sheet(ref, made, "", (), never), {}, ())
    ws = snapshot.workspace()
    open_runs = {one.run.id for one in found if not one.sensitive}
    try:
        sheet = datasheet.gather(ws, ref)
    except WorkspaceError:  # another run has ended since the snapshot was taken
        sheet = Sheet(ref, "", "", (), ())
    sheet = replace(sheet, screened=tuple(one for one in sheet.screened if one.run in open_runs))
    highest = {
        one.method: tuple(Item(*row) for row in ws.db.execute(_ITEMS, [one.run, MOST_ITEMS]).fetchall())
        for one in sheet.screened
    }
    left_out = tuple((one.run.method, one.run.started[:10], one.items) for one in found if one.sensitive)
    return OfDataset(sheet, highest, left_out)
