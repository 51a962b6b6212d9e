"""What a pickle would import, told from its opcodes: nothing is unpickled, imported or run.

A pickle is a small program; it can call only what it imports. `pickletools.genops` of the standard library reads the
opcodes as data. An import whose words cannot be followed back to plain text counts as one of unknown name.

Reference: the opcodes as `pickletools` documents them; the list of names that load without running code of others is
that of PyTorch's weights-only unpickler, and numpy's three for arrays.
"""

from __future__ import annotations

import io
import lzma
import pickletools
import re
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from headgate.headers import open_regular

LONGEST = 64 * 2**20  # bytes of one pickle that are read
_MOST_OPCODES = 3_000_000
_MOST_PICKLES = 100  # one after the other
_OLD_TORCH, _OLD_PICKLES = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", 5  # PyTorch before it used archives
_PROTO = b"\x80"
_MOST_INSIDE = 100  # pickles of one archive
CODE = (".py", ".pyc", ".so", ".dll", ".dylib", ".exe", ".sh", ".bat", ".ps1", ".js")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
)
UNKNOWN = "?"

_TEXTS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "SHORT_BINSTRING", "BINSTRING", "STRING"}
_KEEPS = {"PROTO", "FRAME"}  # leave the stack as it is
_PUTS, _GETS = {"PUT", "BINPUT", "LONG_BINPUT"}, {"GET", "BINGET", "LONG_BINGET"}
_SAFE = re.compile(
    r"collections (OrderedDict|defaultdict|Counter)|_codecs encode|copyreg _reconstructor|copy_reg _reconstructor|"
    r"(builtins|__builtin__) "
    r"(set|frozenset|dict|list|tuple|int|float|bool|str|bytes|bytearray|complex|slice|range|object)|"
    r"torch ([A-Z][A-Za-z0-9]*Storage|Size|Tensor|device|dtype)|"
    r"torch [cu]?(int|float|bfloat|double|half|long|short|bool|complex)\d*(_e\dm\d\w*)?|"
    r"torch\._utils _rebuild_(tensor(_v[23])?|parameter(_with_state)?|qtensor|sparse_tensor|meta_tensor_no_storage|"
    r"device_tensor_from_numpy|wrapper_subclass)|"
    r"torch\._tensor _rebuild_from_type_v2|torch\.storage (Untyped|Typed)Storage|"
    r"torch\.nn\.parameter Parameter|torch\.serialization _get_layout|torch\.(cuda|sparse) \w*(Storage|Tensor)|"
    r"numpy(\.core|\._core)?(\.multiarray|\.numeric)? (_reconstruct|scalar|_frombuffer)|"
    r"numpy (ndarray|dtype|(u?int|float|bool)\d*_?)|"
    r"numpy\.dtypes \w+DType"
)


class Pickle(NamedTuple):
    """What a file was found to be: `imports` as `module name`, sorted; `whole` where it was read to its end.

    `kind` is `pickle`, `torch archive` (a zip with a data.pkl), `archive` or `none` (no pickle begins here); `code` are
    the entries of an archive that are source code.
    """

    kind: str
    imports: tuple[str, ...]
    whole: bool
    code: tuple[str, ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """The imports that are not known to be harmless."""
        return tuple(name for name in self.imports if not _SAFE.fullmatch(name))

    @property
    def verdict(self) -> str:
        """`no pickle`, `known imports`, `other imports`, `code inside` or `truncated`; a find outweighs a cut."""
        if self.others:
            return "other imports"
        if self.code:
            return "code inside"
        if not self.whole:
            return "truncated"
        return "no pickle" if self.kind in {"none", "archive"} else "known imports"


def read_pickle(path: Path) -> Pickle:
    """What the file at `path` would import. Raises `OSError` where it is no regular file that can be read."""
    with open_regular(path) as file:
        if file.read(4) == b"PK\x03\x04":
            file.seek(0)
            return _archive(file)
        file.seek(0)
        return scan(file.read(LONGEST + 1))


def scan(data: bytes) -> Pickle:
    """What the pickles that follow each other at the start of `data` would import, the first `LONGEST` bytes read."""
    stream, found, whole = io.BytesIO(data[:LONGEST]), set[str](), False
    old = data.startswith(_OLD_TORCH)  # five pickles, then raw tensors
    for number in range(_OLD_PICKLES if old else _MOST_PICKLES):
        imports, whole = _one(stream)
        found |= imports
        if not whole or (not old and data[stream.tell() : stream.tell() + 1] != _PROTO):
            break
        whole = not old or number + 1 == _OLD_PICKLES
    begins = data[:1] == _PROTO or bool(found) or whole
    return Pickle("pickle" if begins else "none", tuple(sorted(found)), whole or not begins)


def _one(stream: io.BytesIO) -> tuple[set[str], bool]:
    found: set[str] = set()
    pushed: list[str | None] = []  # texts on top of the stack; None stands for anything else
    memo: dict[object, str | None] = {}
    try:
        for number, (opcode, value, _) in enumerate(pickletools.genops(stream)):
            name = opcode.name
            if name in {"GLOBAL", "INST"}:
                found.add(str(value))
            elif name == "STACK_GLOBAL":
                module, attribute = [None, None, *pushed][-2:]
                found.add(f"{UNKNOWN if module is None else module} {UNKNOWN if attribute is None else attribute}")
            elif name.startswith("EXT"):
                found.add(f"{UNKNOWN} {UNKNOWN}")
            if name in _KEEPS:
                continue
            if name == "MEMOIZE" or name in _PUTS:
                memo[len(memo) if name == "MEMOIZE" else value] = pushed[-1] if pushed else None
                continue
            text = value if name in _TEXTS and isinstance(value, str) else memo.get(value) if name in _GETS else None
            pushed = [*pushed[-1:], text]
            if number >= _MOST_OPCODES:
                return found, False
    except (ValueError, IndexError, OverflowError, UnicodeError, RecursionError):
        return found, False
    return found, True


def _archive(file: io.BufferedReader) -> Pickle:
    try:
        with zipfile.ZipFile(file) as archive:
            # by entry, not by name: of two with one name readers differ in which they take
            entries = archive.infolist()
            inside = [one for one in entries if one.filename.lower().endswith((".pkl", ".pickle"))]
            found = [_entry(archive, one) for one in inside[:_MOST_INSIDE]]
    except _BROKEN:
        return Pickle("archive", (), False)
    code = tuple(one.filename for one in entries if one.filename.lower().endswith(CODE))[:20]
    imports = tuple(sorted({name for one in found for name in one.imports}))
    whole = len(inside) <= _MOST_INSIDE and all(one.whole and one.kind == "pickle" for one in found)
    return Pickle("torch archive" if found else "archive", imports, whole, code)


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Pickle:
    try:
        with archive.open(entry) as stream:
            return scan(stream.read(LONGEST + 1))
    except _BROKEN:
        return Pickle("pickle", (), False)
