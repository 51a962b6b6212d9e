"""Lay a workspace out for looking up: a DuckDB file beside it that is made anew whenever the tables change.

The file is a cache: nothing is lost with it, and Parquet stays the record. Making it takes a process of its own, since
a hub of three million models takes memory that the server should not keep.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import duckdb
import numpy as np

from headgate import __version__, checks, graph, runs
from headgate.errors import EXIT_UNKNOWN, HeadgateError, WorkspaceError
from headgate.plain import plain
from headgate.report import controls
from headgate.report.summary import summarise
from headgate.whole import write_whole
from headgate.workspace import Workspace, open_workspace, quoted

FOLDER = ".index"  # of the workspace
LAYOUT = 4  # goes up when index.sql changes
MEMORY = "2GB"  # of the process that makes it; what does not fit is spilled
DATA = "trained_on"  # a dataset is no ancestor of weights
HOPS = 64  # a lineage deeper than this has its family cut there
_SQL = (Path(__file__).parent / "index.sql").read_text(encoding="utf-8")
_FINDINGS = """
INSERT INTO shelf.findings
SELECT a.id, f.* EXCLUDE (sensitive), false FROM findings AS f JOIN shelf.artifacts AS a ON a.ref = f.subject
WHERE f."check" = ? ORDER BY a.id
"""
# A check that says 0 or 1, or a probability, flags from a half on; a measure in other units flags nothing.
_FLAGS = """
INSERT INTO shelf.flags SELECT id, "check" FROM shelf.findings WHERE "check" = $check AND value >= 0.5
AND coalesce(n, 1) > 0 AND NOT EXISTS (FROM shelf.findings WHERE "check" = $check AND value NOT BETWEEN 0 AND 1)
ORDER BY id
"""


def key(path: Path) -> str:
    """What the tables of the workspace at `path` are now; the same as long as no run but one of labels finishes."""
    done = [run.id for run in runs.read_all(path) if run.status == "done" and run.stage != "label"]
    text = json.dumps([LAYOUT, __version__, duckdb.__version__, done])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def made(path: Path) -> Path:
    """The folder of the index of the workspace at `path`, made now if there is none; raises `WorkspaceError`."""
    wanted = key(path)
    for base in (path / FOLDER, _aside(path)):
        if (base / wanted / "summary.json").exists():
            return base / wanted
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_make, args=(path, wanted), daemon=True)
    process.start()
    process.join()
    for base in (path / FOLDER, _aside(path)):
        if (base / wanted / "summary.json").exists():
            _forget_others(base, wanted)
            return base / wanted
    msg = f"the index of {path} could not be made (exit {process.exitcode}). What is wrong stands above."
    raise WorkspaceError(msg)


def _aside(path: Path) -> Path:
    # for a workspace that may be read and not written
    named = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"headgate-index-{named}"


def _make(path: Path, wanted: str) -> None:
    os.nice(10)  # readers of the older index come first
    try:
        _write(path, _base(path), wanted)
    except (HeadgateError, duckdb.Error, OSError) as error:
        sys.stderr.write(f"headgate: {plain(error, 1000)}\n")
        sys.exit(EXIT_UNKNOWN)


def _base(path: Path) -> Path:
    try:
        (path / FOLDER).mkdir(exist_ok=True)
        return path / FOLDER
    except OSError:
        _aside(path).mkdir(mode=0o700, exist_ok=True)
        return _aside(path)


def _write(path: Path, base: Path, wanted: str) -> None:
    begun = base / f".making-{wanted}-{os.getpid()}"
    begun.mkdir()
    try:
        ws = open_workspace(path)
        ws.db.execute(f"SET memory_limit = '{MEMORY}'")
        build(ws, begun / "index.duckdb")
        text = json.dumps(asdict(summarise(ws)), allow_nan=False, default=str)
        write_whole(begun / "summary.json", text.encode())
        begun.rename(base / wanted)
    except OSError:
        if not (base / wanted).exists():  # else another process was faster
            raise
    finally:
        shutil.rmtree(begun, ignore_errors=True)


def _forget_others(base: Path, kept: str) -> None:
    # one older index stays: a server that has it open may still hand it to a page
    others = sorted((p for p in base.iterdir() if p.name != kept), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in others[1:]:
        shutil.rmtree(old, ignore_errors=True)


def build(ws: Workspace, file: Path) -> None:
    """Write the index of `ws` to the new DuckDB file `file`; see index.sql for its tables."""
    ws.db.execute(f"ATTACH {quoted(file)} AS shelf")
    lineage = graph.load(ws.db)
    try:
        ws.db.execute(f"CREATE TEMP TABLE nodes_of AS SELECT id AS node, folded, ref, respelled FROM {lineage.nodes}")
    finally:
        graph.drop(ws.db, lineage)
    _families(ws, lineage)
    ws.db.execute("CREATE TEMP TABLE open_controls AS SELECT unnest(?::VARCHAR[]) AS name", [sorted(controls.OPEN)])
    ws.db.execute(_SQL)
    for name in sorted(checks.open_checks(ws.db)):
        ws.db.execute(_FINDINGS, [name])
        ws.db.execute(_FLAGS, {"check": name})
    ws.db.execute("DETACH shelf")


def _families(ws: Workspace, lineage: graph.Graph) -> None:
    """Make the table family_of (node, root, children)."""
    kept = ~np.isin(lineage.relation, [n for n, name in enumerate(lineage.relations) if name == DATA])
    parent, child, how = lineage.parent[kept], lineage.child[kept], lineage.how[kept]
    columns = {
        "node": np.arange(lineage.size, dtype=np.int32), "root": roots(lineage.size, parent, child, how),
        "children": np.bincount(parent, minlength=lineage.size).astype(np.int32),
    }  # fmt: skip
    ws.db.register("families", columns)
    ws.db.execute("CREATE TEMP TABLE family_of AS FROM families")
    ws.db.unregister("families")


def roots(size: int, parent: graph.Ints, child: graph.Ints, how: graph.Ints) -> graph.Ints:
    """The first node (of `size`) above each, going to the best known parent each time, of several the first.

    A node in a cycle, or further than `HOPS` below one, gets some node of those above it.
    """
    order = np.lexsort((-parent, how))  # the last one written counts
    above = np.arange(size, dtype=np.int32)
    above[child[order]] = parent[order]
    for _ in range(HOPS.bit_length()):
        above = above[above]
    return above
