"""Run records: `runs/<id>.json`, one for each run of a method; for a collection also how far it is."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from headgate.errors import WorkspaceError
from headgate.shapes import Db, Run
from headgate.whole import write_whole

_FIELDS = {field.name for field in fields(Run)}


def save(path: Path, run: Run) -> None:
    """Write the record of `run`, whole or not at all."""
    text = json.dumps(asdict(run), indent=1, ensure_ascii=False, default=str)
    write_whole(path / "runs" / f"{run.id}.json", text.encode("utf-8", "replace"))


def read_all(path: Path) -> list[Run]:
    """All runs of the workspace at `path`, oldest first."""
    found = []
    for file in sorted((path / "runs").glob("[!.]*.json")):
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            found.append(Run(**{k: v for k, v in record.items() if k in _FIELDS}))
        except (ValueError, TypeError, AttributeError) as error:
            msg = f"run record {file} cannot be read ({error}). Move it away; its rows are then left out."
            raise WorkspaceError(msg) from error
    return found


def latest(listed: list[Run], as_of: datetime | None = None) -> set[str]:
    """Ids of the latest finished run of each (stage, method, dataset it was about), up to `as_of`."""
    newest: dict[tuple[str, str, str | None], str] = {}
    for run in listed:
        if run.status == "done" and (as_of is None or datetime.fromisoformat(run.started) <= as_of):
            newest[run.stage, run.method, run.subject] = run.id
    return set(newest.values())


def after(path: Path, now: datetime) -> datetime:
    """`now`, or the moment after the newest run's id: ids tell the order of runs, whatever the clock did."""
    newest = max((file.stem for file in (path / "runs").glob("[!.]*.json")), default="")
    try:
        last = datetime.strptime(newest.partition("Z")[0], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return now
    return max(now, last + timedelta(microseconds=1))


def unfinished(listed: list[Run], stage: str, method: str, params: dict[str, object]) -> Run | None:
    """The newest run of `method` of `stage` with the same `params` that has not come to its end."""
    same = [
        run
        for run in listed
        if run.stage == stage
        and run.method == method
        and run.status == "running"
        and json.dumps(run.params, default=str) == json.dumps(params, default=str)
    ]
    return same[-1] if same else None


@contextmanager
def locked(path: Path, name: str) -> Iterator[None]:
    """Hold the lock `name` of the workspace; raises `WorkspaceError` if another process has it."""
    with (path / "runs" / f".{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            msg = f"another process is at it ({name}). Wait for it; a collection may also begin anew with --fresh."
            raise WorkspaceError(msg) from error
        yield


def table(db: Db, listed: list[Run]) -> None:
    """Make the table `runs` in `db`: one row a run; `rows` and `counts` are JSON objects of numbers."""
    db.execute(
        "CREATE OR REPLACE TABLE runs (id VARCHAR, stage VARCHAR, method VARCHAR, status VARCHAR, "
        "started TIMESTAMP, seconds DOUBLE, hub VARCHAR, kind VARCHAR, version VARCHAR, observed VARCHAR, "
        "complete BOOLEAN, rows VARCHAR, counts VARCHAR)"
    )
    rows = [
        [r.id, r.stage, r.method, r.status, datetime.fromisoformat(r.started).replace(tzinfo=None),
         r.seconds, r.hub, r.kind, r.version, r.observed, r.complete, json.dumps(r.rows), json.dumps(r.counts)]
        for r in listed
    ]  # fmt: skip
    if rows:
        db.executemany("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
