"""The main job: link, detect, govern and report over everything a workspace holds."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from headgate import policy as policies
from headgate import run, runs
from headgate.catalog import AUDITED
from headgate.errors import WorkspaceError
from headgate.progress import Progress
from headgate.workspace import Workspace


def audit(ws: Workspace, *, policy: Path | None = None) -> Path:
    """Run every link method and detector and the controls of `AUDITED` over `ws`; return the path of the report.

    The same numbers lie beside the HTML page as JSON. Raises `WorkspaceError` where nothing was collected.
    """
    warn_of_unfinished(ws)
    if not ws.db.execute("SELECT ref FROM artifacts LIMIT 1").fetchall():
        msg = f"{ws.path} holds no artifacts. Collect first: headgate collect dump FILE --into {ws.path}"
        raise WorkspaceError(msg)
    policies.read(policy)  # a policy that cannot be used is told before the work, not after it
    run.run_stage(ws, "link")
    run.run_stage(ws, "detect")
    with Progress("govern") as progress:
        for name in AUDITED:
            progress.say(name)
            run.run_method(ws, "govern", name, **({"policy": policy} if name == "release_gate" else {}))
    return write_reports(ws)


def write_reports(ws: Workspace) -> Path:
    """Write the report as HTML and JSON under `reports/` and return the path of the page."""
    from headgate.report import html, json

    path = ws.path / "reports" / f"report-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.html"
    path.parent.mkdir(exist_ok=True)
    html.write(ws, path)
    json.write(ws, path.with_suffix(".json"))
    return path


def warn_of_unfinished(ws: Workspace) -> None:
    """Say on stderr which collections stopped half-way: their rows are not seen until they go on."""
    for stopped in runs.read_all(ws.path):
        if stopped.stage == "collect" and stopped.status == "running":
            sys.stderr.write(
                f"note: {stopped.method} of {stopped.started[:19]} stopped after {stopped.pages} pages and is left "
                "out; the same collect command goes on with it.\n"
            )
