"""Which artifacts a command was asked for: named on the command line, in a file, or all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headgate.errors import UsageError

_MOST = 64 * 2**20  # bytes of a list; three million refs fit


def wanted(names: Sequence[str], listed: Path | None, *, everything: bool = False) -> list[str] | None:
    """The refs as they were written, or None for all; raises `UsageError` where none is named, or twice."""
    ways = [bool(names), listed is not None, everything]
    if sum(ways) != 1:
        msg = "name artifacts in one way: as REF..., by --from FILE, or all of them with --all."
        raise UsageError(msg)
    if listed is not None:
        return read(listed)
    return None if everything else list(names)


def read(path: Path) -> list[str]:
    """The refs in the file at `path`, one a line; raises `UsageError` where it cannot be read or names none."""
    try:
        if path.stat().st_size > _MOST:
            msg = f"{path} is larger than a list of refs can be. Name a file with one ref a line."
            raise UsageError(msg)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read the list {path} ({type(error).__name__}). Name a text file with one ref a line."
        raise UsageError(msg) from error
    found = [name for line in lines if (name := line.partition("#")[0].strip())]
    if not found:
        msg = f"{path} names no artifact. Write one ref a line."
        raise UsageError(msg)
    return found
