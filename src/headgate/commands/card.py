"""Ask a card the questions of one set: what it says, in which words, and what to ask its author."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headgate.errors import BadInput, UsageError
from headgate.options import format_option
from headgate.plain import markdown, plain

if TYPE_CHECKING:
    from headgate.disclosure.answers import Answer
    from headgate.disclosure.questions import Questions

_MOST = 1_000_000  # bytes of a file that are read
_CARD = "SELECT card FROM artifacts WHERE folded(ref) = folded($ref) ORDER BY ref = $ref DESC LIMIT 1"


@click.command("card", help=__doc__)
@click.argument("what", metavar="REF|FILE")
@click.option("--questions", "name", default="disclosure_gaps", show_default=True,
              help="disclosure_gaps, metric_coverage, norm_statements, values_lens, withheld_facts, or a "
              "CSV of your own.")  # fmt: skip
@click.option("--workspace", "-w", type=click.Path(path_type=Path), envvar="HEADGATE_WORKSPACE",
              help="The workspace that has the card of a REF (or HEADGATE_WORKSPACE).")  # fmt: skip
@format_option
def command(what: str, name: str, workspace: Path | None, format_: str) -> None:
    """Print each item with its answer, the quoted words and, where it is not answered, the question."""
    from headgate.disclosure.answers import ask
    from headgate.disclosure.questions import load

    questions = load(name)
    given = ask(_text(what, workspace), questions)
    rows = [_row(one, questions) for one in given]
    if format_ == "json":
        click.echo(json.dumps(rows, indent=1))
    elif format_ == "md":
        click.echo("| item | answer | words | question |\n|---|---|---|---|")
        for row in rows:
            cells = (plain(row[key], 400) for key in ("item", "answer", "quote", "ask"))
            click.echo("| " + " | ".join(markdown(cell) for cell in cells) + " |")
    else:
        click.echo("\n".join(line for row in rows for line in _lines(row)))


def _text(what: str, workspace: Path | None) -> str:
    path = Path(what)
    if path.is_file():
        try:
            with path.open("rb") as file:  # what is cut may end inside a letter
                return codecs.getincrementaldecoder("utf-8")().decode(file.read(_MOST))
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            msg = f"cannot read the card {plain(what, 200)}: {why}."
            raise BadInput(msg) from error
    if workspace is None:
        msg = f"{plain(what, 80)!r} is no file here. Name one, or a ref with --workspace."
        raise UsageError(msg)
    from headgate.refs import parse
    from headgate.workspace import open_workspace

    ref = str(parse(what))
    row = open_workspace(workspace).db.execute(_CARD, {"ref": ref}).fetchall()
    if not row or not row[0][0]:
        why = "has no card" if row else "is not in the workspace"
        msg = f"{plain(ref, 200)} {why}. Collect it with its card, or name a file."
        raise BadInput(msg)
    return str(row[0][0])


def _row(one: Answer, questions: Questions) -> dict[str, object]:
    item = next(item for item in questions.items if item.name == one.item)
    answered = bool(one.quote) and one.answer not in {"unclear", "denied", "withheld", "mentioned"}
    asked = "" if answered and one.item != "disavowal" else item.question
    if one.item == "disavowal" and not one.quote:
        asked = ""  # there is nothing to ask of
    return {
        "item": one.item, "pair": item.pair, "answer": one.answer, "quote": " ".join(plain(one.quote, 400).split()),
        "start": one.start, "end": one.end, "because": plain(one.because, 400), "ask": asked,
    }  # fmt: skip


def _lines(row: dict[str, object]) -> list[str]:
    found = [f"{row['item']:20} {row['answer']}" + (f"  “{row['quote']}”" if row["quote"] else "")]
    found += [f"{'':20} because: {row['because']}"] if row["because"] else []
    return [*found, *([f"{'':20} ask: {row['ask']}"] if row["ask"] else [])]
