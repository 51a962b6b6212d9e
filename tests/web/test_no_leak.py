"""What a sensitive check found of an artifact makes no difference to any page: two workspaces that differ in that
alone are shown alike, but for aggregates."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb

from headgate import catalog, runs
from headgate.workspace import open_workspace
from tests.web.serving import Served, serving

SENSITIVE = sorted(m.name for m in catalog.methods("detect") if m.sensitive)
# What is found of `subject` by a check, and of whom the opposite is found, of the same hub and kind.
_PAIRS = """
WITH f AS (SELECT subject, value, hub, kind FROM findings JOIN artifacts ON ref = subject WHERE "check" = ?),
p AS (SELECT *, row_number() OVER (PARTITION BY hub, kind ORDER BY subject) AS n FROM f WHERE value >= 0.5),
q AS (SELECT *, row_number() OVER (PARTITION BY hub, kind ORDER BY subject DESC) AS n FROM f WHERE value < 0.5)
SELECT p.subject, q.subject FROM p JOIN q USING (hub, kind, n)
"""


def swapped(path: Path) -> dict[str, dict[str, str]]:
    """For each sensitive check whom to exchange with whom."""
    db = open_workspace(path).db
    found = {check: dict(db.execute(_PAIRS, [check]).fetchall()) for check in SENSITIVE}
    return {check: pairs | {b: a for a, b in pairs.items()} for check, pairs in found.items()}


def swap(path: Path, told: dict[str, dict[str, str]]) -> None:
    newest = {run.method: run.id for run in runs.read_all(path) if run.stage == "detect" and run.status == "done"}
    for check, other in told.items():
        part = path / "tables" / "findings" / f"part-{newest[check]}.parquet"
        db = duckdb.connect()
        db.execute("CREATE TABLE other (a VARCHAR, b VARCHAR)")
        db.executemany("INSERT INTO other VALUES (?, ?)", list(other.items()) or [("", "")])
        db.execute(
            f"CREATE TABLE f AS SELECT f.* REPLACE (coalesce(b, subject) AS subject) FROM read_parquet('{part}') AS f "
            "LEFT JOIN other ON a = subject"
        )
        db.execute(f"COPY f TO '{part}' (FORMAT parquet)")


def test_pages_do_not_tell_what_sensitive_checks_found(own: Path) -> None:
    told = swapped(own)
    named = [check for check in SENSITIVE if told[check]]
    assert len(named) > 2
    refs = {ref for check in named for ref in sorted(told[check])[:2] + sorted(told[check])[-2:]}
    paths = [f"/{page}/{ref}" for ref in sorted(refs) for page in ("artifact", "lineage", "recall")]
    paths += [
        f"/catalogue?sort={sort}&{more}"
        for sort in ("name", "downloads")
        for more in ("", "finding=licence_missing", "q=uncensored")
    ]
    paths += [
        "/",
        "/policy",
        "/review",
        "/licences",
        "/lineage",
        "/recall",
        "/data",
        "/repair",
        "/review/licence_missing",
    ]
    with serving(own) as running:
        before = {path: shown(running, path) for path in paths}
    swap(own, told)
    assert swapped(own) != told
    shutil.rmtree(own / ".index")
    with serving(own) as running:
        for path in paths:
            assert shown(running, path) == before[path], path


def shown(served: Served, path: str) -> Any:
    """The twin without its date, and the words of the page without what changes from one asking to the next."""
    answer = served.get(path, accept="application/json")
    assert answer.status_code in (200, 403, 404), (path, answer.text[:300])
    found = json.loads(answer.text)
    found.pop("as_of", None)
    return found
