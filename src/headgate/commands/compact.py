"""Rewrite a workspace's many parts as few; nothing that was observed is lost."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("compact", help=__doc__)
@click.argument("workspace", type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE")
def command(workspace: Path) -> None:
    """Compact the workspace and print what became of its parts."""
    from headgate.compact import compact
    from headgate.workspace import open_workspace

    before, after, removed = compact(open_workspace(workspace))
    click.echo(f"{before} parts became {after}; {removed} files of earlier compactions were removed")
