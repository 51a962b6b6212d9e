"""Put a removal to one test, beside models trained without the forget set: 0 held, 1 not held, 2 could not tell."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from headgate.options import forget_option, into_option, subject_argument
from headgate.shapes import Method
from headgate.stage_commands import StageGroup


class _ProveGroup(StageGroup):
    """The tests; one with a flag of its own called like a common one, such as --references, has its own only."""

    def shared_by(self, method: Method) -> list[click.Parameter]:
        own = {one.name for one in method.params}
        return [one for one in self.common if one.name not in own]


def _prove(
    method: Method, /, *, subject: Path, forget: Path, after_: Path, into: Path, references: int, format_: str,
    **params: Any,
) -> int:  # fmt: skip
    from headgate import catalog
    from headgate.plain import plain
    from headgate.repair import after, loop, subject_file, tables
    from headgate.repair.certificate import judged
    from headgate.repair.example_files import read_ids
    from headgate.repair.examples import parted
    from headgate.repair.load import load
    from headgate.repair.shapes import Case, ForgetSet
    from headgate.workspace import open_workspace

    function = catalog.load(method)
    if "references" in {one.name for one in method.params}:
        params["references"] = references
    file = subject_file.read(subject)
    given = load(file)
    named = ForgetSet(read_ids(forget), f"named in {forget.name}")
    parted(given.subject.train, named)
    model, ref = after.read(file, given.subject, after_)
    ws = open_workspace(into, create=True)
    settings = {**params, "subject": str(subject), "forget": str(forget), "references": references}
    with tables.recorded(ws, "prove", method.name, ref, settings) as run:
        retrained = loop.references(given.subject, named, references, seed=int(params.get("seed", 0)))
        checks = function(Case(given.subject, model, retrained, named, given.parts["proof"]), **params)
        tables.write_checks(ws, run, checks)
    if format_ == "json":
        click.echo(json.dumps({"subject": ref, "checks": [asdict(one) for one in checks]}, indent=1))
    else:
        for one in checks:
            name = f"{one.test} {one.axis}".strip()
            click.echo(f"{name}: {plain(tables.said(one), 600)} (n = {one.n})")
    return loop.EXIT[judged(checks, (method.name,))[0]]


_COMMON: list[click.Parameter] = [
    subject_argument(),
    forget_option(),
    click.Option(["--after", "after_"], type=click.Path(path_type=Path), required=True,
                 help="The folder of the repaired model, as `headgate remove` wrote it."),
    into_option(),
    click.Option(["--references"], type=click.IntRange(0, 20), default=3, show_default=True,
                 help="How many models are trained again without the forget set, where [training] says how."),
    click.Option(["--format", "format_"], type=click.Choice(["table", "json"]), default="table", show_default=True),
]  # fmt: skip

command = _ProveGroup("prove", _prove, _COMMON, help=__doc__)
