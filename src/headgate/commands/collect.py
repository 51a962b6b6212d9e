"""Collect what a hub, a dump or a local folder says into a workspace."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headgate.errors import HeadgateError
from headgate.plain import plain
from headgate.shapes import Method, Run
from headgate.stage_commands import StageGroup

if TYPE_CHECKING:
    from headgate.workspace import Workspace


def _collect(method: Method, *, into: Path, fresh: bool, **params: Any) -> None:
    from headgate import run, workspace

    new = not into.exists()
    ws = workspace.open_workspace(into, create=True)
    try:
        made = run.collect(ws, method.name, fresh=fresh, **params)
    except HeadgateError:
        if new and not any((into / "raw").iterdir()):
            shutil.rmtree(into)  # a call that could not even begin leaves nothing behind
        raise
    counts = made.counts
    rejected = {k[9:]: n for k, n in counts.items() if k.startswith("rejected_") and n}
    reasons = ", ".join(f"{reason.replace('_', ' ')} {n:,}" for reason, n in rejected.items())
    told = f"; rejected {sum(rejected.values()):,} ({reasons})" if rejected else "; rejected 0"
    click.echo(
        f"collected {counts['kept']:,} artifacts and {made.rows['files']:,} files from {counts.get('records', 0):,} "
        f"records in {made.pages} pages; duplicates {counts['duplicates']:,}; pseudonymised "
        f"{counts.get('pseudonymised', 0):,}; gone {counts['gone']:,}{told}"
    )
    if made.hub == "file":
        _name_folders(ws, made)


def _name_folders(ws: Workspace, made: Run) -> None:
    # A folder is known by its content from here on, so say how.
    rows = ws.db.execute(
        "SELECT name, ref FROM observations WHERE run = ? ORDER BY name LIMIT 20", [made.id]
    ).fetchall()
    for name, ref in rows:
        click.echo(f"{plain(name, 80)}  {ref}")


_into = click.Option(["--into"], type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE", required=True,
                     help="The workspace to write; made if it is not there.")  # fmt: skip
_fresh = click.Option(["--fresh"], is_flag=True, help="Begin anew instead of going on with an interrupted run.")
command = StageGroup("collect", _collect, [_into, _fresh], help=__doc__)
