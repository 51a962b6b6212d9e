"""Say how far artifacts state the G7 minimum elements of an SBOM for AI."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headgate.errors import UsageError
from headgate.options import format_option, workspace_option
from headgate.plain import plain

if TYPE_CHECKING:
    from headgate.bom.g7 import Coverage

_WHO = {"automated": "facts", "person": "a person", "not applicable": "not applicable"}
_HEADS = ("id", "element", "answered by", "stated", "share", "95 % interval")


@click.command("coverage", help=__doc__)
@click.argument("refs", nargs=-1)
@workspace_option
@click.option("--author", help="Everything that this account published.")
@click.option(
    "--from", "listed", type=click.Path(path_type=Path), help="A file with one ref a line; # begins a remark."
)
@format_option
def command(refs: tuple[str, ...], workspace: Path, author: str | None, listed: Path | None, format_: str) -> None:
    """Print one line for each of the 50 elements."""
    from headgate.bom import facts, g7, named
    from headgate.workspace import open_workspace

    if author and (refs or listed):
        msg = "name artifacts in one way: as REF..., by --from FILE, or an account with --author."
        raise UsageError(msg)
    ws = open_workspace(workspace)
    wanted = facts.of_author(ws, author) if author else named.wanted(refs, listed)
    cohort = facts.gather(ws, wanted, with_ancestors=False)
    rows = g7.coverage(cohort)
    of = {name: len(group) for name, group in g7.scope(cohort).items() if name in {"model", "dataset"}}
    head = f"{of['model']:,} models and {of['dataset']:,} datasets, those named as training data among them"
    if format_ == "json":
        shown = [row.element._asdict() | {k: v for k, v in row._asdict().items() if k != "element"} for row in rows]
        click.echo(json.dumps({"models": of["model"], "datasets": of["dataset"], "elements": shown}, indent=1))
    elif format_ == "md":
        table = [
            f"| {' | '.join(_HEADS)} |",
            "|---|---|---|--:|--:|--:|",
            *(f"| {' | '.join(_cells(r))} |" for r in rows),
        ]
        click.echo("\n".join([f"G7 minimum elements: {head}.", "", *table, "", _sum(rows)]))
    else:
        click.echo(f"G7 minimum elements: {head}")
        for cells in (_HEADS, *map(_cells, rows)):
            click.echo(f"{cells[0]:7} {cells[1]:36} {cells[2]:15} {cells[3]:>13} {cells[4]:>7} {cells[5]:>15}".rstrip())
        click.echo(_sum(rows))


def _cells(row: Coverage) -> tuple[str, ...]:
    who = _WHO[row.element.answer] + (", in part" if row.element.extent == "part" else "")
    names = (row.element.id, plain(row.element.element), who)
    if row.stated is None:
        return (*names, "", "", "")
    if row.share is None or row.low is None or row.high is None:
        return (*names, "0 of 0", "", "")
    return (*names, f"{row.stated:,} of {row.n:,}", f"{row.share:.1%}", f"{row.low:.1%} to {row.high:.1%}")


def _sum(rows: list[Coverage]) -> str:
    who = Counter(row.element.answer for row in rows)
    how = Counter(_how_far(row) for row in rows)
    return (
        f"Of {len(rows)} elements {how['all']} are stated for all, {how['some']} for some, {how['none']} for none, and "
        f"{how['nothing']} have nothing here to be stated of; {who['person']} need a person, "
        f"{who['not applicable']} are of a system and not of a model or dataset."
    )


def _how_far(row: Coverage) -> str | None:
    if row.stated is None:
        return None
    if row.n == 0:
        return "nothing"
    return "all" if row.stated == row.n else "some" if row.stated else "none"
