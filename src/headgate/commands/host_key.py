"""Make the host key of a workspace, with which its own team sees sensitive items; or read the log of looks."""

from __future__ import annotations

import json
from pathlib import Path

import click

from headgate.options import workspace_either
from headgate.plain import plain

_COLUMNS = ("time", "outcome", "command", "check", "items", "who", "reason")


@click.group("host-key", help=__doc__)
def command() -> None:
    """Group of the two."""


@command.command("make")
@click.option("--into", type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE", required=True,
              help="The workspace that the key is for.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), required=True,
              help="The file to write the key to; outside the workspace, readable by its owner only.")  # fmt: skip
@click.option("--replace", is_flag=True, help="Make a new key although there is one, which then opens nothing.")
def make(into: Path, out: Path, replace: bool) -> None:
    """Make a key and write it to a file; the workspace keeps a salted hash of it only."""
    from headgate import host_key
    from headgate.workspace import open_workspace

    host_key.make(open_workspace(into).path, out, replace=replace)
    click.echo(f"host key of {into}: {out}\nkeep it as you keep a password; there is no other copy", err=True)


@command.command("looks")
@workspace_either
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
def looks(workspace: Path, format_: str) -> None:
    """Print every use of the key, refused ones too: when, what for, how many items."""
    from headgate import looks as log
    from headgate.workspace import open_workspace

    lines = log.read(open_workspace(workspace).path)
    if format_ == "json":
        click.echo(json.dumps(lines, indent=1))
        return
    rows = [[plain(line.get(column, ""), 120) for column in _COLUMNS] for line in lines]
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
    for row in [list(_COLUMNS), *rows]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
