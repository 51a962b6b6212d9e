"""Rewrite a workspace's many parts as few; nothing that was observed is lost."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.options import workspace_either


@click.command("compact", help=__doc__)
@workspace_either
def command(workspace: Path) -> None:
    """Compact the workspace and print what became of its parts."""
    from headgate.compact import compact
    from headgate.workspace import open_workspace

    before, after, removed = compact(open_workspace(workspace))
    click.echo(f"{before} parts became {after}; {removed} replaced files were removed")
    if before > after:
        click.echo("the replaced files stay for readers that have them open, and go at the next compaction", err=True)
