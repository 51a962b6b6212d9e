"""A workspace with one repaired model, traced, proved and certified, by the rows that `headgate repair` writes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from headgate import workspace
from headgate.repair import tables
from headgate.repair.certificate import place, statement
from headgate.repair.shapes import Influence
from headgate.whole import write_whole
from headgate.workspace import Workspace, open_workspace
from tests.repairs import CHECKS, certificate

MADE, SOURCE, BAD = f"file:sha256:{'12' * 32}", f"file:sha256:{'ab' * 32}", "hf:model:someone/john-doe"
ITEMS = ("secret-item-1", "secret-item-2", "secret-item-3", "secret-item-4")
SCORES = (-1.0, 0.5, 3.0, float("nan"))


def repaired(path: Path, *, person: bool = False, kept: bool = True) -> Path:
    """The workspace at `path`; with `person` the source is one that depicts a person, with `kept` the certificate is there."""
    ws = open_workspace(path, create=True)
    source = BAD if person else SOURCE
    if person:
        _collected(ws, source)
    with tables.recorded(ws, "trace", "tracin", source, {"name": "digits"}) as run:
        tables.write_influences(ws, run, ITEMS, Influence(np.array(SCORES)))
    with tables.recorded(ws, "remove", "npo", source, {"name": "digits", "budget": 3, "file": "/home/me/x"}) as run:
        tables.write_removal(ws, run, MADE, "digits without 2 items", "the highest 2 by tracin")
    for test in dict.fromkeys(one.test for one in CHECKS):
        with tables.recorded(ws, "prove", test, MADE, {}) as run:
            tables.write_checks(ws, run, [one for one in CHECKS if one.test == test])
    file = place(path, MADE)
    if kept and file:
        write_whole(file, (statement(certificate()) + "\n").encode())
    return path


def _collected(ws: Workspace, ref: str) -> None:
    run = workspace.new_run(ws, "collect", "huggingface", {})
    run.hub, run.kind = "huggingface", "model"
    rows = ws.db.sql(
        "SELECT $ref AS ref, 'huggingface' AS hub, 'model' AS kind, $now AS observed, true AS person, false AS gone, $run AS run",
        params={"ref": ref, "now": datetime(2026, 11, 1), "run": run.id},
    )
    workspace.write_part(ws, run, "artifacts", rows)
    workspace.finish(ws, run)
