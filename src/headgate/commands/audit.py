"""Link, detect, govern and report: the main job, over a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.audit import audit
from headgate.options import workspace_either
from headgate.workspace import open_workspace


@click.command("audit", help=__doc__)
@workspace_either
@click.option("--policy", type=click.Path(path_type=Path), help="A policy in TOML instead of the default one.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "md"]), default="table", show_default=True)
def command(workspace: Path, policy: Path | None, format_: str) -> None:
    """Audit the workspace and write a report."""
    from headgate.report import json, text

    ws = open_workspace(workspace)
    page = audit(ws, policy=policy)
    click.echo(json.render(ws) if format_ == "json" else text.render(ws, markdown=format_ == "md"))
    click.echo(f"report: {page}", err=format_ != "table")
