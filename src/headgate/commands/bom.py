"""Write the bill of materials of models and datasets: CycloneDX, SPDX 3 or Croissant."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headgate.errors import UsageError, WorkspaceError
from headgate.options import as_of_option, utc, workspace_option

if TYPE_CHECKING:
    from headgate.bom.shapes import Cohort

_SHOWN = 3


@click.command("bom", help=__doc__)
@click.argument("refs", nargs=-1)
@workspace_option
@click.option(
    "--from", "listed", type=click.Path(path_type=Path), help="A file with one ref a line; # begins a remark."
)
@click.option("--all", "everything", is_flag=True, help="Every artifact of the workspace.")
@click.option(
    "--format", "form", type=click.Choice(["cyclonedx", "spdx", "croissant"]), default="cyclonedx", show_default=True,
    help="Which standard; Croissant is for datasets, one a document.",
)  # fmt: skip
@click.option("--spec", type=click.Choice(["1.6", "1.7"]), help="Version of CycloneDX; 1.7 if not given.")
@click.option("--each", is_flag=True, help="A document for each ref, in the folder that --out names.")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write (with --each the folder), not stdout.")
@click.option("--timestamp", type=click.DateTime(), help="The moment that documents state (UTC) [default: now].")
@as_of_option
def command(
    refs: tuple[str, ...], workspace: Path, listed: Path | None, everything: bool, form: str, spec: str | None,
    each: bool, out: Path | None, timestamp: datetime | None, as_of: datetime | None,
) -> None:  # fmt: skip
    """Print the document, or write it where `out` says."""
    from headgate import run
    from headgate.bom import facts, named, write
    from headgate.workspace import open_workspace

    if each and out is None:
        msg = "--each writes a document for each ref. Name the folder: --out DIR."
        raise UsageError(msg)
    if spec is not None and form != "cyclonedx":
        msg = f"--spec is the version of CycloneDX, and {form} was asked for. Leave --spec out."
        raise UsageError(msg)
    wanted = named.wanted(refs, listed, everything=everything)
    moment = utc(timestamp) or datetime.now(UTC)
    ws = open_workspace(workspace, as_of=utc(as_of))
    linked = ws.db.execute("SELECT count(*) FROM runs WHERE stage = 'link' AND status = 'done'").fetchall()[0][0]
    if as_of or not linked:
        run.link_in_memory(ws)
    cohort = facts.gather(ws, wanted)
    if not cohort.asked:
        msg = f"{workspace} holds nothing. Fill it with: headgate collect dump FILE --into {workspace}"
        raise WorkspaceError(msg)
    if not each:
        text = write.text(_document(cohort, form, spec, moment))
        if out is None:
            click.echo(text, nl=False)
        else:
            write.one_file(out, text)
        return
    assert out is not None
    for one in _apart(cohort):
        write.into_folder(out, write.name_of(one.asked[0], form), write.text(_document(one, form, spec, moment)))
    sys.stderr.write(f"{len(cohort.asked):,} documents in {out}\n")


def _apart(cohort: Cohort) -> Iterator[Cohort]:
    from headgate.bom.shapes import only

    return (only(cohort, ref) for ref in cohort.asked)


def _document(cohort: Cohort, form: str, spec: str | None, moment: datetime) -> dict[str, Any]:
    if form == "spdx":
        from headgate.bom import spdx

        return spdx.document(cohort, moment=moment)
    if form == "croissant":
        from headgate.bom import croissant

        return croissant.document(cohort, moment=moment)
    from headgate.bom import cyclonedx, integrity

    made = cyclonedx.document(cohort, moment=moment, spec=spec or "1.7")
    if problems := integrity.check(made):
        more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        msg = (
            f"the document does not hold together: {'; '.join(problems[:_SHOWN])}{more}. Nothing is written; report it."
        )
        raise WorkspaceError(msg)
    return made
