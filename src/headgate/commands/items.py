"""List the items of one check, highest value first; those of a sensitive check with the host key only."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headgate.options import host_key_option, workspace_option
from headgate.plain import csv_cell, plain

if TYPE_CHECKING:
    from headgate.workspace import Workspace

_COLUMNS = ("ref", "value", "low", "high", "evidence", "contested")
_SQL = """
SELECT subject, value, low, high, evidence FROM findings
WHERE "check" = $check AND value >= $least AND NOT isnan(value)
ORDER BY value DESC, low DESC NULLS LAST, subject LIMIT $limit
"""


@click.command("items", help=__doc__)
@click.argument("check")
@workspace_option
@host_key_option
@click.option("--reason", default="", help="What the look is for; needed for a sensitive check, and logged.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Items to list.")
@click.option("--min-value", type=float, default=float("-inf"), help="Leave out lower values.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def command(
    check: str, workspace: Path, host_key: Path | None, reason: str, limit: int, min_value: float, format_: str
) -> None:
    """Print the items; no links."""
    from headgate import checks
    from headgate import host_key as keys
    from headgate.workspace import open_workspace

    ws = open_workspace(workspace)

    def fetch() -> list[dict[str, Any]]:
        return _items(ws, check, limit, min_value)

    if checks.sensitive(ws.db, check):
        rows = keys.open_items(ws.path, host_key, fetch, command="items", check=check, reason=reason)
    else:
        rows = fetch()
    if format_ == "json":
        click.echo(json.dumps(rows, indent=1))
    elif format_ == "csv":
        click.echo(_csv(rows), nl=False)
    else:
        click.echo("\n".join(_table(rows)) if rows else f"no item of {check} has a value")


def _items(ws: Workspace, check: str, limit: int, least: float) -> list[dict[str, Any]]:
    from headgate import labels
    from headgate.label_text import shown

    noted: dict[str, list[str]] = {}
    for one in labels.appeals_on(ws.db, check):
        noted.setdefault(one.ref, []).append(shown(one.note, 120))
    rows = ws.db.execute(_SQL, {"check": check, "least": least, "limit": limit}).fetchall()
    return [
        {"ref": plain(ref), "value": value, "low": low, "high": high, "evidence": shown(evidence or ""),
         "contested": noted.get(ref, [])}
        for ref, value, low, high, evidence in rows
    ]  # fmt: skip


def _table(rows: Sequence[dict[str, Any]]) -> list[str]:
    width = max(len(row["ref"]) for row in rows)
    lines = [f"{'ref':{width}}  {'value':>8}  {'low':>8}  {'high':>8}  evidence"]
    for row in rows:
        numbers = "  ".join(f"{'' if row[n] is None else format(row[n], '.4g'):>8}" for n in ("value", "low", "high"))
        lines.append(f"{row['ref']:{width}}  {numbers}  {row['evidence']}".rstrip())
        lines += [f"    contested: {note}" for note in row["contested"]]
    return lines


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        texts = {"ref": row["ref"], "evidence": row["evidence"], "contested": "; ".join(row["contested"])}
        writer.writerow([csv_cell(texts[name]) if name in texts else row[name] for name in _COLUMNS])
    return made.getvalue()
