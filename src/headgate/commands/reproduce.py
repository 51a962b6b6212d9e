"""Work published figures out again from their data; without a name, list what there is."""

from __future__ import annotations

import json
from pathlib import Path

import click

from headgate import reproductions
from headgate.options import format_option


@click.command("reproduce", help=__doc__)
@click.argument("name", required=False)
@click.option(
    "--data", "folder", type=click.Path(path_type=Path), help="The folder of the data [default: HEADGATE_DATA]."
)
@click.option("--seeds", type=click.IntRange(1, 100), help="How many seeds, where it draws any [default: its own].")
@format_option
def command(name: str | None, folder: Path | None, seeds: int | None, format_: str) -> None:
    """Print the figures of `name` beside the published ones."""
    if name is not None:
        click.echo(reproductions.render(reproductions.reproduce(name, folder, seeds=seeds), format_))
        return
    listed = reproductions.names()
    if format_ == "json":
        click.echo(json.dumps([{"name": name, "summary": summary} for name, summary in listed.items()], indent=1))
        return
    if format_ == "md":
        click.echo("| name | what |\n|---|---|")
    for name, summary in listed.items():
        click.echo(f"| {name} | {summary} |" if format_ == "md" else f"{name:18} {summary}")
