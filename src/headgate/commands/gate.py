"""Decide about artifacts under a policy: exit 0 pass, 1 blocked, 2 could not tell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headgate.errors import EXIT_BLOCKED, EXIT_PASS, EXIT_UNKNOWN
from headgate.options import format_option, workspace_option
from headgate.plain import plain

if TYPE_CHECKING:
    from headgate.gate import Verdict

_MARKS = re.compile(r"([\\`*\[\]<>|#&~])")
_NOTES = 3  # appeals shown with a verdict; JSON gives all


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
    rows = [(v.decision, plain(v.ref), _because(v), _seen(v)) for v in verdicts]
    if format_ == "json":
        click.echo(json.dumps([_as_json(v) for v in verdicts], indent=1))
    elif format_ == "md":
        click.echo("| decision | ref | because | seen |\n|---|---|---|---|")
        click.echo("\n".join("| " + " | ".join(_MARKS.sub(r"\\\1", cell) for cell in row) + " |" for row in rows))
    else:
        width = max(len(row[1]) for row in rows)
        for decision, ref, because, seen in rows:
            click.echo(f"{decision:7}  {ref:{width}}  {because}  ({seen})")
    found = {v.decision for v in verdicts}
    return EXIT_BLOCKED if "block" in found else EXIT_UNKNOWN if "unknown" in found else EXIT_PASS


def _because(verdict: Verdict) -> str:
    from headgate.label_text import shown

    notes = [f"contested: {shown(appeal.note)}" for appeal in verdict.contested[:_NOTES]]
    if len(verdict.contested) > _NOTES:
        notes.append(f"contested {len(verdict.contested) - _NOTES} more times")
    return "; ".join([plain(verdict.because or "every rule is kept", 400), *notes])


def _seen(verdict: Verdict) -> str:
    return f"last seen {verdict.observed:%Y-%m-%d}" if verdict.observed else "never seen"


def _as_json(verdict: Verdict) -> dict[str, object]:
    from headgate.label_text import shown

    when = verdict.observed.isoformat() if verdict.observed else None
    noted = [{"check": one.check, "note": shown(one.note), "made": one.made.isoformat()} for one in verdict.contested]
    return verdict._asdict() | {"observed": when, "contested": noted}
