"""Contest what a check or a label says of an artifact; the note travels with it from then on."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from headgate.errors import BadInput, UsageError
from headgate.options import workspace_option
from headgate.plain import plain


@click.command("appeal", help=__doc__)
@click.argument("ref")
@workspace_option
@click.option("--question", required=True, help="The check that is contested, such as licence_missing.")
@click.option("--note", required=True, help="Why, in up to 500 characters; without names of people and links.")
@click.option("--labeller", help="Who appeals, kept as a keyed pseudonym [default: the user of this machine].")
def command(ref: str, workspace: Path, question: str, note: str, labeller: str | None) -> None:
    """Add the appeal. No key is needed, and nothing is said of what the check found."""
    from headgate import checks, label_text, labels, refs
    from headgate.labels import Label
    from headgate.workspace import open_workspace

    ws = open_workspace(workspace)
    asked = str(refs.parse(ref))
    checks.sensitive(ws.db, question)  # whether there is such a check
    if not note.strip():
        msg = "the note is empty. Say with --note what is wrong."
        raise UsageError(msg)
    sql = "SELECT 1 FROM observations WHERE folded(ref) = folded($ref) LIMIT 1"
    if not ws.db.execute(sql, {"ref": asked}).fetchall():
        msg = f"{plain(asked)} is not in {workspace}. Only what was collected can be contested."
        raise BadInput(msg)
    who = (labeller or "").strip() or getpass.getuser()
    label_text.person(who)
    labels.add(ws, [Label(asked, question, "contested", who, "appeal", note)])
    click.echo(f"{plain(asked)}: contested for {question}. Its note is shown until somebody rules on it.")
