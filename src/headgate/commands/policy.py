"""Print the default policy, to copy and change; or its JSON schema; or check one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from headgate import policy as policies


@click.command("policy", help=__doc__)
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--schema", is_flag=True, help="Print the JSON schema of policies, for editors that check as you type.")
def command(path: Path | None, schema: bool) -> None:
    """Print the default policy, or its schema, or say that the one at PATH can be used."""
    if schema or path is None:
        click.echo((policies.SCHEMA if schema else policies.DEFAULT).read_text(encoding="utf-8"), nl=False)
        return
    found = policies.read(path)
    told = [_counted(len(found.rules), "rule")]
    expired = sum(waiver.expires < datetime.now(UTC).date() for waiver in found.waivers)
    if found.waivers:
        told.append(_counted(len(found.waivers), "waiver") + (f" ({expired} expired)" if expired else ""))
    click.echo(f"policy {found.name}: {', '.join(told)}, can be used")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
