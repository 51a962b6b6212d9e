"""Decide about artifacts under a policy: exit 0 pass, 1 blocked, 2 could not tell."""

from __future__ import annotations

import json
from pathlib import Path

import click

from headgate.errors import EXIT_BLOCKED, EXIT_PASS, EXIT_UNKNOWN
from headgate.options import format_option, workspace_option
from headgate.plain import plain


@click.command("gate", help=__doc__)
@click.argument("refs", nargs=-1, required=True)
@workspace_option
@click.option("--policy", type=click.Path(path_type=Path), help="A policy in TOML instead of the default one.")
@format_option
def command(refs: tuple[str, ...], workspace: Path, policy: Path | None, format_: str) -> int:
    """Print one decision for each ref and end with the exit code of the worst."""
    from headgate.gate import decide
    from headgate.workspace import open_workspace

    verdicts = decide(open_workspace(workspace), refs, policy=policy)
    if format_ == "json":
        click.echo(json.dumps([v._asdict() for v in verdicts], indent=1, default=str))
    else:
        bar = " | " if format_ == "md" else "  "
        for v in verdicts:
            seen = f"seen {v.observed:%Y-%m-%d}" if v.observed else "never seen"
            click.echo(bar.join([f"{v.decision:7}", plain(v.ref), plain(v.because or "every rule is kept"), seen]))
    found = {v.decision for v in verdicts}
    return EXIT_BLOCKED if "block" in found else EXIT_UNKNOWN if "unknown" in found else EXIT_PASS
