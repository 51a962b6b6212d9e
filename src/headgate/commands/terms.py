"""Show the clauses of a licence or of terms of use in a local file, or what changed between two versions."""

from __future__ import annotations

import json
from pathlib import Path

import click

from headgate.errors import BadInput, UsageError
from headgate.options import format_option
from headgate.plain import markdown, plain

_MOST = 5_000_000  # bytes of a file


@click.command("terms", help=__doc__)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("file2", type=click.Path(path_type=Path), required=False)
@format_option
def command(file: Path, file2: Path | None, format_: str) -> None:
    """Print type, line and quote of each clause of FILE; with FILE2 what a later version adds, drops or changes."""
    if file2 is None:
        rows, none = _clauses(_text(file)), "no clause was recognised; that does not mean that the text has none"
    else:
        rows, none = _changes(_text(file), _text(file2)), "no paragraph with a recognised clause changed"
    if format_ == "json":
        click.echo(json.dumps(rows, indent=1))
    elif not rows:
        click.echo(none)
    elif format_ == "md":
        click.echo("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
        click.echo("\n".join("| " + " | ".join(markdown(_cell(v)) for v in row.values()) + " |" for row in rows))
    else:
        click.echo("\n".join(_table(rows)))


def _text(path: Path) -> str:
    from headgate.headers import open_regular

    try:
        with open_regular(path) as file:
            read = file.read(_MOST + 1)
    except OSError as error:
        msg = f"cannot read {path} ({error.strerror}). Name a text file."
        raise UsageError(msg) from error
    if len(read) > _MOST:
        msg = f"{path} has more than {_MOST} bytes. Name a licence or terms as plain text."
        raise BadInput(msg)
    return read.decode("utf-8-sig", "replace")


def _clauses(text: str) -> list[dict[str, object]]:
    from headgate.clauses import clauses

    return [{"line": one.line, "type": one.type, "quote": _said(one.quote)} for one in clauses(text)]


def _changes(before: str, after: str) -> list[dict[str, object]]:
    from headgate.clause_diff import changes

    return [
        {"change": one.change, "types": ", ".join(one.types), "line before": one.line_before,
         "line after": one.line_after, "before": _said(one.before), "after": _said(one.after)}
        for one in changes(before, after)
    ]  # fmt: skip


def _said(text: str) -> str:
    return plain(" ".join(text.split()), 2000)


def _cell(value: object) -> str:
    return "" if value is None else plain(value, 160)


def _table(rows: list[dict[str, object]]) -> list[str]:
    names = list(rows[0])
    shown = [names, *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(cells[n]) for cells in shown) for n in range(len(names))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in shown]
