"""The workspace: a folder of Parquet parts, queried through an in-memory DuckDB. The only writer of tables.

    hub.headgate/
      raw/<hub>/<run>/page-000001.jsonl.zst   what the hub said, pseudonyms aside; the record
      tables/<table>/part-<run>.parquet       rows derived from it; whole or absent
      runs/<run>.json                         who made what, and how far a collection is

Opening makes one view for each table. `artifacts` and `files` show the newest observation of each ref
up to `as_of`; `observations` shows all of them, tombstones too; `edges`, `findings`, `decisions` and
`influences` show the latest finished run of each method.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from headgate import __version__, runs
from headgate.errors import UsageError, WorkspaceError
from headgate.shapes import Db, Relation, Run
from headgate.whole import sync_folder

OBSERVED = ("artifacts", "files")  # tables that grow by observation
ADDED = ("labels",)  # tables that only ever grow
DERIVED = ("edges", "findings", "decisions", "influences")  # tables that each run of a method makes anew
SHARDED = "item_scores"  # made anew too, in many parts that workers write; `run` stands in their names
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open workspace: its folder, the connection that holds the views, and the date they show."""

    path: Path
    db: Db
    as_of: datetime | None = None


def open_workspace(path: str | Path, *, create: bool = False, as_of: datetime | None = None) -> Workspace:
    """Open the workspace at `path`, or make one there if `create`.

    `as_of` (UTC) shows what was known then. Raises `UsageError` where there is none.
    """
    path = Path(path)
    if create:
        try:
            for folder in ("raw", "tables", "runs"):
                (path / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"cannot make a workspace at {path} ({error.strerror}). Name a folder that can be written."
            raise UsageError(msg) from error
    if not (path / "runs").is_dir():
        msg = f"no workspace at {path}. Make one with: headgate collect dump FILE --into {path}"
        raise UsageError(msg)
    # Nothing is fetched: an extension that is not built in stays out.
    db = duckdb.connect(config={"autoinstall_known_extensions": "false", "preserve_insertion_order": "false"})
    # a folder of its own: DuckDB 1.5 names spilled blocks alike in every process
    # and right below the workspace: DuckDB makes the folder, but no folders above it
    db.execute("SET temp_directory = ?", [str(path / f".tmp-{os.getpid()}-{secrets.token_hex(4)}")])
    db.execute("SET TimeZone = 'UTC'")
    db.execute("SET enable_progress_bar = false")
    ws = Workspace(path, db, as_of)
    db.execute("CREATE SCHEMA empty")
    db.execute("USE empty")
    db.execute((_HERE / "schema.sql").read_text(encoding="utf-8"))
    db.execute("USE memory.main")
    db.execute((_HERE / "macros.sql").read_text(encoding="utf-8"))
    refresh(ws)
    return ws


def refresh(ws: Workspace) -> None:
    """Point the views at the parts that now exist."""
    listed = runs.read_all(ws.path)
    observed = {table: parts(ws, table, listed) for table in OBSERVED}
    for table, files in observed.items():
        _view(ws, f"all_{table}", table, files)
    for table in ADDED:
        known = {run.id for run in listed if ws.as_of is None or datetime.fromisoformat(run.started) <= ws.as_of}
        _view(ws, table, table, [p for p in parts(ws, table, listed) if run_of(p) in known])
    latest = runs.latest(listed, ws.as_of)
    for table in DERIVED:
        _view(ws, table, table, [p for p in parts(ws, table, listed) if run_of(p) in latest])
    _view_of_items(ws, sorted(latest & {run_of(p) for p in parts(ws, SHARDED, listed)}))
    moment = f"TIMESTAMP '{ws.as_of:%Y-%m-%d %H:%M:%S.%f}'" if ws.as_of else "TIMESTAMP '9999-12-31'"
    _execute(ws, f"CREATE OR REPLACE VIEW observations AS FROM all_artifacts WHERE observed <= {moment}")
    _current_views(ws, once=_each_seen_once(observed["artifacts"], listed))
    runs.table(ws.db, listed)


def parts(ws: Workspace, table: str, listed: list[Run] | None = None) -> list[str]:
    """The part files of `table` that count: of finished runs, and not replaced by a compaction."""
    listed = runs.read_all(ws.path) if listed is None else listed
    replaced = {name for run in listed if run.status == "done" for name in run.replaces}
    found = sorted((ws.path / "tables" / table).glob("part-*.parquet"))
    known = {run.id for run in listed if run.status == "done"}
    return [str(p) for p in found if f"{table}/{p.name}" not in replaced and run_of(str(p)) in known]


def run_of(part: str) -> str:
    """The run that wrote `part`."""
    return Path(part).stem.removeprefix("part-").partition("+")[0]


def part_of_items(path: Path, run: str, number: int) -> Path:
    """Where the workspace at `path` keeps the item scores of piece `number` of the run `run`."""
    return path / "tables" / SHARDED / f"part-{run}+{number:06}.parquet"


def new_run(ws: Workspace, stage: str, method: str, params: dict[str, object]) -> Run:
    """Begin a run and write its record."""
    now = datetime.now(UTC)
    id_ = f"{runs.after(ws.path, now):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(2)}"
    run = Run(id_, stage, method, __version__, params, now.isoformat(timespec="milliseconds"))
    runs.save(ws.path, run)
    return run


def finish(ws: Workspace, run: Run, status: str = "done") -> None:
    """End `run`: from now on its rows are seen."""
    now = datetime.now(UTC)
    run.finished = now.isoformat(timespec="milliseconds")
    run.seconds = round((now - datetime.fromisoformat(run.started)).total_seconds(), 3)
    run.status = status
    runs.save(ws.path, run)
    refresh(ws)


def write_part(ws: Workspace, run: Run, table: str, rows: Relation) -> int:
    """Write `rows` as the part of `run` in `table`, columns by name, and return how many there are.

    `rows` may leave out nullable columns but must not bring others: that raises a DuckDB error.
    """
    part = ws.path / "tables" / table / f"part-{run.id}.parquet"
    known = [row[0] for row in ws.db.execute(f"DESCRIBE empty.{table}").fetchall()]
    extra = sorted(set(rows.columns) - set(known))
    if extra:
        msg = f"{run.stage} {run.method} gives columns that {table} does not have: {', '.join(extra)}."
        raise WorkspaceError(msg)
    rows.create_view("rows_to_write", replace=True)
    write_whole_part(ws.db, f"FROM empty.{table} UNION ALL BY NAME FROM rows_to_write", part)
    # every result is fetched to its end: DuckDB 2.0 refuses other work on a connection with one half read
    run.rows[table] = int(ws.db.execute(f"SELECT count(*) FROM {scan([part])}").fetchall()[0][0])
    return run.rows[table]


def write_whole_part(db: Db, source: str, part: Path) -> None:
    """Write what the query `source` gives as the Parquet file `part`, which appears whole or not at all.

    Raises `WorkspaceError` where it cannot be written.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    aside = part.with_name(f".{part.name}.{os.getpid()}")
    try:
        db.execute(f"COPY ({source}) TO {quoted(aside)} (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.IOException as error:
        raise _unwritable(part, error) from error
    with aside.open("rb+") as file:
        os.fsync(file.fileno())
    aside.replace(part)
    sync_folder(part.parent)


def quoted(path: Path | str) -> str:
    """`path` as an SQL literal: for our own file names only, every value from outside is bound."""
    return "'" + str(path).replace("'", "''") + "'"


def scan(files: Sequence[Path | str]) -> str:
    """SQL that reads the Parquet `files` and nothing else: no globs, no columns out of folder names."""
    listed = ", ".join(quoted(exact(file)) for file in files)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def exact(path: Path | str) -> str:
    """`path` with every character that DuckDB would take for a glob made literal."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def _execute(ws: Workspace, sql: str) -> None:
    try:
        ws.db.execute(sql)
    except duckdb.IOException as error:
        raise _unwritable(ws.path, error) from error


def _unwritable(path: Path, error: duckdb.IOException) -> WorkspaceError:
    return WorkspaceError(f"cannot read or write {path}: {str(error).splitlines()[0]}")


def _view_of_items(ws: Workspace, made_by: list[str]) -> None:
    sql = f"CREATE OR REPLACE VIEW {SHARDED} AS FROM empty.{SHARDED}"
    if made_by:
        # one pattern for each run: a large dataset has very many parts, and they are alike
        listed = ", ".join(quoted(exact(ws.path / "tables" / SHARDED) + f"/part-{run}+*.parquet") for run in made_by)
        sql += (
            " UNION ALL BY NAME SELECT * EXCLUDE filename, "
            "regexp_extract(filename, 'part-([^+/]+)[+][0-9]+[.]parquet$', 1) AS run "
            f"FROM read_parquet([{listed}], filename = true, hive_partitioning = false)"
        )
    _execute(ws, sql)


def _view(ws: Workspace, name: str, table: str, files: list[str]) -> None:
    sql = f"CREATE OR REPLACE VIEW {name} AS FROM empty.{table}"
    if files:
        sql += f" UNION ALL BY NAME FROM {scan(files)}"
    _execute(ws, sql)


def _each_seen_once(files: list[str], listed: list[Run]) -> bool:
    # One collection of each kind on each hub holds each ref once; grouping 3 million refs would only cost time.
    by_id = {run.id: run for run in listed}
    made_by = [by_id[run_of(file)] for file in files]
    kinds = {(run.hub, run.kind) for run in made_by if run.stage == "collect"}
    # a folder is known by its content alone, so it may come as a model and as a dataset
    return len(kinds) == len(files) and not any(run.hub == "file" for run in made_by)


def _current_views(ws: Workspace, *, once: bool) -> None:
    newest = (
        ""
        if once
        else (
            "SEMI JOIN (SELECT ref, max((observed, run)) AS top FROM observations GROUP BY ref) AS t "
            "ON o.ref = t.ref AND (o.observed, o.run) = t.top"
        )
    )
    _execute(ws, f"CREATE OR REPLACE VIEW artifacts AS SELECT o.* FROM observations AS o {newest} WHERE NOT gone")
    _execute(
        ws,
        "CREATE OR REPLACE VIEW files AS SELECT f.* FROM all_files AS f "
        "SEMI JOIN artifacts AS a ON f.artifact = a.ref AND f.run = a.run",
    )
