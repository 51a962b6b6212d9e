"""Trace a behaviour of a model to its training items, by one method."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from headgate.options import into_option, subject_argument
from headgate.shapes import Method
from headgate.stage_commands import StageGroup


def _trace(method: Method, /, *, subject: Path, into: Path, top: int, format_: str, **params: Any) -> None:
    import numpy as np

    from headgate import catalog
    from headgate.plain import plain
    from headgate.repair import subject_file, tables
    from headgate.repair.load import load
    from headgate.workspace import open_workspace

    function = catalog.load(method)
    given = load(subject_file.read(subject))
    ws = open_workspace(into, create=True)
    with tables.recorded(ws, "trace", method.name, given.subject.ref, {**params, "subject": str(subject)}) as run:
        found = function(given.subject, given.parts["query"], **params)
        tables.write_influences(ws, run, given.subject.train.ids, found)
    first = np.argsort(-found.score, kind="stable")[:top]
    ids = given.subject.train.ids
    if format_ == "json":
        rows = [{"item": ids[n], "score": float(found.score[n])} for n in first]
        click.echo(
            json.dumps({"subject": given.subject.ref, "method": method.name, "note": found.note, "top": rows}, indent=1)
        )
        return
    click.echo(
        f"trace {method.name}: {len(ids):,} training items in {run.seconds:.2f} s; above 0: causes the behaviour"
    )
    click.echo("\n".join(f"{found.score[n]:12.5g}  {plain(ids[n], 80)}" for n in first))
    if found.note:
        click.echo(plain(found.note, 400), err=True)


_COMMON: list[click.Parameter] = [
    subject_argument(),
    into_option(),
    click.Option(["--top"], type=click.IntRange(0), default=10, show_default=True, help="How many items to print."),
    click.Option(["--format", "format_"], type=click.Choice(["table", "json"]), default="table", show_default=True),
]

command = StageGroup("trace", _trace, _COMMON, help=__doc__)
