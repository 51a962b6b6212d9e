"""The figures of a report as JSON, for other programs."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from headgate.errors import WorkspaceError
from headgate.report.shapes import Opened, Summary
from headgate.report.summary import summarise

SCHEMA = 1  # goes up when a field changes its meaning or is removed


def render(ws: Opened, summary: Summary | None = None) -> str:
    """The figures about `ws` as JSON text; `summary` spares working them out again."""
    return json.dumps({"schema": SCHEMA, **asdict(summary or summarise(ws))}, indent=1, allow_nan=False)


def write(ws: Opened, path: Path, summary: Summary | None = None) -> None:
    """Write `render(ws)` to `path`; raises `WorkspaceError` if that cannot be done."""
    save(path, render(ws, summary) + "\n")


def save(path: Path, text: str) -> None:
    """Write `text` so that `path` appears whole or not at all, its folder made if needed."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        msg = f"cannot write {path} ({error.strerror}). Name another file with --out."
        raise WorkspaceError(msg) from error
