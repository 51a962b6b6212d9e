"""Headers of weight files: what safetensors and GGUF say of themselves, without reading a single weight.

Nothing in a file is trusted: every length and count is held against the size of the file and a limit before it
is used, and no tensor data are read. Formats: safetensors, README of huggingface/safetensors; GGUF, docs/gguf.md of
ggml-org/ggml (versions 2 and 3, either byte order).
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn

from headgate.errors import BadInput

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
_GGML = dict(enumerate("F32 F16 Q4_0 Q4_1 4 5 Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K IQ2_XXS IQ2_XS "
                       "IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16".split()))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """What a weight file says: `metadata` (texts and numbers), tensors, weights, and weights by type."""

    format: str
    metadata: dict[str, str | int | float | bool]
    tensors: int
    parameters: int
    dtypes: dict[str, int] = field(default_factory=dict)


def read_header(path: Path) -> Header:
    """The header of the safetensors or GGUF file at `path`, told by its first bytes.

    Raises `BadInput`, with one line, where it cannot be read or is not what the formats allow.
    """
    try:
        with path.open("rb") as file:
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
    msg = f"{path.name}: {why}. Fetch it again, or leave it out."
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
    dtype, shape, ends = tensor.get("dtype"), tensor.get("shape"), tensor.get("data_offsets")
    if not isinstance(dtype, str) or not (_counts(shape, 64) and _counts(ends, 2) and len(ends) == 2):
        _bad(path, "a tensor in its header has no proper dtype, shape or data_offsets")
    if not ends[0] <= ends[1] <= room:
        _bad(path, f"cut off: a tensor ends at byte {ends[1]} of {room}")
    weights = _product(path, shape)
    if dtype in _BITS and weights * _BITS[dtype] != 8 * (ends[1] - ends[0]):
        _bad(path, f"a tensor of {weights} {dtype} takes {ends[1] - ends[0]} bytes")
    return dtype[:32], weights


def _counts(value: object, most: int) -> bool:
    return isinstance(value, list) and len(value) <= most and all(type(n) is int and 0 <= n < 2**63 for n in value)


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


def _gguf(path: Path, file: BinaryIO, size: int) -> Header:
    file.seek(4)
    order = "<"
    version = int.from_bytes(file.read(4), "little")
    if version and not version & 0xFFFF:
        order, version = ">", int.from_bytes(version.to_bytes(4, "little"), "big")
    if version not in {2, 3}:
        _bad(path, f"GGUF version {version}; 2 and 3 can be read")

    def take(code: str) -> int | float | bool:
        width = struct.calcsize(code)
        data = file.read(width)
        if len(data) < width:
            _bad(path, "cut off inside the GGUF header")
        found: int | float | bool = struct.unpack(order + code, data)[0]
        return found

    def skip(count: int) -> None:
        at = file.tell()
        if count > min(size, LONGEST) - at:
            _bad(path, f"a length of {count} bytes at byte {at} of {size} in the GGUF header")
        file.seek(count, os.SEEK_CUR)

    def text() -> str | None:
        length = int(take("Q"))
        if length > _LONGEST_TEXT:
            skip(length)
            return None
        data = file.read(length)
        if len(data) < length:
            _bad(path, "cut off inside the GGUF header")
        return data.decode("utf-8", "replace")

    tensors, keys = int(take("Q")), int(take("Q"))
    if tensors > _MOST_TENSORS or keys > _MOST_KEYS:
        _bad(path, f"a GGUF header of {tensors} tensors and {keys} keys")
    metadata: dict[str, str | int | float | bool] = {}
    for _ in range(keys):
        key, kind = text(), int(take("I"))
        value = text() if kind == _TEXT else _skip_array(path, take, skip, 1) if kind == _ARRAY else _scalar(path, take, kind)
        if key is not None and value is not None:
            metadata[key] = value
    dtypes: Counter[str] = Counter()
    for dtype, weights in _gguf_tensors(path, take, text, tensors, size):
        dtypes[dtype] += weights
    return Header("gguf", metadata, tensors, _total(path, dtypes), dict(dtypes))


Take = Callable[[str], int | float | bool]


def _scalar(path: Path, take: Take, kind: int) -> int | float | bool:
    if kind not in _CODES:
        _bad(path, f"a GGUF value of the unknown type {kind}")
    return take(_CODES[kind])


def _skip_array(path: Path, take: Take, skip: Callable[[int], None], depth: int) -> None:
    kind, count = int(take("I")), int(take("Q"))
    if kind in _CODES:
        skip(count * struct.calcsize(_CODES[kind]))
        return
    if kind not in {_TEXT, _ARRAY} or depth > _DEEPEST:
        _bad(path, f"a GGUF array of the unknown type {kind}, or nested too deep")
    # Each text takes at least the 8 bytes of its length and each array 12: more cannot be in the header.
    if count > LONGEST // 8:
        _bad(path, f"a GGUF array of {count} values")
    for _ in range(count):
        if kind == _TEXT:
            skip(int(take("Q")))
        else:
            _skip_array(path, take, skip, depth + 1)


def _gguf_tensors(
    path: Path, take: Take, text: Callable[[], str | None], count: int, size: int
) -> Iterator[tuple[str, int]]:
    for _ in range(count):
        text()
        dimensions = int(take("I"))
        if dimensions > 8:
            _bad(path, f"a tensor of {dimensions} dimensions")
        shape = [int(take("Q")) for _ in range(dimensions)]
        kind, offset = int(take("I")), int(take("Q"))
        weights = _product(path, shape)
        if offset > size:
            _bad(path, f"cut off: a tensor begins at byte {offset} of {size}")
        yield _GGML.get(kind, str(kind)), weights
