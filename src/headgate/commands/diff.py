"""Compare two workspaces, or two dates of one: what is new, gone or changed, and should it stop a pipeline."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from headgate.errors import UsageError
from headgate.options import format_option, utc

# as headgate.diff_shapes has them; named here so that --help stays light
CONDITIONS = ("new-block", "licence-change", "gone", "parent-change", "new-unknown")
_ROWS, _ROWS_JSON = 20, 1000


@click.command("diff", help=__doc__)
@click.argument("old", type=click.Path(path_type=Path), required=False)
@click.argument("new", type=click.Path(path_type=Path), required=False)
@click.option(
    "--workspace", "-w", type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE",
    help="One workspace, to compare two dates of it.",
)  # fmt: skip
@click.option("--from", "since", type=click.DateTime(), help="The earlier date of the workspace (UTC).")
@click.option("--to", "until", type=click.DateTime(), help="The later date [default: now].")
@click.option("--fail-on", default="", help=f"Exit with 1 when one of these occurs: {','.join(CONDITIONS)}.")
@click.option("--limit", type=click.IntRange(0), help=f"Rows of each list [default: {_ROWS}; json: {_ROWS_JSON}].")
@format_option
def command(
    old: Path | None, new: Path | None, workspace: Path | None, since: datetime | None, until: datetime | None,
    fail_on: str, limit: int | None, format_: str,
) -> int:  # fmt: skip
    """Print the comparison and end with 1 where a condition of --fail-on occurs, 2 where that could not be told."""
    wanted = tuple(name.strip() for name in fail_on.split(",") if name.strip())
    if unknown := sorted(set(wanted) - set(CONDITIONS)):
        msg = f"--fail-on has no condition {unknown[0]!r}. There are {', '.join(CONDITIONS)}."
        raise UsageError(msg)
    sides = _sides(old, new, workspace, since, until)

    from headgate import diff_text
    from headgate.diff import diff

    shown = limit if limit is not None else _ROWS_JSON if format_ == "json" else _ROWS
    made = diff(*sides, limit=shown)
    click.echo(diff_text.render(made, format_, wanted))
    return made.exit_code(wanted)


def _sides(
    old: Path | None, new: Path | None, workspace: Path | None, since: datetime | None, until: datetime | None
) -> tuple[tuple[Path, datetime | None], tuple[Path, datetime | None]]:
    if old and new:
        if since or until:
            msg = "OLD and NEW are compared as they are now. Leave --from and --to out, or name one workspace by -w."
            raise UsageError(msg)
        return (old, None), (new, None)
    if old or workspace is None or since is None:
        msg = "compare what? Write: headgate diff OLD NEW, or: headgate diff -w WORKSPACE --from DATE [--to DATE]"
        raise UsageError(msg)
    first, last = utc(since), utc(until)
    assert first is not None
    if first >= (last or datetime.now(UTC)):
        msg = f"--from {since} is not before --to {until or 'now'}. Give the earlier date first."
        raise UsageError(msg)
    return (workspace, first), (workspace, last)
