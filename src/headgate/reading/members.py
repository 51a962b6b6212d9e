"""Members of a tar, read in order from a stream within bounds, with whatever their headers claim.

Python's `tarfile` trusts the sizes that headers claim and gives up at the first bad one; here a bad header is told and
the next good one looked for. Formats: POSIX ustar, and the long names of GNU tar and pax.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

_BLOCK = 512
_PIECE = 2**20
_LONGEST_NAME = 2**16
_LARGEST_EXTENSION = 2**20
_FILES = {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE}
_NAMES = {tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE}
_QUIET = {tarfile.DIRTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK}
_KINDS = {tarfile.LNKTYPE: "link", tarfile.SYMTYPE: "link", tarfile.CHRTYPE: "device", tarfile.BLKTYPE: "device",
          tarfile.FIFOTYPE: "pipe", tarfile.GNUTYPE_SPARSE: "sparse file"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file in a tar."""

    name: str
    data: bytes


class _Short(EOFError):
    """The file ended after `found` of the bytes that were asked for."""

    def __init__(self, found: int) -> None:
        super().__init__("it ends too early")
        self.found = found


def members(
    file: IO[bytes], wanted: Callable[[str], bool], largest: int, tell: Callable[[str, str], None]
) -> Iterator[Member]:
    """The regular files whose name is `wanted`; what is none, lies outside the folder or is too large is told.

    Raises `EOFError` where the tar is cut off.
    """
    long, size = "", None
    lost = False
    while head := _header(file, lost):
        if not head.strip(b"\0"):
            continue  # the end, unless another tar was put behind
        try:
            info = tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
        except (tarfile.HeaderError, ValueError, OverflowError):
            if not lost:
                tell(long or "?", "a header that is damaged; the next good one is looked for")
            lost = True
            continue
        if lost := not 0 <= info.size <= _room(file):
            tell(info.name, f"a size of {info.size} bytes; the next good header is looked for")
            continue
        if info.type in _NAMES:
            long, size = _extended(file, info, long, size, tell)
            continue
        name, length = long or info.name, info.size if size is None else size
        long, size = "", None
        why = _unfit(info, name, length, largest)
        if why:
            tell(name, why)
        # links and devices have no content, whatever size they claim
        length = 0 if info.type in _KINDS and info.type != tarfile.GNUTYPE_SPARSE else length
        if why or info.type in _QUIET or not wanted(name) or _hidden(name):
            _skip(file, _padded(length))
        else:
            yield Member(name, _content(file, length))


def _room(file: IO[bytes]) -> int:
    """How many bytes may follow, as far as that can be told."""
    try:
        return os.fstat(file.fileno()).st_size - file.tell()
    except (AttributeError, OSError):
        return 2**63


def _unfit(info: tarfile.TarInfo, name: str, length: int, largest: int) -> str:
    if info.type in _QUIET:
        return ""
    if info.type not in _FILES:
        return f"a {_KINDS.get(info.type, 'member of an unknown type')}; it is left out"
    if name.startswith("/") or ".." in PurePosixPath(name).parts:
        return "its name leads out of the folder; it is left out"
    return f"{length} bytes, more than {largest}; it is left out" if length > largest else ""


def _hidden(name: str) -> bool:
    return name.rsplit("/", 1)[-1].startswith(".")


def _extended(
    file: IO[bytes], info: tarfile.TarInfo, long: str, size: int | None, tell: Callable[[str, str], None]
) -> tuple[str, int | None]:
    """The name, and of pax the size, that the member which follows has."""
    if info.size > _LARGEST_EXTENSION:
        tell(info.name, f"a name of {info.size} bytes; it is left out")
        _skip(file, _padded(info.size))
        return long, size
    data = _content(file, info.size)
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return data.rstrip(b"\0")[:_LONGEST_NAME].decode("utf-8", "surrogateescape"), size
    while data:
        length, _, _ = data.partition(b" ")
        if not length.isdigit() or not 0 < int(length[:9]) <= len(data):
            tell(info.name, "a pax header that is damaged")
            break
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        data = data[int(length) :]
        if key == b"path":
            long = value[:_LONGEST_NAME].decode("utf-8", "surrogateescape")
        elif key == b"size" and value.isdigit():
            size = int(value[:20])
    return long, size


def _padded(length: int) -> int:
    return -(-length // _BLOCK) * _BLOCK


def _content(file: IO[bytes], length: int) -> bytes:
    data = _exactly(file, length)
    _exactly(file, _padded(length) - length)
    return data


def _header(file: IO[bytes], lost: bool) -> bytes:
    """The next block; none at the end of the file, where a tar should have ended before."""
    try:
        return _exactly(file, _BLOCK)
    except _Short as error:
        if error.found and not lost:
            raise
        return b""


def _exactly(file: IO[bytes], length: int) -> bytes:
    pieces, left = [], length
    while left and (piece := file.read1(min(left, _PIECE))):  # type: ignore[attr-defined]
        pieces.append(piece)
        left -= len(piece)
    if left:
        raise _Short(length - left)
    return b"".join(pieces)


def _skip(file: IO[bytes], length: int) -> None:
    while length > 0:
        piece = file.read1(min(length, _PIECE))  # type: ignore[attr-defined]
        if not piece:
            raise _Short(0)
        length -= len(piece)
