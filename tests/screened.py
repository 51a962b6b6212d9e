"""Workspaces with item scores, written through the same door as real ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from headgate import catalog, finding_rows, pieces, runs, workspace
from headgate.pieces import Job, Rows
from headgate.shapes import Batch, Columns, Finding, Scores, Screener
from headgate.workspace import Workspace, open_workspace

REF = "hf:dataset:someone/texts"


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _never(_: Batch) -> Scores:
    raise AssertionError


def job_of(path: Path, run: str = "r", method: str = "toxicity") -> Job:
    return Job(path, run, REF, method, (), path, Columns())


def screened(
    path: Path, method: str, texts: Sequence[str], scores: Sequence[float], *, axes: dict[str, Sequence[float]] | None = None,
    findings: Sequence[Finding] = (), counts: dict[str, int] | None = None, ref: str = REF,
) -> Workspace:  # fmt: skip
    """The workspace at `path` with one more finished screening of the dataset `ref`."""
    ws = open_workspace(path, create=True)
    run = workspace.new_run(ws, "screen", method, {})
    run.subject = ref
    job = Job(path, run.id, ref, method, (), path, Columns())
    names = tuple(axes or {})
    table = np.array([list(column) for column in (axes or {}).values()], np.float32).reshape(len(names), len(texts)).T
    rows = Rows([hashed(text) for text in texts], ["t.csv"] * len(texts), list(range(len(texts))))
    pieces.write(job, 0, rows, Scores(np.array(scores, np.float32), table), Screener(_never, names))
    run.rows["item_scores"] = len(texts)
    run.counts = counts or {}
    finding_rows.write(ws, run, catalog.find("screen", method), findings)
    runs.save(path, run)
    workspace.finish(ws, run)
    pieces.clear_markers(job)
    return ws
