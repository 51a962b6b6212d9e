"""Small workspaces for tests, filled through the same door as real ones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from headgate import run
from headgate.shapes import Run
from headgate.workspace import Workspace, open_workspace

SHAPES = {"model": "huggingface-models", "dataset": "huggingface-datasets", "civitai": "civitai-models"}


def model(id_: str, **fields: Any) -> dict[str, Any]:
    """A record as the Hub's list of models gives it, card data seen but empty."""
    return {"id": id_, "modelId": id_, "author": id_.split("/")[0], "tags": [], "cardData": {}, **fields}


def collect(
    path: Path, records: Iterable[dict[str, Any]], shape: str = "model", **params: Any
) -> tuple[Workspace, Run]:
    """Load `records` as a dump into the workspace at `path`."""
    ws = open_workspace(path, create=True)
    dump = path.parent / f"{path.name}-{len(list((path / 'runs').iterdir()))}.jsonl"
    dump.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    made = run.collect(ws, "dump", path=dump, shape=SHAPES[shape], **params)
    return ws, made


def edges(ws: Workspace, method: str, **params: Any) -> set[tuple[Any, ...]]:
    """Run a link method and return its edges: child, parent, relation, how."""
    run.run_method(ws, "link", method, **params)
    rows = ws.db.execute("SELECT child, parent, relation, how FROM edges WHERE method = ?", [method]).fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)


def findings(ws: Workspace, check: str, **params: Any) -> dict[str, tuple[Any, ...]]:
    """Run a detector and return subject -> (value, evidence)."""
    run.run_method(ws, "detect", check, **params)
    rows = ws.db.execute('SELECT subject, value, evidence FROM findings WHERE "check" = ?', [check]).fetchall()
    return {row[0]: row[1:] for row in rows}
