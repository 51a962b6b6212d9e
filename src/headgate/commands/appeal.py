"""Contest what a check or a label says of an artifact; the note travels with it from then on."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

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
    from headgate import appeals
    from headgate.workspace import open_workspace

    who = (labeller or "").strip() or getpass.getuser()
    asked = plain(appeals.appeal(open_workspace(workspace), ref, question=question, note=note, labeller=who))
    click.echo(f"{asked}: contested for {question}. Its note is shown until somebody rules on it.")
