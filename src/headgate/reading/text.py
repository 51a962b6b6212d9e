"""Plain text, packed or not: each line that is not blank is an item."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from headgate.reading import items
from headgate.reading.columns import pick
from headgate.reading.lines import Lines, cuts, each, first
from headgate.shapes import Batch, Columns, Shard, Trouble

_KINDS = {"text": "text"}
_MARK = b"\xef\xbb\xbf"


def shards(path: Path, columns: Columns, rows: int) -> list[tuple[int, int | None]]:
    """Byte ranges of about `rows` lines. Raises `BadInput` where there is nothing to read."""
    pick(columns, _KINDS)
    next(first(path, path.name), None)
    return cuts(path, rows)


def batches(path: Path, shard: Shard, columns: Columns, troubles: list[Trouble], size: int) -> Iterator[Batch]:
    """The lines that begin in the shard; `Batch.rows` are the bytes at which they begin."""
    lines = Lines(path, shard, troubles)
    return items.batches(_records(lines), pick(columns, _KINDS), lines.tell, size)


def _records(lines: Lines) -> Iterator[items.Record]:
    for at, line in each(lines):
        try:
            text = (line if at else line.removeprefix(_MARK)).decode().removesuffix("\r")
        except UnicodeDecodeError:
            lines.tell(at, "is not UTF-8")
            continue
        if "\0" in text:
            lines.tell(at, "holds NUL bytes; is it UTF-16 or no text?")
        elif text and not text.isspace():
            yield at, {"text": text}
