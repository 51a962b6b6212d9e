"""The figures of a report: queries over the views of a workspace, gathered in one `Summary`.

Nothing here changes the workspace. Sensitive findings leave as aggregates only, small cells hidden, and no
list of artifacts is made from any finding.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from hashlib import sha256
from math import inf, nextafter
from pathlib import Path
from typing import Any

from headgate import __version__
from headgate import policy as policies
from headgate import runs as records
from headgate.errors import HeadgateError
from headgate.evidence.intervals import UNDER, WITHHELD, hide_small, small, wilson
from headgate.report import families, likenesses, links, reuploads
from headgate.report.shapes import (
    Artifacts,
    Check,
    Collection,
    Control,
    Group,
    Licence,
    Licences,
    Month,
    Opened,
    RunLine,
    Share,
    Summary,
)
from headgate.report.unseen import unseen
from headgate.report.words import HUBS, of_kind, shown
from headgate.shapes import Db, Run

TOP_LICENCES = 10
LAST_RUNS = 60

# Read once: where there are several observations, the view has to find the newest of each ref.
_ARTIFACTS = """
CREATE OR REPLACE TEMP TABLE report_artifacts AS
SELECT ref, hub, kind, created, observed, licences, licence_source, has_card, downloads, downloads_window, version_of,
       base_family
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
# Civitai's permission flags state the terms without naming a licence; a version has those of its model.
_LICENCES = """
SELECT hub, kind, count(*), count(*) FILTER (NOT bare), count(*) FILTER (bare AND has_card),
       count(*) FILTER (bare AND NOT has_card), count(*) FILTER (bare AND has_card IS NULL),
       count(*) FILTER (has_card), strftime(max(observed) FILTER (NOT bare), '%Y-%m-%d'),
       strftime(max(observed) FILTER (has_card), '%Y-%m-%d')
FROM (SELECT *, coalesce(len(licences), 0) = 0 AND licence_source IS DISTINCT FROM 'terms' AS bare
      FROM report_artifacts WHERE kind <> 'version') GROUP BY hub, kind ORDER BY count(*) DESC, hub, kind
"""
_TOP_LICENCES = """
SELECT hub, kind, licence, n, count(*) OVER (PARTITION BY hub, kind) FROM (
    SELECT hub, kind, licence, count(DISTINCT ref) AS n
    FROM (SELECT hub, kind, ref, left(unnest(CASE WHEN len(licences) > 0 THEN licences
                 WHEN licence_source = 'terms' THEN ['permission flags of the hub'] END), 200) AS licence
          FROM report_artifacts WHERE kind <> 'version')
    WHERE licence IS NOT NULL GROUP BY hub, kind, licence
) QUALIFY row_number() OVER (PARTITION BY hub, kind ORDER BY n DESC, licence) <= ? ORDER BY hub, kind, n DESC, licence
"""
# A row that rests on no observation (n = 0) would bias the share.
_PREFIX = "regexp_extract(subject, '^(hf|civitai|file):[a-z0-9]{1,16}')"
_CHECKS = f"""
SELECT "check", bool_or(sensitive), min(harm), {_PREFIX}, count(*),
       count(*) FILTER (value = 1 AND coalesce(n, 1) > 0), count(*) FILTER (value IS NULL),
       count(*) FILTER (value IS NOT NULL AND n <= 0), count(*) FILTER (value NOT IN (0, 1)),
       count(*) FILTER (value BETWEEN 0.5 AND 1 AND coalesce(n, 1) > 0)
FROM findings GROUP BY "check", 4 ORDER BY "check", count(*) DESC, 4
"""
# A finding rests on what had been observed when its run began.
_OBSERVED = f"""
SELECT "check", {_PREFIX}, strftime(max(observed), '%Y-%m-%d')
FROM findings AS f JOIN observations AS o ON o.ref = f.subject AND o.run < f.run AND NOT o.gone
WHERE value IS NOT NULL AND coalesce(n, 1) > 0 GROUP BY 1, 2
"""
_CONTROLS = """
SELECT control, count(*) FILTER (decision = 'allow'), count(*) FILTER (decision = 'block'),
       count(*) FILTER (decision NOT IN ('allow', 'block'))
FROM decisions GROUP BY control ORDER BY control
"""
_BROKEN = 'SELECT count(*) FROM findings WHERE "check" = ? AND (value < ? OR value > ?)'
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
        checks = _checks(db, observed or date)
        links.prepare(db)
        graph, largest = families.read(db)
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
            licences=_licences(db),
            checks=checks,
            controls=_controls(ws, {check.check for check in checks if check.sensitive}),
            collections=tuple(_collection(row) for row in runs if row[0] == "collect")[:LAST_RUNS],
            runs=tuple(_run(row) for row in runs[:LAST_RUNS]),
            runs_in_all=len(runs),
            unseen=unseen(db, checks, {(row[0], row[1]) for row in runs if row[2] == "done"}),
            likenesses=likenesses.read(db, observed or date),
            reuploads=reuploads.read(db, checks),
        )
    finally:
        db.execute("DROP TABLE IF EXISTS report_artifacts")
        db.execute("DROP TABLE IF EXISTS report_links")


def share_of(found: int, of: int, date: str | None, source: str) -> Share:
    """`found` of `of` with its interval, date and source."""
    ends = wilson(found, of)
    return Share(found, of, found / of, *ends, date, source) if ends else Share(0, 0, None, None, None, date, source)


def _rows(db: Db, sql: str, *given: Any) -> list[Any]:
    return db.execute(sql, list(given)).fetchall()


def _licences(db: Db) -> tuple[Licences, ...]:
    top = defaultdict(list)
    for hub, kind, licence, n, distinct in _rows(db, _TOP_LICENCES, TOP_LICENCES):
        top[hub, kind].append((licence, n, distinct))
    listed = []
    for hub, kind, count, declared, not_stated, no_card, not_recorded, carded, said, seen in _rows(db, _LICENCES):
        artifacts, named = of_kind(shown(hub), shown(kind)), top[hub, kind]
        source = f"licences declared by {artifacts} in card, tags or terms"
        best = tuple(Licence(shown(name, 48), share_of(n, declared, said, source)) for name, n, _ in named)
        listed.append(Licences(
            shown(hub), shown(kind), count, declared, not_stated, no_card, not_recorded,
            share_of(not_stated, carded, seen, f"{artifacts} whose card was seen"), best,
            named[0][2] - len(best) if best else 0,
        ))  # fmt: skip
    return tuple(listed)


def _checks(db: Db, date: str) -> tuple[Check, ...]:
    rows = defaultdict(list)
    for name, *rest in _rows(db, _CHECKS):
        rows[name].append(rest)
    dates: dict[str, dict[str, str]] = defaultdict(dict)
    for name, prefix, observed in _rows(db, _OBSERVED):
        dates[name][prefix] = observed
    return tuple(_check(db, name, of, dates[name], date) for name, of in rows.items())


def _check(db: Db, name: str, rows: list[Any], dates: dict[str, str], otherwise: str) -> Check:
    date = max(dates.values(), default=otherwise)
    sensitive, harm = any(row[0] for row in rows), next((row[1] for row in rows if row[1]), None)
    looked, found, unknown, uncounted, measured, likely = (sum(row[n] for row in rows) for n in range(3, 9))
    said = (shown(name, 48), sensitive, harm and shown(harm, 20))
    if sensitive:
        return _sensitive(said, looked, likely if measured else found, unknown + uncounted, date)
    if measured:
        sql = 'SELECT median(value) FROM findings WHERE "check" = ? AND isfinite(value)'
        return Check(*said, looked, None, unknown, uncounted, None, _rows(db, sql, name)[0][0], ())
    groups = tuple(_group(row, dates.get(row[2], otherwise), said[0]) for row in rows)
    alone = sum(group.share.of > 0 for group in groups) < 2
    share = share_of(found, looked - unknown - uncounted, date, f"findings of {said[0]}") if alone else None
    return Check(*said, looked, found, unknown, uncounted, share, None, groups)


def _group(row: Any, date: str, check: str) -> Group:
    _, _, prefix, looked, found, unknown, uncounted, *_ = row
    hub, _, kind = prefix.partition(":")
    share = share_of(found, looked - unknown - uncounted, date, f"findings of {check}")
    return Group(HUBS.get(hub, "other"), shown(kind) if hub in HUBS else "other", looked, unknown, uncounted, share)


def _sensitive(said: tuple[str, bool, str | None], looked: int, found: int, rest: int, date: str) -> Check:
    """A check shown with care; where it gives probabilities, those of 0.5 and more are what it `found`."""
    if small(looked):
        return Check(*said, UNDER, WITHHELD, WITHHELD, WITHHELD, None, None, ())
    # A few that could not be told are counted with the not found, or the share would give them away.
    decided = looked if small(rest) else looked - rest
    cell = hide_small([found, decided - found])[0]
    source = f"findings of {said[0]}" + (", those it could not tell counted as not found" if small(rest) else "")
    share = share_of(found, decided, date, source) if isinstance(cell, int) else None
    return Check(*said, looked, cell, UNDER if small(rest) else rest, 0, share, None, ())


def _controls(ws: Opened, sensitive: set[str]) -> tuple[Control, ...]:
    listed_runs = records.read_all(ws.path)
    latest = records.latest(listed_runs, ws.as_of)
    made = {run.method: run for run in listed_runs if run.stage == "govern" and run.id in latest}
    listed: list[Control] = []
    for name, *counts in _rows(ws.db, _CONTROLS):
        touches, few = _rests_on_few(ws.db, made.get(name), sensitive)
        cells = [WITHHELD] * len(counts) if few else hide_small(counts) if touches else counts
        listed.append(Control(shown(name, 48), touches, *_policy(made.get(name)), *cells))
    return tuple(listed)


def _rests_on_few(db: Db, run: Run | None, sensitive: set[str]) -> tuple[bool, bool]:
    """Whether decisions rest on a `sensitive` check, and whether on so few of its findings that they would tell of it:
    the decisions less the other checks' findings would. A policy that cannot be read any more may read any check.
    """
    rules = _rules(run)
    if rules is None:
        ends = [(check, -inf, nextafter(0.5, 0)) for check in sorted(sensitive)]
    else:
        ends = [(r.check, -inf if r.at_least is None else r.at_least, inf if r.at_most is None else r.at_most)
                for r in rules if r.check in sensitive]  # fmt: skip
    return bool(ends), any(small(_rows(db, _BROKEN, *end)[0][0]) for end in ends)


def _rules(run: Run | None) -> tuple[policies.Rule, ...] | None:
    """What the policy of `run` asked; None where that was not recorded or its file has changed."""
    if run is None or "policy" not in run.params:
        return None
    path = run.params["policy"]
    try:
        if path and sha256(Path(path).read_bytes()).hexdigest() != run.inputs.get(str(path)):
            return None
        return policies.read(Path(path) if path else None).rules
    except (HeadgateError, OSError):
        return None


def _policy(run: Run | None) -> tuple[str, str | None]:
    if run is None or "policy" not in run.params:
        return "not recorded", None
    path = run.params["policy"]
    if path is None:
        return "default policy", None
    digest = run.inputs.get(str(path))
    return shown(path, 120), digest and shown(digest, 64)


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
