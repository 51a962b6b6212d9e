"""Recall an artifact: upstream, downstream, who can act, and what a fix at each point would reach."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import datetime
from pathlib import Path

import click

from headgate.errors import UsageError
from headgate.options import as_of_option, format_option, utc, workspace_option

_ROWS = 20


@click.command("recall", help=__doc__)
@click.argument("ref")
@workspace_option
@as_of_option
@click.option(
    "--how",
    type=click.Choice(["any", "declared", "read"]),
    default="any",
    show_default=True,
    help="Weakest evidence to follow: any, what is declared or read from a file, or only what is read.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Leave out edges of lower confidence.",
)
@click.option("--relation", "relations", multiple=True, help="Follow only this relation; may be repeated.")
@click.option("--harm", type=click.Choice(["use", "implementation"]), help="Label: the kind of harm to show.")
@click.option("--limit", type=click.IntRange(0), help=f"Rows of each list [default: {_ROWS}; json: all].")
@format_option
def command(
    ref: str, workspace: Path, as_of: datetime | None, how: str, min_confidence: float,
    relations: tuple[str, ...], harm: str | None, limit: int | None, format_: str,
) -> None:  # fmt: skip
    """Print the recall of `ref`."""
    from headgate import fixes, graph, recall, recall_text, run
    from headgate.workspace import open_workspace

    ws = open_workspace(workspace, as_of=utc(as_of))
    linked = ws.db.execute("SELECT count(*) FROM runs WHERE stage = 'link' AND status = 'done'").fetchall()[0][0]
    if as_of or not linked:
        run.link_in_memory(ws)
    edges = graph.load(
        ws.db, how="inferred" if how == "any" else how, min_confidence=min_confidence, relations=relations or None
    )
    if unknown := set(relations) - set(edges.relations) - set(fixes.relation_kinds()):
        msg = f"no relation {min(unknown)!r}. There are {', '.join(fixes.relation_kinds())}."
        raise UsageError(msg)
    made = recall.recall(ws, ref, graph=edges, harm=harm)
    if format_ == "json":
        filters = {"how": how, "min_confidence": min_confidence, "relations": list(relations)}
        click.echo(json.dumps({"filters": filters, **recall_text.record(made, limit)}, indent=1, ensure_ascii=True))
    else:
        shown = _ROWS if limit is None else limit
        width = max(80, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None
        click.echo(recall_text.text(made, limit=shown, markdown=format_ == "md", width=width))
