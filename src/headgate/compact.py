"""Compaction: few large parts instead of many small ones, without losing an observation.

The new parts and the record that names the old ones appear first; the old files stay for readers that
still have them open and go at the next compaction, as do parts of derived tables that newer runs replaced.
"""

from __future__ import annotations

from pathlib import Path

from headgate import runs, workspace
from headgate.workspace import DERIVED, OBSERVED, Workspace


def compact(ws: Workspace) -> tuple[int, int, int]:
    """Compact every table of `ws`; return the number of parts before, after, and of files removed."""
    listed = runs.read_all(ws.path)
    removed = _remove_replaced(ws)
    before = sum(len(workspace.parts(ws, table, listed)) for table in OBSERVED + DERIVED)
    run = workspace.new_run(ws, "workspace", "compact", {})
    latest = runs.latest(listed)
    for table in OBSERVED:
        found = workspace.parts(ws, table, listed)
        if len(found) > 1:
            # `run` stays the run that observed the row, so history reads as before
            workspace.write_part(ws, run, table, ws.db.sql(f"FROM all_{table}"))
            run.replaces += [f"{table}/{Path(part).name}" for part in found]
    for table in DERIVED:
        old = [part for part in workspace.parts(ws, table, listed) if workspace.run_of(part) not in latest]
        run.replaces += [f"{table}/{Path(part).name}" for part in old]
    workspace.finish(ws, run)
    after = sum(len(workspace.parts(ws, table)) for table in OBSERVED + DERIVED)
    return before, after, removed


def _remove_replaced(ws: Workspace) -> int:
    gone = [
        ws.path / "tables" / name
        for run in runs.read_all(ws.path)
        if run.status == "done"
        for name in run.replaces
        if (ws.path / "tables" / name).exists()
    ]
    for path in gone:
        path.unlink()
    return len(gone)
