"""Check cards before they are committed: exit 1 where one states no licence.

FILES are README.md files; one without front matter is no card and passes. A licence that no table knows is told and
does not block, because it may be a good one.
"""

from __future__ import annotations

from pathlib import Path

import click

from headgate.errors import EXIT_BLOCKED, EXIT_PASS, EXIT_UNKNOWN, BadInput
from headgate.plain import plain

_HINT = "add a line `license: <SPDX id>` to the front matter (license: other needs license_name and license_link)"


@click.command("check-card", help=__doc__)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(files: tuple[Path, ...]) -> int:
    """Print one line for each card that is wrong and end with the exit code of the worst."""
    told = [_judged(path) for path in files]
    for path, (code, words) in zip(files, told, strict=True):
        if words:
            click.echo(f"{plain(path)}: {words}", err=code == EXIT_PASS)
    codes = {code for code, _ in told}
    return EXIT_BLOCKED if EXIT_BLOCKED in codes else EXIT_UNKNOWN if EXIT_UNKNOWN in codes else EXIT_PASS


def _judged(path: Path) -> tuple[int, str]:
    from headgate.cards import front_matter
    from headgate.licences.resolve import fold, resolve

    try:
        text = path.read_text(encoding="utf-8")
        card = front_matter(text)
    except (OSError, UnicodeDecodeError) as error:
        return EXIT_UNKNOWN, f"cannot be read ({getattr(error, 'strerror', None) or 'it is not UTF-8 text'})"
    except BadInput as error:
        return EXIT_BLOCKED, str(error)
    given = card.get("license")
    stated = [str(one).strip() for one in (given if isinstance(given, list) else [given]) if str(one or "").strip()]
    if not card:
        return EXIT_PASS, ""
    if not stated or {fold(one) for one in stated} <= {"unknown", "none", "null", "n-a", "tbd"}:
        return EXIT_BLOCKED, f"the card states no licence; {_HINT}"
    if {fold(one) for one in stated} <= {"other", "unknown"}:
        named = str(card.get("license_name") or card.get("license_link") or "").strip()
        return (EXIT_PASS, "") if named else (EXIT_BLOCKED, f"`license: other` says nothing by itself; {_HINT}")
    unknown = [one for one in stated if not resolve(one)]
    return EXIT_PASS, f"note: no table knows the licence {plain(', '.join(unknown))}" if unknown else ""
