"""Licences of artifacts as declared, detected and verified; without refs, which spellings nobody knows."""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headgate.errors import BadInput, UsageError
from headgate.options import format_option, workspace_option
from headgate.plain import markdown, plain

if TYPE_CHECKING:
    from headgate.workspace import Workspace

_SETS = ("declared", "detected", "verified")
_OF_REFS = """
SELECT s.ref, s.declared, s.detected, s.verified, f.place, f.quotes
FROM stated_licences AS s LEFT JOIN licence_found AS f ON f.ref = s.ref
WHERE folded(s.ref) IN (SELECT folded(unnest($refs::VARCHAR[]))) ORDER BY s.ref
"""
_SPELLINGS = """
SELECT lower(trim(stated)) AS stated, count(*) AS number
FROM (SELECT unnest(licences) AS stated FROM artifacts) GROUP BY 1 ORDER BY 2 DESC, 1
"""
_NAMES = """
SELECT licence_name, count(*) FROM artifacts
WHERE licence_name IS NOT NULL AND list_contains(licences, 'other') GROUP BY 1 ORDER BY 2 DESC, 1
"""


@click.command("licences", help=__doc__)
@click.argument("refs", nargs=-1)
@workspace_option
@click.option(
    "--verify", metavar="LICENCE", help="Keep that you read the licence of the one REF named, and what it is."
)
@click.option("--labeller", help="Who verified, kept as a keyed pseudonym [default: the user of this machine].")
@format_option
def command(
    refs: tuple[str, ...], workspace: Path, verify: str | None, labeller: str | None, format_: str
) -> None:  # fmt: skip
    """Print three columns for each ref, or how many of the stated strings are known."""
    from headgate.workspace import open_workspace

    ws = open_workspace(workspace)
    if verify is not None:
        _verify(ws, refs, verify, labeller)
    rows = _of_refs(ws, refs) if refs else _spellings(ws)
    if format_ == "json":
        click.echo(json.dumps(rows, indent=1))
    elif refs:
        _table(rows["artifacts"], md=format_ == "md")
    else:
        _counts(rows, md=format_ == "md")


def _verify(ws: Workspace, refs: Sequence[str], licence: str, labeller: str | None) -> None:
    from headgate import label_text, labels
    from headgate import refs as names
    from headgate.labels import Label
    from headgate.licences.resolve import resolve
    from headgate.licences.stated import QUESTION

    if len(refs) != 1:
        msg = f"--verify is about one artifact, and {len(refs)} are named. Name one REF."
        raise UsageError(msg)
    if not resolve(licence):
        msg = f"no licence {plain(licence, 80)!r}. Give an SPDX id or one of data/licences.csv."
        raise UsageError(msg)
    asked = str(names.parse(refs[0]))
    if not ws.db.execute("SELECT 1 FROM artifacts WHERE folded(ref) = folded($ref) LIMIT 1", {"ref": asked}).fetchall():
        msg = f"{plain(asked)} is not in {ws.path}. Only what was collected can be verified."
        raise BadInput(msg)
    who = (labeller or "").strip() or getpass.getuser()
    label_text.person(who)
    labels.add(ws, [Label(asked, QUESTION, "yes", who, "review", " OR ".join(resolve(licence)))])


def _of_refs(ws: Workspace, refs: Sequence[str]) -> dict[str, Any]:
    from headgate import refs as names
    from headgate.label_text import shown
    from headgate.licences import stated

    stated.make_table(ws.db)
    asked = [str(names.parse(ref)) for ref in refs]
    found = ws.db.execute(_OF_REFS, {"refs": asked}).fetchall()
    known = {_folded(row[0]) for row in found}
    if missing := [ref for ref in asked if _folded(ref) not in known]:
        msg = f"{plain(missing[0])} is not in {ws.path}. Collect it first."
        raise BadInput(msg)
    return {
        "artifacts": [
            {"ref": plain(ref), "declared": declared, "detected": detected, "verified": verified,
             "where": place, "quotes": [shown(quote, 160) for quote in quotes or []]}
            for ref, declared, detected, verified, place, quotes in found
        ]
    }  # fmt: skip


def _folded(ref: str) -> str:
    return ref.lower() if ref.startswith("hf:") else ref


def _spellings(ws: Workspace) -> dict[str, Any]:
    from headgate.licences.resolve import resolve, states_nothing

    rows = ws.db.execute(_SPELLINGS).fetchall()
    nothing = [(text, number) for text, number in rows if states_nothing(text)]
    unknown = [(text, number) for text, number in rows if not states_nothing(text) and not resolve(text)]
    names = [(text, number) for text, number in ws.db.execute(_NAMES).fetchall() if not resolve(text)]
    stated = sum(number for _, number in rows) - sum(number for _, number in nothing)
    return {
        "stated": stated,
        "known": stated - sum(number for _, number in unknown),
        "other or unknown": sum(number for _, number in nothing),
        "unknown": [{"stated": plain(text), "artifacts": number} for text, number in unknown],
        "unknown names of other": [{"stated": plain(text), "artifacts": number} for text, number in names],
    }


def _table(rows: Sequence[dict[str, Any]], *, md: bool) -> None:
    if md:
        click.echo("| ref | declared | detected | verified |\n|---|---|---|---|")
        for row in rows:
            cells = [row["ref"], *(_ids(row[name]) for name in _SETS)]
            click.echo("| " + " | ".join(markdown(cell) for cell in cells) + " |")
        return
    for row in rows:
        click.echo(row["ref"])
        for name in _SETS:
            click.echo(f"  {name:9} {_ids(row[name])}")
        if row["detected"]:
            words = "LICENSE text" if row["where"] == "file" else "card"
            click.echo(f"  {words}: " + "; ".join(f'"{quote}"' for quote in row["quotes"]))


def _ids(ids: list[str] | None) -> str:
    return "not known" if ids is None else ", ".join(ids) or "none"


def _counts(rows: dict[str, Any], *, md: bool) -> None:
    of = rows["stated"]
    share = f" ({(of - rows['known']) / of:.2%} unknown)" if of else ""
    click.echo(f"{rows['known']:,} of {of:,} stated licences are known{share}; "
               f"{rows['other or unknown']:,} say other or unknown")  # fmt: skip
    for name in ("unknown", "unknown names of other"):
        if not rows[name]:
            continue
        click.echo(f"\n| {name} | artifacts |\n|---|---|" if md else f"{name}:")
        for row in rows[name]:
            text = markdown(row["stated"]) if md else row["stated"]
            click.echo(f"| {text} | {row['artifacts']} |" if md else f"{row['artifacts']:>9,}  {text}")
