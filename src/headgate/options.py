"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from headgate.errors import UsageError

workspace_option = click.option(
    "--workspace", "-w", type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE", required=True,
    help="The workspace (or HEADGATE_WORKSPACE).",
)  # fmt: skip
as_of_option = click.option(
    "--as-of", type=click.DateTime(), default=None, help="Show what was known at that date (UTC)."
)
format_option = click.option(
    "--format", "format_", type=click.Choice(["table", "json", "md"]), default="table", show_default=True,
    help="How to print the result.",
)  # fmt: skip
# A path, never the key itself: arguments are seen by every user of the machine, the environment by every child process.
host_key_option = click.option(
    "--host-key", type=click.Path(path_type=Path), envvar="HEADGATE_HOST_KEY",
    help="The file of the host key, for a sensitive check (or its path in HEADGATE_HOST_KEY).",
)  # fmt: skip


def workspace_either(command: Callable[..., Any]) -> Callable[..., Any]:
    """WORKSPACE as an argument, or --workspace, or HEADGATE_WORKSPACE; the command gets it as `workspace`."""

    @functools.wraps(command)
    def either(*, workspace: Path | None, workspace_: Path | None, **given: Any) -> Any:
        path = workspace or workspace_
        if path is None:
            msg = "which workspace? Name it as an argument, by --workspace, or in HEADGATE_WORKSPACE."
            raise UsageError(msg)
        return command(workspace=path, **given)

    option = click.option(
        "--workspace", "-w", "workspace_", type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE",
        help="The workspace (or HEADGATE_WORKSPACE).",
    )  # fmt: skip
    return click.argument("workspace", type=click.Path(path_type=Path), required=False)(option(either))


def utc(moment: datetime | None) -> datetime | None:
    """A date from the command line as UTC."""
    return moment.replace(tzinfo=UTC) if moment else None


# What trace, remove, prove and repair have in common; made anew for each, since click keeps what it is given.
def subject_argument() -> click.Argument:
    """SUBJECT: a subject file, or a folder with subject.toml."""
    return click.Argument(["subject"], type=click.Path(path_type=Path))


def into_option() -> click.Option:
    """--into: the workspace to write, made where there is none."""
    return click.Option(["--into"], type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE", required=True,
                        help="The workspace to write, made where there is none (or HEADGATE_WORKSPACE).")  # fmt: skip


def forget_option(*, required: bool = True) -> click.Option:
    """--forget: a CSV of the ids to take out."""
    return click.Option(["--forget"], type=click.Path(path_type=Path), required=required,
                        help="A CSV with the column id: the training items to take out.")  # fmt: skip
