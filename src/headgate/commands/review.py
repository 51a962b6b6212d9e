"""Review items of a check: the next of the queue, on the terminal or by CSV, rulings, and how the review stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headgate.errors import UsageError
from headgate.options import host_key_option, workspace_option
from headgate.plain import plain

if TYPE_CHECKING:
    from headgate.review_items import Item
    from headgate.workspace import Workspace

_ANSWERS = {"y": "yes", "n": "no", "u": "unsure", "s": "skip", "q": "quit"}


@click.command("review", help=__doc__)
@click.argument("check")
@workspace_option
@host_key_option
@click.option("--labeller", help="Who labels; kept as a keyed pseudonym.")
@click.option("--reason", default="review", show_default=True, help="What the look is for; logged.")
@click.option("--batch", type=click.IntRange(1), default=20, show_default=True, help="Items at a time.")
@click.option("--random-share", type=click.FloatRange(0, 1), default=0.5, show_default=True,
              help="Part of the new items that is drawn at random.")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.5, show_default=True,
              help="Probability from which one would act.")  # fmt: skip
@click.option("--adjudicate", is_flag=True, help="Rule on what two labellers do not agree on, and on appeals.")
@click.option("--export", type=click.Path(path_type=Path), help="Write the next items to a new CSV, label empty.")
@click.option("--import", "import_", type=click.Path(path_type=Path), help="Read the labels from such a CSV.")
@click.option("--status", is_flag=True, help="Counts, agreement and prevalence; needs no key.")
@click.option("--calibration", is_flag=True, help="How well reviewers tell items of known answer; needs no key.")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table",
              help="Of --status and --calibration.")  # fmt: skip
def command(check: str, workspace: Path, **given: Any) -> None:
    """Run one of the five: ask, export, import, status or calibration."""
    from headgate.checks import sensitive
    from headgate.workspace import open_workspace

    ws = open_workspace(workspace)
    hidden = sensitive(ws.db, check)
    if sum(map(bool, (given["export"], given["import_"], given["status"], given["calibration"]))) > 1:
        msg = "--export, --import, --status and --calibration are four things. Ask for one of them."
        raise UsageError(msg)
    if given["status"]:
        _status(ws, check, hidden, given["format_"])
    elif given["calibration"]:
        _calibration(ws, check, hidden, given["format_"])
    elif not (given["labeller"] or "").strip():
        msg = "who labels? Give --labeller NAME; only a keyed pseudonym of it is kept."
        raise UsageError(msg)
    elif given["import_"]:
        _import(ws, check, hidden, **given)
    else:
        items = _next(ws, check, hidden, **given)
        if given["export"]:
            _export(items, check, given["export"])
        else:
            _ask(ws, check, items, given["labeller"], given["adjudicate"])


def _next(ws: Workspace, check: str, hidden: bool, **given: Any) -> list[Item]:
    from headgate import host_key, label_text, review_items
    from headgate.keys import installation_key

    label_text.person(given["labeller"])
    who = label_text.labeller(given["labeller"], installation_key())
    left = 0

    def fetch() -> list[Item]:
        nonlocal left
        if given["adjudicate"]:
            items, left = review_items.to_settle(ws, check, who, size=given["batch"])
            return items
        return review_items.next_items(ws, check, who, size=given["batch"], random_share=given["random_share"],
                                       threshold=given["threshold"])  # fmt: skip

    command = "review --adjudicate" if given["adjudicate"] else "review"
    if hidden:
        items = host_key.open_items(ws.path, given["host_key"], fetch, command=command, check=check,
                                    reason=given["reason"])  # fmt: skip
    else:
        items = fetch()
    if left:
        click.echo(f"{left} more are left to somebody who has not reviewed them", err=True)
    return items


def _ask(ws: Workspace, check: str, items: list[Item], labeller: str, adjudicate: bool) -> None:
    from headgate import labels, review_text
    from headgate.labels import Label

    role, given = "adjudication" if adjudicate else "review", list[Label]()
    try:
        for number, item in enumerate(items, 1):
            click.echo("\n".join([f"{number} of {len(items)}  {plain(item.ref)}", *review_text.facts(item)]))
            answer = _ANSWERS[click.prompt(
                f"{check}? y yes, n no, u unsure, s skip, q quit", type=click.Choice(list(_ANSWERS)),
                show_choices=False, err=True,
            )]  # fmt: skip
            if answer == "quit":
                break
            if answer != "skip":
                why = click.prompt("why (no names of people)", default="", show_default=False, err=True)
                given.append(Label(item.ref, check, answer, labeller, role, why, None, item.chance))
    finally:  # also what was said before an interruption
        if given:
            labels.add(ws, given)
        none = f"nothing is left to label; was headgate detect {check} run?"
        click.echo(f"{len(given)} of {len(items)} labelled" if items else none, err=True)


def _export(items: list[Item], check: str, path: Path) -> None:
    from headgate import review_text
    from headgate.whole import write_private

    try:
        write_private(path, review_text.as_csv(items, check).encode("utf-8"))
    except OSError as error:
        msg = f"cannot write the items to {path} ({error.strerror}). Name a new file."
        raise UsageError(msg) from error
    click.echo(f"{len(items)} items: {path}", err=True)


def _import(ws: Workspace, check: str, hidden: bool, **given: Any) -> None:
    from headgate import host_key, label_files

    role = "adjudication" if given["adjudicate"] else "review"

    if hidden:  # nothing is shown, but only the team may say what holds for a sensitive check
        host_key.open_items(ws.path, given["host_key"], list[str], command="review --import", check=check,
                            reason=given["reason"])  # fmt: skip
    made = label_files.import_csv(ws, given["import_"], question=check, labeller=given["labeller"], role=role)
    click.echo(f"{made.added} labels added, {made.repeated} there before, {made.empty} rows without a label")


def _status(ws: Workspace, check: str, hidden: bool, format_: str) -> None:
    from headgate import review_text
    from headgate.review_status import status

    found = status(ws.db, check, sensitive=hidden)
    click.echo(json.dumps(found, indent=1) if format_ == "json" else "\n".join(review_text.told(found)))


def _calibration(ws: Workspace, check: str, hidden: bool, format_: str) -> None:
    from headgate import review_text
    from headgate.review_calibration import calibration

    found = calibration(ws.db, check, sensitive=hidden)
    click.echo(json.dumps(found, indent=1) if format_ == "json" else "\n".join(review_text.calibrated(found)))
