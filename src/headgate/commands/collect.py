"""Collect what a hub, a dump or a local folder says into a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from headgate.shapes import Method
from headgate.stage_commands import StageGroup


def _collect(method: Method, *, into: Path, fresh: bool, **params: Any) -> None:
    from headgate import run, workspace

    ws = workspace.open_workspace(into, create=True)
    made = run.collect(ws, method.name, fresh=fresh, **params)
    counts = made.counts
    rejected = {k[9:]: n for k, n in counts.items() if k.startswith("rejected_") and n}
    reasons = ", ".join(f"{reason.replace('_', ' ')} {n:,}" for reason, n in rejected.items())
    told = f"; rejected {sum(rejected.values()):,} ({reasons})" if rejected else "; rejected 0"
    click.echo(
        f"collected {counts['kept']:,} artifacts and {made.rows['files']:,} files from {counts.get('records', 0):,} "
        f"records in {made.pages} pages; duplicates {counts['duplicates']:,}; pseudonymised "
        f"{counts.get('pseudonymised', 0):,}; gone {counts['gone']:,}{told}"
    )


_into = click.Option(["--into"], type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE", required=True,
                     help="The workspace to write; made if it is not there.")  # fmt: skip
_fresh = click.Option(["--fresh"], is_flag=True, help="Begin anew instead of going on with an interrupted run.")
command = StageGroup("collect", _collect, [_into, _fresh], help=__doc__)
