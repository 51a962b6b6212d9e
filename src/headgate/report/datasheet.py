"""What screening said of one dataset, gathered from the workspace: the figures of its data sheet."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from headgate import __version__, catalog, runs
from headgate.errors import WorkspaceError
from headgate.plain import plain
from headgate.report.shapes import Opened
from headgate.shapes import Db, Finding, Method, Run

BINS = 20  # of the histogram of scores
_HISTOGRAM = f"""
WITH told AS (
    SELECT score::DOUBLE AS score FROM item_scores WHERE run = ? AND score IS NOT NULL AND NOT isinf(score)
),
ends AS (SELECT min(score) AS low, max(score) AS high FROM told)
SELECT low, high, least({BINS - 1}, floor({BINS} * (score - low) / (high - low)))::INTEGER AS bin, count(*)
FROM told, ends WHERE low < high GROUP BY ALL ORDER BY bin
"""


@dataclass(frozen=True, slots=True)
class Screened:
    """One screening of the dataset: what looked, when, at how much, what it found, and how the scores lie.

    `told` is how many items have a score, `distinct` how many different items there are; `bins` has the lower end of
    each bar of the histogram and how many items are in it. `counts` tells what could not be read; `column` is the one
    that was named, None where it was guessed.
    """

    method: str
    summary: str
    cannot_see: str
    risks: tuple[str, ...]
    date: str
    run: str
    version: str
    items: int
    told: int
    distinct: int
    counts: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    bins: tuple[tuple[float, int], ...]
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The data sheet of the dataset `ref`: its screenings by name, and what nobody looked at."""

    ref: str
    made: str
    version: str
    screened: tuple[Screened, ...]
    not_run: tuple[tuple[str, str], ...]


def gather(ws: Opened, ref: str) -> Sheet:
    """The data sheet of `ref`; raises `WorkspaceError` where nothing has screened it."""
    listed = runs.read_all(ws.path)
    latest = runs.latest(listed, ws.as_of)
    about = [run for run in listed if run.id in latest and run.stage == "screen" and run.subject == ref]
    if not about:
        known = sorted({str(run.subject) for run in listed if run.id in latest and run.stage == "screen"})
        hint = f"Screened were {', '.join(map(plain, known[:5]))}." if known else "Nothing was screened there."
        msg = f"no screening of {plain(ref)} in {ws.path}. {hint} Begin with: headgate screen METHOD DATA --into DIR"
        raise WorkspaceError(msg)
    methods = {method.name: method for method in catalog.methods("screen")}
    screened = [_screened(ws.db, run, methods[run.method]) for run in about if run.method in methods]
    done = {one.method for one in screened}
    return Sheet(
        ref,
        datetime.now(UTC).isoformat(timespec="seconds"),
        __version__,
        tuple(sorted(screened, key=lambda one: one.method)),
        tuple((name, method.summary) for name, method in methods.items() if name not in done),
    )


def _screened(db: Db, run: Run, method: Method) -> Screened:
    items, told, distinct = db.execute(
        "SELECT count(*), count(score), count(DISTINCT item) FROM item_scores WHERE run = ?", [run.id]
    ).fetchall()[0]
    found = db.execute(
        'SELECT "check", value, low, high, n, evidence FROM findings WHERE run = ? ORDER BY "check" <> ?, "check"',
        [run.id, method.name],
    ).fetchall()
    return Screened(
        method.name, method.summary, _part(method.doc, "Cannot see"), method.risks, run.started[:10], run.id,
        run.version, items, told, distinct, tuple(sorted(run.counts.items())),
        tuple(Finding(check.removeprefix(method.name).removeprefix("."), *rest) for check, *rest in found),
        _bins(db, run.id), run.params.get("text") or run.params.get("image"),
    )  # fmt: skip


def _bins(db: Db, run: str) -> tuple[tuple[float, int], ...]:
    """The histogram of the scores; empty where all are the same."""
    found = {bin_: (low, high, count) for low, high, bin_, count in db.execute(_HISTOGRAM, [run]).fetchall()}
    if not found:
        return ()
    low, high, _ = next(iter(found.values()))
    wide = (high - low) / BINS
    return tuple((low + n * wide, found[n][2] if n in found else 0) for n in range(BINS))


def _part(doc: str, heading: str) -> str:
    """The part of a method's docstring under `heading`, on one line."""
    match = re.search(rf"^{heading}:\s*(.+?)(?=^[A-Z][A-Za-z ]+:|\Z)", doc, re.DOTALL | re.MULTILINE)
    return " ".join(match[1].replace("`", "").split()) if match else ""


def as_json(sheet: Sheet) -> str:
    """The figures as JSON text."""
    from dataclasses import asdict

    return json.dumps({"schema": 1, **asdict(sheet)}, indent=1, allow_nan=False)
