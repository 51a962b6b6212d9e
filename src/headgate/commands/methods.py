"""List the methods of every stage, or of one; none of them needs to be installed for that."""

from __future__ import annotations

import json

import click

from headgate import catalog
from headgate.options import format_option
from headgate.shapes import STAGES


@click.command("methods", help=__doc__)
@click.argument("stage", type=click.Choice(STAGES), required=False)
@format_option
def command(stage: str | None, format_: str) -> None:
    """Print stage, method and summary."""
    found = [method for name in STAGES if stage in (None, name) for method in catalog.methods(name)]
    if format_ == "json":
        rows = [{"stage": m.stage, "method": m.name, "summary": m.summary, "needs": m.needs, "sensitive": m.sensitive}
                for m in found]  # fmt: skip
        click.echo(json.dumps(rows, indent=1))
        return
    if format_ == "md":
        click.echo("| stage | method | what it does |\n|---|---|---|")
    for m in found:
        cells = [m.stage, m.name, m.summary + (" [sensitive]" if m.sensitive else "")]
        click.echo(f"| {' | '.join(cells)} |" if format_ == "md" else f"{cells[0]:8} {cells[1]:18} {cells[2]}")
