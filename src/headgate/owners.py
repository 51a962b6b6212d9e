"""Who says that they own a control: lines of a file like CODEOWNERS, over the names of a policy's controls.

A line is a pattern, in which `*` stands for any characters, and the owners; of the lines that match a name the last one
counts, and one without owners takes the control from everybody. Names with spaces are quoted. `#` begins a comment.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from headgate.errors import UsageError

# what stands for an owner and names nobody: what everybody owns, nobody does
_NOBODY = frozenset(
    ["", "all", "anybody", "anyone", "everybody", "everyone", "n/a", "na", "nobody", "none", "tba", "tbc", "tbd",
     "todo", "unassigned", "unknown", "unowned", "us", "we", "?", "-"]
)  # fmt: skip


class Claim(NamedTuple):
    """Who is said to own something, and where that is said."""

    owners: frozenset[str]
    place: str


class Line(NamedTuple):
    """One line of the file: the pattern of names, its owners, its number."""

    pattern: str
    owners: frozenset[str]
    number: int

    def matches(self, name: str) -> bool:
        """Whether the pattern speaks of the control `name`."""
        parts = (re.escape(part) for part in self.pattern.lower().split("*"))
        return re.fullmatch(".*".join(parts), name.lower()) is not None


def people(text: str) -> frozenset[str]:
    """The owners that `text` names, lower case, none for words such as tbd or everyone.

    Commas and semicolons part them, and spaces where each word is an address or a handle with @.
    """
    named: set[str] = set()
    for words in (part.lower().split() for part in re.split("[,;]", text)):
        named.update(words if all("@" in word for word in words) else [" ".join(words)])
    return frozenset(named - _NOBODY)


def read(path: Path) -> list[Line]:
    """The lines of the file at `path`; raises `UsageError` where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        msg = f'no owners at {path} ({why}). Write lines such as: "a licence is stated" legal@example.org'
        raise UsageError(msg) from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            msg = f'owners {path}, line {number}: {error}. Quote a name with spaces: "a licence is stated" legal@'
            raise UsageError(msg) from error
        if words:
            found.append(Line(words[0], people(",".join(words[1:])), number))
    return found


def claim(lines: list[Line], name: str) -> Claim | None:
    """What the last line that matches `name` claims; None where none does."""
    line = next((line for line in reversed(lines) if line.matches(name)), None)
    return line and Claim(line.owners, f"line {line.number} of the owners file")
