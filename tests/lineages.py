"""Small workspaces with a lineage of one's own choosing, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from headgate import workspace
from headgate.workspace import Workspace

ARTIFACT = {
    "hub": "huggingface", "kind": "model", "author": None, "downloads": None, "downloads_window": None,
    "observed": "2026-11-01", "gone": False,
}  # fmt: skip
EDGE = {"relation": "finetune", "how": "declared", "confidence": 0.95, "method": "declared_base"}
FINDING = {"value": 1.0, "sensitive": False, "harm": None}


def lineage(
    path: Path, artifacts: Mapping[str, Mapping[str, object]], edges: Iterable[Mapping[str, object]] = (),
    findings: Iterable[Mapping[str, object]] = (),
) -> Workspace:  # fmt: skip
    """A workspace at `path` with these rows; what a row leaves out is as in the constants above."""
    ws = workspace.open_workspace(path, create=True)
    listed = [{"ref": ref} | ARTIFACT | dict(given) for ref, given in artifacts.items()]
    _write(ws, "collect", "dump", "artifacts", listed)
    _write(ws, "link", "declared_base", "edges", [EDGE | dict(given) for given in edges])
    _write(ws, "detect", "a_check", "findings", [FINDING | dict(given) for given in findings])
    return ws


def _write(ws: Workspace, stage: str, method: str, table: str, listed: list[dict[str, object]]) -> None:
    run = workspace.new_run(ws, stage, method, {})
    ws.db.execute(f"CREATE OR REPLACE TEMP TABLE given AS FROM empty.{table} LIMIT 0")
    for row in listed:
        names = ", ".join(f'"{name}"' for name in [*row, "run"])
        places = ", ".join("?" * (len(row) + 1))
        ws.db.execute(f"INSERT INTO given ({names}) VALUES ({places})", [*row.values(), run.id])
    workspace.write_part(ws, run, table, ws.db.sql("FROM given"))
    workspace.finish(ws, run)
