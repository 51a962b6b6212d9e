"""Print the default policy, to copy and change; or check one."""

from __future__ import annotations

from pathlib import Path

import click

from headgate import policy as policies


@click.command("policy", help=__doc__)
@click.argument("path", type=click.Path(path_type=Path), required=False)
def command(path: Path | None) -> None:
    """Print the default policy, or say that the one at PATH can be used."""
    if path is None:
        click.echo(policies.DEFAULT.read_text(encoding="utf-8"), nl=False)
        return
    found = policies.read(path)
    click.echo(f"policy {found.name}: {len(found.rules)} rule{'s' * (len(found.rules) != 1)}, can be used")
