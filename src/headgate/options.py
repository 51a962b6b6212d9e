"""Options that several commands share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

workspace_option = click.option(
    "--workspace", "-w", type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE", required=True,
    help="The workspace to read (or HEADGATE_WORKSPACE).",
)  # fmt: skip
into_option = click.option(
    "--into", type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE", required=True,
    help="The workspace to write; made if it is not there.",
)  # fmt: skip
as_of_option = click.option(
    "--as-of", type=click.DateTime(), default=None, help="Show what was known at that date (UTC)."
)
format_option = click.option(
    "--format", "format_", type=click.Choice(["table", "json", "md"]), default="table", show_default=True,
    help="How to print the result.",
)  # fmt: skip


def utc(moment: datetime | None) -> datetime | None:
    """A date from the command line as UTC."""
    return moment.replace(tzinfo=UTC) if moment else None
