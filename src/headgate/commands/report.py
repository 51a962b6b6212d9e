"""Report what a workspace holds: an HTML page, JSON or text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from headgate.options import as_of_option, utc
from headgate.workspace import open_workspace


@click.command("report", help=__doc__)
@click.argument("workspace", type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write instead.")
@click.option(
    "--format", "format_", type=click.Choice(["html", "json", "md", "table"]), default="html", show_default=True,
    help="html goes to WORKSPACE/reports, the others to stdout.",
)  # fmt: skip
@as_of_option
def command(workspace: Path, out: Path | None, format_: str, as_of: datetime | None) -> None:
    """Write the report and print where it lies, or print it."""
    from headgate.report import html, json, text

    ws = open_workspace(workspace, as_of=utc(as_of))
    if format_ == "html":
        rendered = html.render(ws)
        out = out or ws.path / "reports" / f"report-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.html"
    elif format_ == "json":
        rendered = json.render(ws)
    else:
        rendered = text.render(ws, markdown=format_ == "md")
    if out is None:
        click.echo(rendered)
        return
    json.save(out, rendered.rstrip("\n") + "\n")
    click.echo(out)
