"""CSV and TSV, packed or not: the first record names the columns; quoted fields may hold newlines.

A record over several lines that has too many or too few fields, or no end, began with a quote that nobody closed:
its first line is told, and reading goes on at its second.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from headgate.errors import BadInput
from headgate.reading import items
from headgate.reading.columns import Picked, pick
from headgate.reading.lines import PACKED, Lines, each, first
from headgate.shapes import Batch, Columns, Shard, Trouble

_DELIMITERS = ",;\t|"
_MARK = b"\xef\xbb\xbf"
_PATIENCE = 2**28  # bytes that are read again after quotes that nobody closed


@dataclass(frozen=True, slots=True)
class _Header:
    delimiter: str
    names: list[str]


def shards(path: Path, columns: Columns, rows: int) -> list[tuple[int, int | None]]:
    """Byte ranges of `rows` records. Raises `BadInput` where the columns cannot be told."""
    header = _header(path)
    _picked(header, columns)
    if path.suffix.lower() in PACKED:
        return [(0, None)]
    found = _records(Lines(path, Shard(0, path.name, "csv"), items.Few([])), header, whole=False)
    begins = [at for number, (at, _) in enumerate(found) if number % rows == 0]
    begins[:1] = [0]  # the first has the header
    return list(zip(begins, [*begins[1:], None], strict=True))


def batches(path: Path, shard: Shard, columns: Columns, troubles: list[Trouble], size: int) -> Iterator[Batch]:
    """The records that begin in the shard; `Batch.rows` are the bytes at which they begin."""
    header = _header(path)
    picked = _picked(header, columns)
    lines = Lines(path, shard, troubles)
    return items.batches(_rows(lines, header, picked), picked, lines.tell, size)


def _rows(lines: Lines, header: _Header, picked: Picked) -> Iterator[items.Record]:
    if picked.reads == "texts":
        name = picked.text or ""
        column = header.names.index(name)
        for at, fields in _records(lines, header):
            yield at, {name: fields[column]}
    else:
        for at, fields in _records(lines, header):
            yield at, dict(zip(header.names, fields, strict=True))


def _picked(header: _Header, columns: Columns) -> Picked:
    return pick(columns, dict.fromkeys(header.names, "text"))


def _header(path: Path) -> _Header:
    start = next((line for _, line in first(path, path.name) if line.strip()), b"")
    if b"\0" in start:
        msg = "holds NUL bytes where its header should be; is it UTF-16? Save it as UTF-8"
        raise BadInput(msg)
    try:
        line = start.removeprefix(_MARK).decode()
        # the most columns win; the comma wins a tie
        delimiter = max(_DELIMITERS, key=lambda sign: len(next(csv.reader([line], delimiter=sign), [])))
        lines = Lines(path, Shard(0, path.name, "csv"), [])
        fields = next((fields for _, fields in _records(lines, _Header(delimiter, []))), [])
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"its header cannot be read ({type(error).__name__})"
        raise BadInput(msg) from error
    if not fields:
        msg = "has no header"
        raise BadInput(msg)
    names: dict[str, None] = {}
    for number, name in enumerate(fields):
        name = name.strip() or f"column_{number}"
        names[name if name not in names else f"{name}_{number}"] = None
    if len(names) < len(fields):
        msg = "its header names columns twice"
        raise BadInput(msg)
    return _Header(delimiter, list(names))


@dataclass(slots=True)
class _Feed:
    """The lines that the CSV parser asks for, kept until their record is known to be good."""

    lines: Lines
    source: Iterator[tuple[int, bytes]]
    delimiter: str
    again: deque[tuple[int, int, bytes]] = field(default_factory=deque)
    current: list[tuple[int, int, bytes]] = field(default_factory=list)
    weight: int = 0
    open: bool = False  # the parser asked for more than there is, so it is inside quotes
    garbled: str = ""

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self.take() if self.weight <= items.LONGEST else None
        if line is None:
            self.open = True
            raise StopIteration
        self.current.append(line)
        self.weight += len(line[2]) + 1
        text = line[2] if line[0] else line[2].removeprefix(_MARK)
        if b"\0" in text:
            self.garbled = "holds NUL bytes"
        try:
            return text.decode() + "\n"
        except UnicodeDecodeError:
            self.garbled = "is not UTF-8"
            return text.decode("utf-8", "replace") + "\n"

    def take(self) -> tuple[int, int, bytes] | None:
        """The next line: where it begins, its number, and its bytes; None after the last."""
        if self.again:
            return self.again.popleft()
        found = next(self.source, None)
        return found and (found[0], self.lines.number, found[1])

    def bare(self) -> Iterator[int]:
        """Where the lines up to the next that has a quote in it begin."""
        while line := self.take():
            if b'"' in line[2]:
                self.again.appendleft(line)
                return
            yield line[0]

    def record(self, reader: Iterator[list[str]]) -> tuple[list[str], str] | None:
        """The fields of the next record and what is wrong with it; None after the last."""
        self.current, self.weight, self.open, self.garbled = [], 0, False, ""
        before = csv.field_size_limit(2 * items.LONGEST)  # of the whole process, where others want it small
        try:
            fields = next(reader)
        except StopIteration:
            return None
        except csv.Error as error:
            return [], f"is no CSV ({error})"
        finally:
            csv.field_size_limit(before)
        return fields, "" if self._closed() else "a quote in it is never closed"

    def _closed(self) -> bool:
        """Whether the quotes of a record over several lines stand where quotes may."""
        if self.open or len(self.current) == 1:
            return not self.open
        lines = [f"{line.decode('utf-8', 'replace')}\n" for _, _, line in self.current]
        try:
            next(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except csv.Error:
            return False
        return True


def _records(lines: Lines, header: _Header, whole: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Records and where they begin; those that are no good are told.

    Where `whole` is false, lines that no quote can carry over are not taken apart.
    """
    feed, width, patience = _Feed(lines, each(lines), header.delimiter), len(header.names), _PATIENCE
    reader = csv.reader(feed, delimiter=header.delimiter)
    titled = bool(header.names) and lines.shard.start == 0
    while patience >= 0:
        for at in feed.bare() if not whole else ():
            titled = False
            yield at, []
        if (found := feed.record(reader)) is None:
            return
        fields, why = found
        if titled and fields and not why:
            titled = False
            continue
        at, number, _ = feed.current[0]
        if why := why or _unfit(fields, width):
            lines.tell_line(number, why)
            if len(feed.current) > 1:
                patience -= feed.weight
                feed.again.extendleft(reversed(feed.current[1:]))
        elif feed.garbled:
            lines.tell_line(number, feed.garbled)
        elif fields:
            yield at, fields
    lines.tell_line(lines.number, "too many quotes are never closed; the rest of the file is left out")


def _unfit(fields: list[str], width: int) -> str:
    if not width or len(fields) in {0, width}:
        return ""
    return f"has {len(fields)} fields where the header has {width}"
