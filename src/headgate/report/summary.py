"""The figures of a report: queries over the views of a workspace, gathered in one `Summary`.

Nothing here changes the workspace. Sensitive findings leave as aggregates only, small cells hidden, and no
list of artifacts is made from any finding.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from headgate import __version__
from headgate.report import controls, families, findings, licences, likenesses, links, reuploads, risks, screened, terms
from headgate.report.shapes import Artifacts, Collection, Month, Opened, RunLine, Summary
from headgate.report.unseen import unseen
from headgate.report.words import shown
from headgate.shapes import Db

LAST_RUNS = 60

# Read once: where there are several observations, the view has to find the newest of each ref.
_ARTIFACTS = """
CREATE OR REPLACE TEMP TABLE report_artifacts AS
SELECT ref, hub, kind, created, observed, licences, licence_source, licence_name, licence_link, has_card, downloads,
       downloads_window, version_of, base_family, author
FROM artifacts
"""
_BY_HUB = """
SELECT hub, kind, count(*), strftime(min(observed), '%Y-%m-%d'), strftime(max(observed), '%Y-%m-%d'),
       sum(downloads)::BIGINT, CASE WHEN count(DISTINCT downloads_window) = 1 THEN min(downloads_window) END
FROM report_artifacts GROUP BY hub, kind ORDER BY count(*) DESC, hub, kind
"""
# A Civitai version is part of a model, and a date before there were hubs is none.
_MONTHS = """
SELECT CASE WHEN created BETWEEN TIMESTAMP '2005-01-01' AND max_seen + INTERVAL 1 DAY
            THEN strftime(created, '%Y-%m') END AS month, hub, count(*)
FROM report_artifacts, (SELECT max(observed) AS max_seen FROM report_artifacts) WHERE kind = 'model'
GROUP BY month, hub ORDER BY month, hub
"""
_RUNS = """
SELECT stage, method, status, strftime(started, '%Y-%m-%d %H:%M:%S'), seconds, version, hub, kind, observed,
       complete, rows, counts, count(*) OVER ()
FROM runs WHERE started <= ? ORDER BY started DESC, id DESC
"""
_TOMBSTONES = "SELECT (SELECT count(DISTINCT ref) FROM observations) - (SELECT count(*) FROM report_artifacts)"


def summarise(ws: Opened) -> Summary:
    """Everything a report says about the workspace `ws`, as it was on `ws.as_of` or is now."""
    now = datetime.now(UTC)
    moment = ws.as_of or now
    date = f"{moment:%Y-%m-%d}"
    db = ws.db
    db.execute(_ARTIFACTS)
    try:
        artifacts = tuple(
            Artifacts(shown(hub), shown(kind), n, first, last, downloads if window else None, window and shown(window))
            for hub, kind, n, first, last, downloads, window in _rows(db, _BY_HUB)
        )
        months = [(month, shown(hub), n) for month, hub, n in _rows(db, _MONTHS)]
        observed = max((row.last_observed for row in artifacts), default=None)
        checks, disclosed = findings.read(db, observed or date)
        of_datasets = screened.read(db)
        declared = licences.read(db)
        links.prepare(db)
        graph, largest = families.read(db)
        decided, graded = controls.read(ws, {check.check for check in checks if check.sensitive}, observed or date)
        runs = _rows(db, _RUNS, moment.astimezone(UTC).replace(tzinfo=None))
        return Summary(
            workspace=shown(ws.path.resolve().name, 80),
            date=date,
            made=f"{now:%Y-%m-%d %H:%M} UTC",
            version=__version__,
            observed_from=min((row.first_observed for row in artifacts), default=None),
            observed_to=observed,
            artifacts=artifacts,
            tombstones=_rows(db, _TOMBSTONES)[0][0],
            months=tuple(Month(month, hub, n) for month, hub, n in months if month),
            undated=sum(n for month, _, n in months if not month),
            edges=links.by_relation(db),
            graph=graph,
            families=largest,
            licences=declared,
            checks=checks,
            controls=decided,
            collections=tuple(_collection(row) for row in runs if row[0] == "collect")[:LAST_RUNS],
            runs=tuple(_run(row) for row in runs[:LAST_RUNS]),
            runs_in_all=len(runs),
            unseen=unseen(db, checks, {(row[0], row[1]) for row in runs if row[2] == "done"}),
            likenesses=likenesses.read(db, observed or date),
            reuploads=reuploads.read(db, checks),
            grades=graded,
            disclosed=disclosed,
            risks=risks.read(checks, disclosed, of_datasets),
            terms=terms.read(db, checks, declared, observed or date),
            screened=of_datasets,
        )
    finally:
        db.execute("DROP TABLE IF EXISTS report_artifacts")
        db.execute("DROP TABLE IF EXISTS report_links")


def _rows(db: Db, sql: str, *given: Any) -> list[Any]:
    return db.execute(sql, list(given)).fetchall()


def _collection(row: Any) -> Collection:
    _, method, status, started, _, _, hub, kind, observed, complete, _, counts, _ = row
    n = defaultdict(int, json.loads(counts or "{}"))
    rejected = sum(count for name, count in n.items() if name.startswith("rejected_"))
    return Collection(
        shown(method), shown(hub or "-"), shown(kind or "-"), shown((observed or started)[:10]), shown(status),
        bool(complete),
        n["records"], n["kept"], n["duplicates"], rejected, n["pseudonymised"], n["gone"],
    )  # fmt: skip


def _run(row: Any) -> RunLine:
    rows = sum(json.loads(row[10] or "{}").values())
    return RunLine(shown(row[0]), shown(row[1]), shown(row[5]), shown(row[3]), row[4] or 0.0, rows, shown(row[2]))
