"""Tell how media mislead in a file of ClaimReview records: the share of each type over time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from headgate.options import format_option
from headgate.plain import markdown, plain

if TYPE_CHECKING:
    from headgate.report.abuse_typology import Typology

_COLUMNS = ("Period", "Type", "Found", "Of", "Share", "95 % interval", "Newest")


@click.command("typology", help=__doc__)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--by", type=click.Choice(["year", "quarter", "month"]), default="year", show_default=True,
              help="The periods that shares are told for.")  # fmt: skip
@format_option
def command(file: Path, by: str, format_: str) -> None:
    """Print the shares; what could not be read goes to stderr as counts with the place of the first of them."""
    import json
    from dataclasses import asdict

    from headgate.report.abuse_typology import typology
    from headgate.report.claim_reviews import read

    found = typology(read(file), by=by, source=plain(file.name, 80))
    if format_ == "json":
        click.echo(json.dumps(asdict(found), indent=1))
    else:
        click.echo("\n".join(_markdown(found) if format_ == "md" else _table(found)))
    for why, count in found.rejected:
        first = next((one.where for one in found.where if one.why == why), "further down")
        click.echo(f"left out: {count} {why}, first at {first}", err=True)


def _rows(found: Typology) -> list[tuple[str, ...]]:
    from headgate.report import words
    from headgate.report.abuse_typology import names

    return [
        (one.period, names()[kind], words.number(share.found), words.number(share.of), words.percent(share.share),
         words.interval(share), share.date or "\N{EN DASH}")
        for one in found.periods for kind, share in one.types
    ]  # fmt: skip


def _said(found: Typology) -> str:
    left = found.read - found.kept
    undated = f", {found.undated} without a usable date, in 'all' only" if found.undated else ""
    return f"{found.read} records read, {found.kept} typed, {left} left out{undated}. No record is named."


def _table(found: Typology) -> list[str]:
    rows = [_COLUMNS, *_rows(found)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    lines = [
        "  ".join(row[n].rjust(width) if 1 < n < 6 else row[n].ljust(width) for n, width in enumerate(widths)).rstrip()
        for row in rows
    ]
    return [*lines, "", _said(found), found.caveat]


def _markdown(found: Typology) -> list[str]:
    lines = ["| " + " | ".join(_COLUMNS) + " |", "|---|---|---:|---:|---:|---:|---|"]
    lines += ["| " + " | ".join(markdown(cell) for cell in row) + " |" for row in _rows(found)]
    return [*lines, "", _said(found), "", found.caveat]
