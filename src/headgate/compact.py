"""Compaction: few large parts instead of many small ones, without losing an observation.

The new parts and the record that names the old ones appear first; the old files stay for readers that still have
them open and go at the next compaction. Parts of derived tables stay: people ask what was decided on a date.
"""

from __future__ import annotations

from pathlib import Path

from headgate import runs, workspace
from headgate.workspace import OBSERVED, Workspace


def compact(ws: Workspace) -> tuple[int, int, int]:
    """Compact every table of `ws` that grows; return the number of parts before, after, and of files removed.

    Raises `WorkspaceError` where another process compacts.
    """
    with runs.locked(ws.path, "compact"):
        removed = _remove_replaced(ws)
        listed = runs.read_all(ws.path)
        before = {table: workspace.parts(ws, table, listed) for table in OBSERVED}
        run = workspace.new_run(ws, "workspace", "compact", {})
        for table, found in before.items():
            if len(found) > 1:
                # Exactly the parts that are then replaced; `run` stays the run that observed the row.
                workspace.write_part(ws, run, table, ws.db.sql(f"FROM {workspace.scan(found)}"))
                run.replaces += [f"{table}/{Path(part).name}" for part in found]
        workspace.finish(ws, run)
        after = sum(len(workspace.parts(ws, table)) for table in OBSERVED)
        return sum(map(len, before.values())), after, removed


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
