"""A file called .json that is one array of objects, of at most 64 MiB."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from headgate.errors import BadInput
from headgate.reading import items
from headgate.reading.lines import BROKEN, opened, reason

_MARK = b"\xef\xbb\xbf"
_START = 2**18
_BETWEEN = re.compile(r"[\s,]*")


def is_one(path: Path) -> bool:
    """Whether the file at `path` is called .json, packed or not, and begins as an array does."""
    if ".json" not in path.suffixes[-2:]:
        return False
    try:
        return _read(path, _START).removeprefix(_MARK).lstrip()[:1] == b"["
    except BROKEN:
        return False


def records(path: Path, tell: items.Tell) -> Iterator[items.Record]:
    """The objects in the array, counted from 0; what follows one that is no JSON cannot be read.

    Raises `BadInput` where the file is too long or is not UTF-8.
    """
    try:
        content = _read(path, items.LONGEST + 1)
        text = content.removeprefix(_MARK).decode()
    except (UnicodeDecodeError, *BROKEN) as error:
        msg = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({reason(error)})"
        raise BadInput(msg) from error
    if len(content) > items.LONGEST:
        msg = f"a JSON array of more than {items.LONGEST} bytes; turn it into JSON Lines"
        raise BadInput(msg)
    at, row, scan = _after(text, text.index("[") + 1), 0, json.JSONDecoder().raw_decode
    while text[at : at + 1] != "]":
        try:
            record, at = scan(text, at)
        except (ValueError, RecursionError):
            tell(row, "and all after it is no JSON")
            return
        if isinstance(record, dict):
            yield row, record
        else:
            tell(row, f"holds a {type(record).__name__}, not an object")
        at, row = _after(text, at), row + 1


def _after(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _read(path: Path, most: int) -> bytes:
    pieces: list[bytes] = []
    with opened(path) as file:
        while most > 0 and (piece := file.read1(min(most, _START))):  # type: ignore[attr-defined]
            pieces.append(piece)
            most -= len(piece)
    return b"".join(pieces)
