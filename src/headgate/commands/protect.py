"""Protect a copy of your own pictures from being learnt from, by one method, and measure how far that holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from headgate.shapes import Method
from headgate.stage_commands import StageGroup


def _protect(
    method: Method, /, *, own: str, out: Path, owner: str, key_file: Path, into: Path | None, trial: bool, epochs: int,
    pictures: int, trial_seed: int, **params: Any,
) -> None:  # fmt: skip
    from headgate import catalog
    from headgate.plain import plain
    from headgate.protecting import report, run
    from headgate.workspace import open_workspace

    whole = catalog.find("protect", method.name)  # with the key, which is no flag
    asked = run.Asked(own, out, owner, key_file, trial=trial, epochs=epochs, pictures=pictures, seed=trial_seed)
    run.check(asked, into)
    ws = None if into is None else open_workspace(into, create=True)
    done = run.protect(whole, asked, into=ws, **params)
    if done.key_made:
        click.echo(f"a new key was made: {plain(key_file)}. Keep it, and keep it to yourself.", err=True)
    if done.left_out:
        click.echo(f"{done.left_out} files that are no PNG or JPEG were left out", err=True)
    click.echo(f"protect {method.name}: {plain(done.how, 200)}; {done.ref} in {plain(out)}")
    click.echo("\n".join(report.lines(done.found, done.trials, done.why_not)))


class _Group(StageGroup):
    """The methods with their flags, the key aside: it is a file and never an argument."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of the method `cmd_name`."""
        from headgate import catalog

        method = catalog.find("protect", cmd_name)
        return self._command(replace(method, params=tuple(one for one in method.params if one.name != "key")))


_COMMON: list[click.Parameter] = [
    click.Argument(["own"], type=str),
    click.Option(["--out"], type=click.Path(path_type=Path), required=True, help="A new folder for the copy."),
    click.Option(["--owner"], required=True, help="Your declaration that the data are yours; it is kept with the run."),
    click.Option(["--key-file"], type=click.Path(path_type=Path), required=True,
                 help="The file of the private key, made where there is none."),
    click.Option(["--into"], type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE",
                 help="A workspace to record the copy in, made where there is none (or HEADGATE_WORKSPACE)."),
    click.Option(["--trial/--no-trial"], default=True, show_default=True,
                 help="Measure what learners of the copy still learn, whatever a thief does to it."),
    click.Option(["--epochs"], type=click.IntRange(1), default=6, show_default=True, help="Passes of each learner."),
    click.Option(["--pictures"], type=click.IntRange(20), default=5_000, show_default=True,
                 help="Pictures of the trial, at most."),
    click.Option(["--trial-seed"], type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
                 help="Seed of the trial."),
]  # fmt: skip

command = _Group("protect", _protect, _COMMON, help=__doc__)
