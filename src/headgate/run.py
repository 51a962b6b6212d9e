"""Run one method: load its input, time it, write its rows and its line in `runs/`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from headgate import catalog, derive, pages, runs, workspace
from headgate.errors import BadInput, MissingExtra, UsageError, WorkspaceError
from headgate.keys import installation_key
from headgate.known_people import KnownPeople
from headgate.progress import Progress
from headgate.shapes import Method, Page, Relation, Run
from headgate.workspace import Workspace

# Hubs tell ids apart without regard to case: a parent gets the spelling of the artifact it names.
_SPELLED = """
WITH parents AS (SELECT DISTINCT parent FROM linked),
respelled AS (
    SELECT p.parent, min(a.ref) AS ref FROM artifacts AS a JOIN parents AS p ON lower(p.parent) = lower(a.ref)
    GROUP BY p.parent HAVING NOT bool_or(a.ref = p.parent)
)
SELECT l.* REPLACE (coalesce(r.ref, l.parent) AS parent)
FROM linked AS l LEFT JOIN respelled AS r ON r.parent = l.parent
"""
STALE = timedelta(days=7)  # what a hub said longer ago than this is not mixed with what it says now
TABLE = {"link": "edges", "detect": "findings", "measure": "findings", "govern": "decisions"}


def run_method(ws: Workspace, stage: str, name: str, **params: Any) -> Run:
    """Run the `stage` method `name` over the workspace and write its rows."""
    method = catalog.find(stage, name)
    function = catalog.load(method)
    run = workspace.new_run(ws, stage, name, params)
    run.inputs = {
        str(p): sha256(p.read_bytes()).hexdigest() for p in params.values() if isinstance(p, Path) and p.is_file()
    }
    with _recorded(ws, run):
        given = function(ws.db, **params)
        if stage == "link":
            given = _spelled(ws, given)
        workspace.write_part(ws, run, TABLE[stage], given.project(f"*, {_stamp(method, run)}"))
        ws.db.execute("DROP TABLE IF EXISTS temp.linked")
    return run


def run_stage(ws: Workspace, stage: str) -> list[Run]:
    """Run every method of `stage` with its defaults, as far as its extras are installed."""
    with Progress(stage) as progress:
        done = []
        for method in catalog.methods(stage):
            progress.say(method.name)
            try:
                done.append(run_method(ws, stage, method.name))
            except MissingExtra as error:
                sys.stderr.write(f"left out: {error}\n")
        return done


def link_in_memory(ws: Workspace) -> None:
    """Make `edges` of this connection anew from what `ws` shows, by every link method, and write nothing.

    A workspace opened as of an earlier date holds no links of that date otherwise. What remove and protect made stays.
    """
    linking = catalog.methods("link")
    ws.db.execute(
        "CREATE OR REPLACE TEMP TABLE edges AS FROM memory.main.edges WHERE NOT list_contains(?, method)",
        [[method.name for method in linking]],
    )
    for method in linking:
        rows = _spelled(ws, catalog.load(method)(ws.db))
        rows.project(f"*, '{method.name}' AS method, 'in memory' AS run").create_view("stamped", replace=True)
        ws.db.execute("INSERT INTO temp.edges BY NAME FROM stamped")


def _spelled(ws: Workspace, given: Relation) -> Relation:
    given.create_view("given", replace=True)
    ws.db.execute("CREATE OR REPLACE TEMP TABLE linked AS FROM given")
    return ws.db.sql(_SPELLED)


def collect(ws: Workspace, name: str, *, fresh: bool = False, **params: Any) -> Run:
    """Collect with the method `name`, going on where an interrupted run with the same words stopped.

    Every page is on disk before the next is asked for. Raises what the collector raises; what was
    collected until then is kept and the same call goes on from there.
    """
    function = catalog.load(catalog.find("collect", name))
    written = json.loads(json.dumps(params, default=str))
    run = None if fresh else _to_go_on_with(ws, name, written)
    run = run or workspace.new_run(ws, "collect", name, written)
    with runs.locked(ws.path, run.id):
        # as it is now that no other process has it
        run = next(found for found in runs.read_all(ws.path) if found.id == run.id)
        if run.status != "running":
            msg = f"another process has just finished run {run.id}. Call again to collect anew."
            raise WorkspaceError(msg)
        if run.pages == 0 or run.cursor is not None:
            _fetch_some(ws, run, function(run.cursor, **params))
        derive.derive(ws, run)
        workspace.finish(ws, run)
    return run


def _to_go_on_with(ws: Workspace, name: str, params: dict[str, Any]) -> Run | None:
    run = runs.unfinished(runs.read_all(ws.path), "collect", name, params)
    if run is None or datetime.now(UTC) - datetime.fromisoformat(run.started) < STALE:
        return run
    sys.stderr.write(
        f"note: the collection interrupted on {run.started[:10]} is too old to go on with; beginning anew.\n"
    )
    workspace.finish(ws, run, "failed")
    return None


def _fetch_some(ws: Workspace, run: Run, source: Iterator[Page]) -> None:
    try:
        run.observed = run.observed or _observed(run)
        _fetch(ws, run, source)
        if run.pages == 0:
            msg = f"collect {run.method} gave no records. Check what was asked for; nothing was written."
            raise BadInput(msg)
    except BaseException:
        if run.pages == 0:  # nothing to go on with
            workspace.finish(ws, run, "failed")
        raise


def _fetch(ws: Workspace, run: Run, source: Iterator[Page]) -> None:
    key, known = installation_key(), _known_people(ws, run)
    with Progress(f"collect {run.method}") as progress:
        for page in source:
            run.hub, run.kind = page.hub, page.kind
            folder = ws.path / "raw" / page.hub / run.id
            counts = pages.write_page(pages.page_path(folder, run.pages + 1), page.lines, key, known)
            run.counts = dict(Counter(run.counts) + counts)
            run.pages, run.cursor = run.pages + 1, page.next
            # A hub that lists nothing at all is broken, not empty: nothing is gone for that.
            run.complete = page.complete and run.counts.get("records", 0) > 0
            runs.save(ws.path, run)
            progress.say(f"{run.counts.get('records', 0):,} records, {run.pages} pages")


def _known_people(ws: Workspace, run: Run) -> KnownPeople:
    people = "FROM observations WHERE person"
    hashes = ws.db.execute(
        f"SELECT DISTINCT sha256 FROM all_files SEMI JOIN ({people}) AS p ON p.ref = artifact WHERE sha256 IS NOT NULL"
    )
    known = KnownPeople(
        {row[0] for row in hashes.fetchall()},
        {row[0] for row in ws.db.execute(f"SELECT DISTINCT name {people} AND hub = 'huggingface'").fetchall()},
    )
    for record in pages.pseudonymised(ws.path / "raw" / str(run.hub) / run.id, run.pages):
        known.remember(record)  # met by this run before it was interrupted
    return known


def _observed(run: Run) -> str:
    text = run.params.get("observed")
    if not text:
        return datetime.now(UTC).isoformat(timespec="seconds")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"--observed is not a date: {text!r}. Write 2026-11-21 or 2026-11-21T08:00:00+00:00."
        raise UsageError(msg) from error
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    if moment > datetime.now(UTC) + timedelta(days=1):
        msg = f"--observed lies in the future: {text}. Later collections could never be newer than that."
        raise UsageError(msg)
    return moment.isoformat()


def _stamp(method: Method, run: Run) -> str:
    if method.stage == "link":
        extra = f"'{method.name}' AS method"
    elif TABLE[method.stage] == "findings":
        harm = f"'{method.harm}'" if method.harm else "NULL"
        extra = f"'{method.name}' AS \"check\", {str(method.sensitive).lower()} AS sensitive, {harm} AS harm"
    else:
        extra = f"'{method.name}' AS control"
    return f"{extra}, '{run.id}' AS run"


@contextmanager
def _recorded(ws: Workspace, run: Run) -> Iterator[None]:
    try:
        yield
    except BaseException:
        workspace.finish(ws, run, "failed")
        raise
    workspace.finish(ws, run)
