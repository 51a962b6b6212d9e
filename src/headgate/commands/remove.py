"""Remove from a model what a forget set taught it, by one method; what is written is proved by `headgate prove`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from headgate.options import forget_option, into_option, subject_argument
from headgate.shapes import Method
from headgate.stage_commands import StageGroup


def _remove(method: Method, /, *, subject: Path, forget: Path, out: Path, into: Path, **params: Any) -> None:
    from headgate import catalog
    from headgate.plain import plain
    from headgate.repair import after, subject_file, tables
    from headgate.repair.example_files import read_ids
    from headgate.repair.examples import parted
    from headgate.repair.load import load
    from headgate.repair.shapes import ForgetSet
    from headgate.workspace import open_workspace

    function = catalog.load(method)
    file = subject_file.read(subject)
    given = load(file)
    named = ForgetSet(read_ids(forget), f"named in {forget.name}")
    parted(given.subject.train, named)
    after.make(out)
    ws = open_workspace(into, create=True)
    settings = {**params, "subject": str(subject), "forget": str(forget)}
    with tables.recorded(ws, "remove", method.name, given.subject.ref, settings) as run:
        made = function(given.subject, named, given.parts["validation"], **params)
        child = after.write(file, given.subject, named, made.model, out)
        tables.write_removal(ws, run, child, f"{given.subject.name} without {len(named.ids)} items", named.reason)
    for step in made.steps:
        click.echo(
            f"pass {step.step}: loss on forget {step.forget:.4g}, on retain {step.retain:.4g}; "
            f"utility on validation {step.utility:.4f}", err=True,
        )  # fmt: skip
    if made.note:
        click.echo(plain(made.note, 400), err=True)
    ended = "stopped by the guard" if made.collapsed else "done"
    click.echo(f"remove {method.name}: {ended} in {run.seconds:.2f} s; {len(named.ids)} items; {child} in {plain(out)}")
    click.echo("nothing is proved yet: headgate prove", err=True)


_COMMON: list[click.Parameter] = [
    subject_argument(),
    forget_option(),
    click.Option(
        ["--out"], type=click.Path(path_type=Path), required=True, help="A new folder for the repaired model."
    ),
    into_option(),
]

command = StageGroup("remove", _remove, _COMMON, help=__doc__)
