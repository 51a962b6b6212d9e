"""Decide about artifacts under a policy: exit 0 pass, 1 blocked, 2 could not tell.

Name them, or let a repository name them: --scan reads its code, configuration and scripts, --lock a list of models
(one ref a line) or a CycloneDX bill of materials.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headgate.errors import EXIT_BLOCKED, EXIT_PASS, EXIT_UNKNOWN, UsageError
from headgate.options import workspace_option
from headgate.plain import plain

if TYPE_CHECKING:
    from headgate.gate import Verdict
    from headgate.mentions import Mention

_PATH = click.Path(path_type=Path)


@click.command("gate", help=__doc__)
@click.argument("refs", nargs=-1)
@workspace_option
@click.option("--policy", type=_PATH, help="A policy in TOML instead of the default one.")
@click.option("--scan", type=_PATH, help="Judge every model that the repository in this folder names.")
@click.option("--lock", type=_PATH, multiple=True, help="Judge every model of this list or CycloneDX BOM.")
@click.option("--strict", is_flag=True, help="Code that hides which model it loads counts as could not tell.")
@click.option(
    "--format", "format_", type=click.Choice(["table", "json", "md", "sarif"]), default="table", show_default=True,
    help="How to print the result; sarif with --scan or --lock.",
)  # fmt: skip
def command(
    refs: tuple[str, ...], workspace: Path, policy: Path | None, scan: Path | None, lock: tuple[Path, ...],
    strict: bool, format_: str,
) -> int:  # fmt: skip
    """Print one decision for each ref and end with the exit code of the worst."""
    from headgate.gate import decide
    from headgate.workspace import open_workspace

    mentions = _mentions(scan, lock)
    if not (refs or scan or lock) or (format_ == "sarif" and refs):
        msg = "nothing to judge. Name refs, or a repository with --scan, or a list with --lock; sarif takes no refs."
        raise UsageError(msg)
    named = [m for m in mentions if m.ref]
    names = list(dict.fromkeys([*refs, *(_name(m) for m in named)]))
    ws = open_workspace(workspace)
    verdicts = decide(ws, names, policy=policy) if names else []
    by_name = dict(zip(names, verdicts, strict=True))
    hidden = [m for m in mentions if not m.ref]
    _print(format_, list(dict.fromkeys(verdicts)), [(m, by_name[_name(m)]) for m in named], hidden)
    if scan and not names:
        sys.stderr.write(f"note: {plain(scan)} names no model that could be read off its files.\n")
    for mention in hidden:
        where = f"{plain(mention.path)}:{mention.line}"
        sys.stderr.write(f"note: {where} hides which model it loads: {plain(mention.text)}\n")
    found = {v.decision for v in verdicts} | ({"unknown"} if strict and hidden else set())
    return EXIT_BLOCKED if "block" in found else EXIT_UNKNOWN if "unknown" in found else EXIT_PASS


def _mentions(scan: Path | None, lock: Sequence[Path]) -> list[Mention]:
    from headgate import mentions

    found = [m._replace(path=_from_here(scan, m.path)) for m in mentions.in_repository(scan)] if scan else []
    for path in lock:
        listed = mentions.in_list(path)
        if not listed:
            msg = f"{path} lists no models. Write one ref a line."
            raise UsageError(msg)
        found += [m._replace(path=_from_here(Path(), m.path)) for m in listed]
    return found


def _from_here(root: Path, path: str) -> str:
    # Annotations of a pull request are placed by paths from the root of the repository, where the gate is run.
    at, here = root.resolve() / path, Path.cwd()
    if at.is_relative_to(here):
        return at.relative_to(here).as_posix()
    return path if root != Path() else at.as_posix()


def _name(mention: Mention) -> str:
    ref = mention.ref
    return f"{ref}@{ref.revision}" if ref and ref.revision else str(ref)


def _print(
    format_: str, verdicts: Sequence[Verdict], judged: list[tuple[Mention, Verdict]], hidden: list[Mention]
) -> None:
    from headgate import gate_text

    if format_ == "sarif":
        from headgate.report import sarif

        click.echo(json.dumps(sarif.document([*judged, *((mention, None) for mention in hidden)]), indent=1))
        return
    places: dict[Verdict, list[Mention]] = {}
    for mention, verdict in judged:
        places.setdefault(verdict, []).append(mention)
    if format_ == "json":
        click.echo(json.dumps([gate_text.as_json(v, places) for v in verdicts], indent=1))
    elif verdicts:
        click.echo((gate_text.as_markdown if format_ == "md" else gate_text.as_table)(verdicts, places))
