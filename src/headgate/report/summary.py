"""The figures of a report: queries over the views of a workspace, gathered in one `Summary`.

Nothing here changes the workspace. Sensitive findings leave as aggregates only, small cells hidden, and no
list of artifacts is made from any finding.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from headgate import __version__, catalog
from headgate.evidence.intervals import UNDER, WITHHELD, hide_small, small, wilson
from headgate.report import families
from headgate.report.shapes import (
    Artifacts,
    Check,
    Collection,
    Control,
    Edges,
    Group,
    Licence,
    Licences,
    Month,
    Opened,
    RunLine,
    Share,
    Summary,
    Unseen,
)
from headgate.report.words import HUBS, shown
from headgate.shapes import Db

TOP_LICENCES = 10
LAST_RUNS = 60

# Read once: where there are several observations, the view has to find the newest of each ref.
_ARTIFACTS = """
CREATE OR REPLACE TEMP TABLE report_artifacts AS
SELECT ref, hub, kind, created, observed, licences, licence_source, has_card, downloads, downloads_window FROM artifacts
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
_EDGES = "SELECT left(relation, 100), how, count(*) FROM edges GROUP BY ALL ORDER BY count(*) DESC, 1, 2 LIMIT 40"
# Civitai's permission flags state the terms without naming a licence; a version has those of its model.
_LICENCES = """
SELECT kind, count(*), count(*) FILTER (NOT bare), count(*) FILTER (bare AND has_card),
       count(*) FILTER (bare AND NOT has_card), count(*) FILTER (bare AND has_card IS NULL),
       count(*) FILTER (has_card)
FROM (SELECT *, coalesce(len(licences), 0) = 0 AND licence_source IS DISTINCT FROM 'terms' AS bare
      FROM report_artifacts WHERE kind <> 'version') GROUP BY kind ORDER BY count(*) DESC, kind
"""
_TOP_LICENCES = """
SELECT kind, licence, n, count(*) OVER (PARTITION BY kind) FROM (
    SELECT kind, licence, count(DISTINCT ref) AS n
    FROM (SELECT kind, ref, left(unnest(CASE WHEN len(licences) > 0 THEN licences
                 WHEN licence_source = 'terms' THEN ['permission flags of the hub'] END), 200) AS licence
          FROM report_artifacts WHERE kind <> 'version')
    WHERE licence IS NOT NULL GROUP BY kind, licence
) QUALIFY row_number() OVER (PARTITION BY kind ORDER BY n DESC, licence) <= ? ORDER BY kind, n DESC, licence
"""
# A row that rests on no observation (n = 0) would bias the share.
_CHECKS = """
SELECT "check", bool_or(sensitive), min(harm), regexp_extract(subject, '^(hf|civitai|file):[a-z0-9]{1,16}'), count(*),
       count(*) FILTER (value = 1 AND coalesce(n, 1) > 0), count(*) FILTER (value IS NULL),
       count(*) FILTER (value IS NOT NULL AND n <= 0), count(*) FILTER (value NOT IN (0, 1))
FROM findings GROUP BY "check", 4 ORDER BY "check", count(*) DESC
"""
_SEEN = """
SELECT "check", count(*) FROM findings SEMI JOIN report_artifacts ON ref = subject GROUP BY ALL
"""
_CONTROLS = """
SELECT control, count(*) FILTER (decision = 'allow'), count(*) FILTER (decision = 'block'),
       count(*) FILTER (decision NOT IN ('allow', 'block'))
FROM decisions GROUP BY control ORDER BY control
"""
_RUNS = """
SELECT stage, method, status, strftime(started, '%Y-%m-%d %H:%M:%S'), seconds, version, hub, kind, observed,
       complete, rows, counts, count(*) OVER ()
FROM runs WHERE started <= ? ORDER BY started DESC, id DESC
"""
_TOMBSTONES = "SELECT (SELECT count(DISTINCT ref) FROM observations) - (SELECT count(*) FROM report_artifacts)"
_UNSEEN = """
SELECT count(*) FILTER (has_card IS NULL), count(*),
       (SELECT count(*) FROM report_artifacts AS a ANTI JOIN files AS f ON f.artifact = a.ref)
FROM report_artifacts
"""


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
        graph, largest = families.read(db)
        checks = _checks(db, date)
        runs = _rows(db, _RUNS, moment.astimezone(UTC).replace(tzinfo=None))
        return Summary(
            workspace=shown(ws.path.resolve().name, 80),
            date=date,
            made=f"{now:%Y-%m-%d %H:%M} UTC",
            version=__version__,
            artifacts=artifacts,
            tombstones=_rows(db, _TOMBSTONES)[0][0],
            months=tuple(Month(month, hub, n) for month, hub, n in months if month),
            undated=sum(n for month, _, n in months if not month),
            edges=tuple(Edges(shown(relation, 40), shown(how, 20), n) for relation, how, n in _rows(db, _EDGES)),
            graph=graph,
            families=largest,
            licences=_licences(db, date),
            checks=checks,
            controls=_controls(db, sensitive=any(check.sensitive for check in checks)),
            collections=tuple(_collection(row) for row in runs if row[0] == "collect")[:LAST_RUNS],
            runs=tuple(_run(row) for row in runs[:LAST_RUNS]),
            runs_in_all=len(runs),
            unseen=_unseen(db, checks, {(row[0], row[1]) for row in runs if row[2] == "done"}),
        )
    finally:
        db.execute("DROP TABLE IF EXISTS report_artifacts")


def share_of(found: int, of: int, date: str, source: str) -> Share:
    """`found` of `of` with its interval, date and source."""
    ends = wilson(found, of)
    return Share(found, of, found / of, *ends, date, source) if ends else Share(0, 0, None, None, None, date, source)


def _rows(db: Db, sql: str, *given: Any) -> list[Any]:
    return db.execute(sql, list(given)).fetchall()


def _licences(db: Db, date: str) -> tuple[Licences, ...]:
    top = defaultdict(list)
    for kind, licence, n, distinct in _rows(db, _TOP_LICENCES, TOP_LICENCES):
        top[kind].append((licence, n, distinct))
    listed = []
    for kind, count, declared, not_stated, no_card, not_recorded, carded in _rows(db, _LICENCES):
        source = f"licences declared by {shown(kind)}s in card, tags or terms"
        best = tuple(Licence(shown(name, 48), share_of(n, declared, date, source)) for name, n, _ in top[kind])
        listed.append(Licences(
            shown(kind), count, declared, not_stated, no_card, not_recorded,
            share_of(not_stated, carded, date, f"{shown(kind)}s whose card was seen"), best,
            top[kind][0][2] - len(best) if best else 0,
        ))  # fmt: skip
    return tuple(listed)


def _checks(db: Db, date: str) -> tuple[Check, ...]:
    rows = defaultdict(list)
    for name, *rest in _rows(db, _CHECKS):
        rows[name].append(rest)
    return tuple(_check(db, name, of, date) for name, of in rows.items())


def _check(db: Db, name: str, rows: list[Any], date: str) -> Check:
    sensitive, harm = any(row[0] for row in rows), next((row[1] for row in rows if row[1]), None)
    looked, found, unknown, uncounted, measured = (sum(row[n] for row in rows) for n in range(3, 8))
    said = (shown(name, 48), sensitive, harm and shown(harm, 20))
    if sensitive:
        return _sensitive(said, looked, found, unknown + uncounted, measured > 0, date)
    if measured:
        sql = 'SELECT median(value) FROM findings WHERE "check" = ? AND isfinite(value)'
        return Check(*said, looked, None, unknown, uncounted, None, _rows(db, sql, name)[0][0], ())
    share = share_of(found, looked - unknown - uncounted, date, f"findings of {said[0]}")
    groups = tuple(_group(row, date, said[0]) for row in rows)
    return Check(*said, looked, found, unknown, uncounted, share, None, groups)


def _group(row: Any, date: str, check: str) -> Group:
    _, _, prefix, looked, found, unknown, uncounted, _ = row
    hub, _, kind = prefix.partition(":")
    share = share_of(found, looked - unknown - uncounted, date, f"findings of {check}")
    return Group(HUBS.get(hub, "other"), shown(kind) if hub in HUBS else "other", looked, unknown, uncounted, share)


def _sensitive(
    said: tuple[str, bool, str | None], looked: int, found: int, rest: int, measured: bool, date: str
) -> Check:
    if small(looked):
        return Check(*said, UNDER, WITHHELD, WITHHELD, WITHHELD, None, None, ())
    if measured:
        return Check(*said, looked, None, hide_small([rest, looked - rest])[0], 0, None, None, ())
    # A few that could not be told are counted with the not found, or the share would give them away.
    decided = looked if small(rest) else looked - rest
    cell = hide_small([found, decided - found])[0]
    source = f"findings of {said[0]}" + (", those it could not tell counted as not found" if small(rest) else "")
    share = share_of(found, decided, date, source) if isinstance(cell, int) else None
    return Check(*said, looked, cell, UNDER if small(rest) else rest, 0, share, None, ())


def _controls(db: Db, *, sensitive: bool) -> tuple[Control, ...]:
    # A policy names its rules as it likes, so which decisions rest on a sensitive check cannot be told.
    listed = []
    for name, *counts in _rows(db, _CONTROLS):
        cells = hide_small(counts) if sensitive else counts
        listed.append(Control(shown(name, 48), sensitive, *cells))
    return tuple(listed)


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


def _unseen(db: Db, checks: tuple[Check, ...], done: set[tuple[str, str]]) -> tuple[Unseen, ...]:
    cards, count, files = _rows(db, _UNSEEN)[0]
    listed = [Unseen(f"{name}: no artifact was collected", None, None) for name in _absent_hubs(db)]
    if cards:
        listed.append(Unseen("card never looked at, so a missing licence says nothing", cards, count))
    if files:
        listed.append(Unseen("no list of files, so copies are not told by their hashes", files, count))
    seen = {row[0]: row[1] for row in _rows(db, _SEEN)}
    for name, looked in sorted(seen.items()):
        check = next((c for c in checks if c.check == shown(name, 48)), None)
        if looked < count and not (check and check.sensitive and small(looked)):
            listed.append(Unseen(f"not looked at by {shown(name, 48)}", count - looked, count))
    for stage in ("link", "detect", "govern"):
        missing = [method.name for method in catalog.methods(stage) if (stage, method.name) not in done]
        listed += [Unseen(f"{stage} {name} has not been run", None, None) for name in missing]
    return tuple(listed)


def _absent_hubs(db: Db) -> list[str]:
    known = {(row[0], row[1]) for row in _rows(db, "SELECT DISTINCT hub, kind FROM report_artifacts")}
    wanted = {
        "Hugging Face models": ("huggingface", "model"),
        "Hugging Face datasets": ("huggingface", "dataset"),
        "Civitai models": ("civitai", "model"),
    }
    return [name for name, pair in wanted.items() if pair not in known]
