"""Screen the items of one dataset by one method: a score for each, and what that says of the whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headgate.options import workspace_option
from headgate.shapes import Method
from headgate.stage_commands import StageGroup

if TYPE_CHECKING:
    from headgate.workspace import Workspace


def _screen(
    method: Method, *, data: Path, into: Path, text: str | None, image: str | None, ref: str | None, format_: str,
    labels: Path | None = None, on: str = "local", workers: int | None = None, piece: int = 20_000, **params: Any,
) -> None:  # fmt: skip
    from headgate import screening
    from headgate.screening_text import as_json, as_lines, trouble_lines
    from headgate.workspace import open_workspace

    ws = open_workspace(into, create=True)
    made = screening.screen(
        ws,
        method.name,
        data,
        text=text,
        image=image,
        ref=ref,
        labels=labels,
        on=on,
        workers=workers,
        piece=piece,
        **params,
    )
    for line in trouble_lines(made.troubles):
        click.echo(line, err=True)
    click.echo(json.dumps(as_json(made), indent=1) if format_ == "json" else "\n".join(as_lines(made)))


_OF_PIECES = {"labels", "on", "workers", "piece"}
_COMMON: list[click.Parameter] = [
    click.Argument(["data"], type=click.Path(path_type=Path)),
    click.Option(["--into"], type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE", required=True,
                 help="The workspace to write, made where there is none (or HEADGATE_WORKSPACE)."),
    click.Option(["--text"], metavar="COLUMN", help="The column of the texts [default: guessed]."),
    click.Option(["--image"], metavar="COLUMN", help="The column of the images [default: guessed]."),
    click.Option(["--ref"], help="What the dataset is called in the workspace, such as hf:dataset:org/name "
                 "[default: the hash of its content]."),
    click.Option(["--labels"], type=click.Path(path_type=Path), help="A CSV with the columns item (sha256) and label "
                 "(1 or 0) of a random draw of items: the screener's errors are measured on them."),
    click.Option(["--on"], type=click.Choice(["local", "ray"]), default="local", show_default=True,
                 help="Where it runs: processes of this machine, or a Ray cluster (RAY_ADDRESS)."),
    click.Option(["--workers"], type=int, help="How many processes [default: one for each core]."),
    click.Option(["--piece"], type=int, default=20_000, show_default=True, help="Items that a worker holds at once."),
    click.Option(["--format", "format_"], type=click.Choice(["table", "json"]), default="table", show_default=True),
]  # fmt: skip


@click.command("report")
@click.argument("ref")
@workspace_option
@click.option("--out", type=click.Path(path_type=Path), help="Write here instead of printing.")
@click.option(
    "--format", "format_", type=click.Choice(["html", "json", "croissant"]), default="html", show_default=True,
    help="A page with pictures, its figures, or Croissant metadata with RAI fields.",
)  # fmt: skip
def _report(ref: str, workspace: Path, out: Path | None, format_: str) -> None:
    """Make the data sheet of a dataset: what every screening of it found, and what nobody looked at."""
    from headgate import refs
    from headgate.report import datasheet, datasheet_html, datasheet_rai
    from headgate.report.json import save
    from headgate.workspace import open_workspace

    ws = open_workspace(workspace)
    sheet = datasheet.gather(ws, str(refs.parse_dataset(ref)))
    if format_ == "html":
        text = datasheet_html.render(sheet)
    elif format_ == "json":
        text = datasheet.as_json(sheet)
    else:
        text = json.dumps(datasheet_rai.document(sheet, _described(ws, sheet.ref)), indent=1, ensure_ascii=False)
    if out is None:
        click.echo(text)
    else:
        save(out, text + "\n")


def _described(ws: Workspace, ref: str) -> dict[str, Any] | None:
    """The Croissant metadata of a dataset whose record was collected; None of any other."""
    from datetime import UTC, datetime

    from headgate.bom import croissant, facts

    known = ws.db.execute("SELECT count(*) FROM artifacts WHERE ref = ? AND hub = 'huggingface'", [ref]).fetchall()
    if not known[0][0]:
        return None
    return croissant.document(facts.gather(ws, [ref]), moment=datetime.now(UTC))


class _Group(StageGroup):
    """The methods, and the data sheet of what they found."""

    def shared_by(self, method: Method) -> list[click.Parameter]:
        """What screenings have in common; a method of the whole runs in one process, and knows no single errors."""
        return [one for one in self.common if not (method.whole and one.name in _OF_PIECES)]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the methods, then the report."""
        return [*super().list_commands(ctx), "report"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        return _report if cmd_name == "report" else super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the methods, then the report."""
        super().format_commands(ctx, formatter)
        with formatter.section("Reports"):
            formatter.write_dl([("report", _report.get_short_help_str(100))])


command = _Group("screen", _screen, _COMMON, help=__doc__)
