"""Measure what changed, for whom, and how surely, by one method: 0 as asked, 1 not, 2 could not tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from headgate.shapes import Method
from headgate.stage_commands import StageGroup, method_group


def _measure(method: Method, /, *, into: Path | None, ref: str | None, format_: str, **params: Any) -> int:
    from headgate import measuring
    from headgate.measuring_text import as_json, as_lines
    from headgate.workspace import open_workspace

    ws = None if into is None else open_workspace(into, create=True)
    made, named, _ = measuring.measure(method, into=ws, ref=ref, **params)
    if format_ == "json":
        click.echo(json.dumps(as_json(made, named, method.name), indent=1))
    else:
        click.echo("\n".join(as_lines(made, named)))
    return measuring.exit_code(made)


_COMMON: list[click.Parameter] = [
    click.Option(["--into"], type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE",
                 help="A workspace to write the findings to, made where there is none (or HEADGATE_WORKSPACE)."),
    click.Option(["--ref"], help="What the measured artifact is called in the workspace, such as hf:model:org/name "
                 "[default: the hash of its content]."),
    click.Option(["--format", "format_"], type=click.Choice(["table", "json"]), default="table", show_default=True),
]  # fmt: skip


class _Group(StageGroup):
    """The methods: one that reads a workspace takes --workspace, one that reads files prints what it found."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of the method `cmd_name`."""
        from headgate import catalog

        whole = catalog.find("measure", cmd_name).whole
        return (
            method_group("measure", __doc__).get_command(ctx, cmd_name) if whole else super().get_command(ctx, cmd_name)
        )


command = _Group("measure", _measure, _COMMON, help=__doc__)
