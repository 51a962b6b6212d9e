"""Lines of a file, packed or not, within bounds: a line that is too long is passed over, not kept."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from headgate import zstd
from headgate.errors import BadInput
from headgate.headers import open_regular
from headgate.plain import plain
from headgate.reading.items import LONGEST
from headgate.shapes import Shard, Trouble

PACKED = (".gz", ".zst")
BROKEN = (OSError, EOFError, zlib.error, zstd.ZstdError)
_BLOCK = 2**18
_SLACK = 2**30  # bytes that anything may unpack to
_MOST_SEEN = 10_000  # lines whose columns nobody could tell
_RATIO = 100  # times its packed size that a longer one may; texts shrink to a tenth or so


@dataclass(slots=True)
class Lines:
    """The lines of a shard, and where the one that was given last stands: `at` (byte), `number` (from 1)."""

    path: Path
    shard: Shard
    troubles: list[Trouble]
    at: int = 0
    number: int = 0
    _before: int | None = field(default=None)

    def tell(self, _row: int, why: str) -> None:
        """Note that the line given last cannot be read."""
        self.tell_line(self.number, why)

    def tell_line(self, number: int, why: str) -> None:
        """Note that the line `number` of this shard cannot be read."""
        if self._before is None:
            self._before = newlines(self.path, self.shard.start) if self.shard.start else 0
        self.troubles.append(Trouble(self.shard.file, f"line {self._before + number}", why))


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked where its name ends in .gz or .zst."""
    with open_regular(path) as raw:
        if path.suffix.lower() in {".gz", ".tgz"}:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield Bounded(unpacked, raw)  # type: ignore[misc]
        elif path.suffix.lower() == ".zst":
            options = {int(zstd.DecompressionParameter.window_log_max): 31}  # public data come in large windows
            with zstd.open(raw, "rb", options=options) as unpacked_:
                yield Bounded(unpacked_, raw)  # type: ignore[misc]
        else:
            yield raw


class Bounded:
    """A packed file that may not unpack without end."""

    def __init__(self, unpacked: Any, raw: IO[bytes]) -> None:
        self._unpacked, self._raw, self._given = unpacked, raw, 0

    def read1(self, size: int) -> bytes:
        """Some bytes, as of a file. Raises `OSError` where it unpacks to far more than any text does."""
        data: bytes = self._unpacked.read1(size)
        self._given += len(data)
        if self._given > _SLACK and self._given > _RATIO * self._raw.tell():
            msg = f"unpacks to more than {_RATIO} times its size"
            raise OSError(msg)
        return data


def each(lines: Lines) -> Iterator[tuple[int, bytes]]:
    """Lines that begin in the shard: where in the (unpacked) file, and their bytes less the newline."""
    with opened(lines.path) as file:
        try:
            yield from _each(lines, file)
        except BROKEN as error:
            lines.number += 1
            lines.tell(0, f"cut off or damaged from here on ({reason(error)})")


def _each(lines: Lines, file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    at, end = _begin(lines, file), lines.shard.end
    held: list[bytes] = []  # the parts of a line that has not ended yet
    length = 0
    while (end is None or at < end) and (block := file.read1(_BLOCK)):  # type: ignore[attr-defined]
        first, *pieces = block.split(b"\n")
        length += len(first)
        if length <= LONGEST:
            held.append(first)
        if not pieces:
            continue
        whole, pieces[:0] = length, [b"".join(held)]
        last = pieces.pop()
        for piece in pieces:
            if end is not None and at >= end:
                return
            lines.number += 1
            lines.at = at
            if whole > LONGEST:
                lines.tell(0, f"a line of {whole} bytes, more than {LONGEST}")
            else:
                yield at, piece
            at += (whole or len(piece)) + 1
            whole = 0
        held, length = [last], len(last)
    if length and (end is None or at < end):
        lines.number += 1
        lines.at = at
        if length > LONGEST:
            lines.tell(0, f"a line of {length} bytes, more than {LONGEST}")
        else:
            yield at, b"".join(held)


def _begin(lines: Lines, file: IO[bytes]) -> int:
    """Move to the first line that begins at or after the shard's start, and say where that is."""
    start = lines.shard.start
    if not start:
        return 0
    file.seek(start - 1)
    at = start - 1
    while block := file.read(_BLOCK):
        if (found := block.find(b"\n")) >= 0:
            file.seek(at + found + 1)
            return at + found + 1
        at += len(block)
    return at


def newlines(path: Path, end: int) -> int:
    """How many lines end before byte `end` of a file."""
    count, left = 0, end
    with open_regular(path) as file:
        while left > 0 and (block := file.read(min(left, _BLOCK))):
            count += block.count(b"\n")
            left -= len(block)
    return count


def cuts(path: Path, rows: int) -> list[tuple[int, int | None]]:
    """Byte ranges of about `rows` lines each, every one from the beginning of a line; a packed file is one range."""
    size = path.stat().st_size
    if path.suffix.lower() in PACKED:
        return [(0, None)] if size else []
    with open_regular(path) as file:
        start = file.read(_BLOCK)
        step = max(1, rows * (len(start) // max(1, start.count(b"\n"))))
        begins = [0]
        while begins[-1] + step < size:
            shard = Shard(0, path.name, "text", begins[-1] + step)
            begins.append(_begin(Lines(path, shard, []), file))
    begins = [begin for begin in begins if begin < size]
    return list(zip(begins, [*begins[1:], None], strict=True)) if begins else []


def first(path: Path, file: str) -> Iterator[tuple[int, bytes]]:
    """Lines from the beginning of a file, to tell its columns from; what cannot be read is told when it is read.

    Raises `BadInput` where not one line can be read.
    """
    lines = Lines(path, Shard(0, file, "text"), [])
    given = 0
    for at, line in each(lines):
        yield at, line
        given += len(line)
        if given > LONGEST or lines.number >= _MOST_SEEN:
            return
    if not given and lines.troubles:
        raise BadInput(lines.troubles[0].why)


def reason(error: BaseException) -> str:
    """What an error says, in one short line."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error).strip().split("\n")[0]
    # our own errors name columns, and the one that is sought may be the last
    return plain(said or type(error).__name__, 300 if isinstance(error, BadInput) else 120)
