"""Headers of weight files: what safetensors and GGUF say of themselves, without reading a single weight.

Nothing in a file is trusted: every length and count is held against the size of the file and a limit before it
is used, and no tensor data are read. Formats: safetensors, README of huggingface/safetensors; GGUF, docs/gguf.md of
ggml-org/ggml (versions 2 and 3, either byte order).
"""

from __future__ import annotations

import errno
import json
import math
import os
import stat
import struct
from collections import Counter
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Literal, NoReturn

from headgate.errors import BadInput
from headgate.plain import plain

LONGEST = 100_000_000  # bytes of a header, the limit of the safetensors format
_MOST_TENSORS = 1_000_000
_MOST_KEYS = 100_000
_MOST_WEIGHTS = 2**62  # in one file; what is above is no real shape and would not fit the table
_LONGEST_TEXT = 65_536  # bytes of a text that is kept; longer ones, such as chat templates, are passed over
_DEEPEST = 4  # arrays in arrays
_BITS = {"BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "U16": 16, "I16": 16, "F16": 16,
         "BF16": 16, "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64}  # fmt: skip
# GGUF value types by number: struct code; 8 is text and 9 an array.
_CODES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
_GGML = {0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
         12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
         20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
         29: "IQ1_M", 30: "BF16"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """What a weight file says: `metadata` (texts and numbers), tensors, weights, and weights by type."""

    format: str
    metadata: dict[str, str | int | float | bool]
    tensors: int
    parameters: int
    dtypes: dict[str, int] = field(default_factory=dict)


def open_regular(path: Path) -> BufferedReader:
    """Open the regular file at `path` to be read, without waiting for anybody to write into a pipe.

    Raises `OSError` where there is none, or something else such as a pipe, a device or a folder.
    """
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "no regular file", str(path))
    return os.fdopen(number, "rb")


def read_header(path: Path) -> Header:
    """The header of the safetensors or GGUF file at `path`, told by its first bytes.

    Raises `BadInput`, with one line, where it cannot be read or is not what the formats allow.
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            magic = file.read(4)
            file.seek(0)
            return _gguf(path, file, size) if magic == b"GGUF" else _safetensors(path, file, size)
    except OSError as error:
        _bad(path, f"cannot be read ({error.strerror})")


def parents(header: Header) -> list[str]:
    """The base models that a GGUF header names (general.base_model.*), as addresses where it gives them."""
    said = header.metadata
    count = said.get("general.base_model.count")
    found = []
    for number in range(min(count, 64) if isinstance(count, int) else 0):
        url, organisation, name = (
            str(said.get(f"general.base_model.{number}.{part}") or "") for part in ("repo_url", "organization", "name")
        )
        text = url or (f"{organisation}/{name}" if organisation and name else name)
        if text:
            found.append(text)
    return found


def _bad(path: Path, why: str) -> NoReturn:
    msg = f"{plain(path.name)}: {why}. Fetch it again, or leave it out."
    raise BadInput(msg)


# -- safetensors: 8 bytes with the length, then JSON


def _safetensors(path: Path, file: BinaryIO, size: int) -> Header:
    if size < 10:
        _bad(path, f"{size} bytes are too few for a safetensors header")
    length = int.from_bytes(file.read(8), "little")
    if length > min(LONGEST, size - 8):
        _bad(path, f"no safetensors file, or cut off: a header of {length} bytes in a file of {size}")
    text = file.read(length)
    if text[:1] != b"{":
        _bad(path, "no safetensors file: its header is not a JSON object")
    # Told before JSON is parsed, which may take twenty times the memory of its text.
    if any(text.count(sign) > times * _MOST_TENSORS for sign, times in ((b"{", 1), (b"[", 2), (b",", 10))):
        _bad(path, f"a safetensors header of more than {_MOST_TENSORS} tensors")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        _bad(path, f"its safetensors header is not JSON ({type(error).__name__})")
    metadata = given.pop("__metadata__", {})
    if not isinstance(metadata, dict):
        _bad(path, "its __metadata__ is not an object")
    dtypes: Counter[str] = Counter()
    for tensor in given.values():
        dtype, weights = _tensor(path, tensor, size - 8 - length)
        dtypes[dtype] += weights
    kept = {str(k): v for k, v in metadata.items() if isinstance(v, str) and len(v) <= _LONGEST_TEXT}
    return Header("safetensors", dict(kept), len(given), _total(path, dtypes), dict(dtypes))


def _tensor(path: Path, tensor: object, room: int) -> tuple[str, int]:
    if not isinstance(tensor, dict):
        _bad(path, "a tensor in its header is not an object")
    dtype, shape, ends = tensor.get("dtype"), _counts(tensor.get("shape")), _counts(tensor.get("data_offsets"))
    if not isinstance(dtype, str) or shape is None or ends is None or len(ends) != 2:
        _bad(path, "a tensor in its header has no proper dtype, shape or data_offsets")
    if not ends[0] <= ends[1] <= room:
        _bad(path, f"cut off: a tensor ends at byte {ends[1]} of {room}")
    weights = _product(path, shape)
    if dtype in _BITS and weights * _BITS[dtype] != 8 * (ends[1] - ends[0]):
        _bad(path, f"a tensor of {weights} {dtype} takes {ends[1] - ends[0]} bytes")
    return dtype[:32], weights


def _counts(value: object) -> list[int] | None:
    if not isinstance(value, list) or len(value) > 64:
        return None
    return value if all(type(n) is int and 0 <= n < 2**63 for n in value) else None


def _product(path: Path, shape: list[int]) -> int:
    weights = math.prod(shape)
    if weights > _MOST_WEIGHTS:
        _bad(path, "a tensor has more weights than any file can hold")
    return weights


def _total(path: Path, dtypes: Counter[str]) -> int:
    if (total := dtypes.total()) > _MOST_WEIGHTS:
        _bad(path, "its tensors have more weights than any file can hold")
    return total


# -- GGUF: magic, version, counts, keys with values, then the list of tensors


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    file: BinaryIO
    size: int
    order: Literal["little", "big"]


def _gguf(path: Path, file: BinaryIO, size: int) -> Header:
    file.seek(4)
    first = file.read(4)
    order: Literal["little", "big"] = "big" if first[:2] == b"\0\0" else "little"
    version = int.from_bytes(first, order)
    if version not in {2, 3}:
        _bad(path, f"GGUF version {version}; 2 and 3 can be read")
    reader = _Reader(path, file, size, order)
    tensors, keys = _whole(reader, 8), _whole(reader, 8)
    if tensors > _MOST_TENSORS or keys > _MOST_KEYS:
        _bad(path, f"a GGUF header of {tensors} tensors and {keys} keys")
    metadata: dict[str, str | int | float | bool] = {}
    for _ in range(keys):
        key, kind = _text(reader), _whole(reader, 4)
        value = _value(reader, kind)
        if key is not None and value is not None:
            metadata[key] = value
    dtypes: Counter[str] = Counter()
    for _ in range(tensors):
        dtype, weights = _gguf_tensor(reader)
        dtypes[dtype] += weights
    return Header("gguf", metadata, tensors, _total(path, dtypes), dict(dtypes))


def _read(reader: _Reader, count: int) -> bytes:
    data = reader.file.read(count)
    if len(data) < count or reader.file.tell() > LONGEST:
        _bad(reader.path, f"cut off inside the GGUF header, or one of more than {LONGEST} bytes")
    return data


def _whole(reader: _Reader, width: int) -> int:
    return int.from_bytes(_read(reader, width), reader.order)


def _skip(reader: _Reader, count: int) -> None:
    at = reader.file.tell()
    if count > min(reader.size, LONGEST) - at:
        _bad(reader.path, f"a length of {count} bytes at byte {at} of {reader.size} in the GGUF header")
    reader.file.seek(count, os.SEEK_CUR)


def _text(reader: _Reader) -> str | None:
    length = _whole(reader, 8)
    if length > _LONGEST_TEXT:
        _skip(reader, length)
        return None
    return _read(reader, length).decode("utf-8", "replace")


def _value(reader: _Reader, kind: int) -> str | int | float | bool | None:
    if kind == _TEXT:
        return _text(reader)
    if kind == _ARRAY:
        _skip_array(reader, 1)
        return None
    if kind not in _CODES:
        _bad(reader.path, f"a GGUF value of the unknown type {kind}")
    code = (">" if reader.order == "big" else "<") + _CODES[kind]
    found: int | float | bool = struct.unpack(code, _read(reader, struct.calcsize(code)))[0]
    return found


def _skip_array(reader: _Reader, depth: int) -> None:
    kind, count = _whole(reader, 4), _whole(reader, 8)
    if kind in _CODES:
        _skip(reader, count * struct.calcsize(_CODES[kind]))
        return
    if kind not in {_TEXT, _ARRAY} or depth > _DEEPEST:
        _bad(reader.path, f"a GGUF array of the unknown type {kind}, or nested too deep")
    # Each text takes the 8 bytes of its length at least, and each array more.
    if count > (min(reader.size, LONGEST) - reader.file.tell()) // 8:
        _bad(reader.path, f"a GGUF array of {count} values, more than the file holds")
    for _ in range(count):
        if kind == _ARRAY:
            _skip_array(reader, depth + 1)
        elif (length := _whole(reader, 8)) <= _LONGEST_TEXT:
            _read(reader, length)  # faster than to move on in the file
        else:
            _skip(reader, length)


def _gguf_tensor(reader: _Reader) -> tuple[str, int]:
    _text(reader)
    dimensions = _whole(reader, 4)
    if dimensions > 8:
        _bad(reader.path, f"a tensor of {dimensions} dimensions")
    weights = _product(reader.path, [_whole(reader, 8) for _ in range(dimensions)])
    kind, offset = _whole(reader, 4), _whole(reader, 8)
    if offset > reader.size:
        _bad(reader.path, f"cut off: a tensor begins at byte {offset} of {reader.size}")
    return _GGML.get(kind, str(kind)), weights
