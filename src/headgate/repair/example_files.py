"""Examples on disk: NumPy archives of numbers, forget sets as CSV. Read with bounds; nothing is unpickled.

An archive (.npz) holds `x` and `y`, one row an item, and perhaps `ids`, `texts` and `groups` as text.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from headgate.errors import BadInput, UsageError
from headgate.plain import plain
from headgate.repair.examples import examples
from headgate.repair.shapes import Array, Examples

MOST = 8 * 2**30  # bytes of an array
LONGEST = 300  # characters of an id
_COLUMNS = ("x", "y", "ids", "texts", "groups")


def read_npz(path: Path) -> Examples:
    """The examples in the archive at `path`; raises `BadInput` where they cannot be read."""
    try:
        with path.open("rb") as opened:
            file = np.load(opened, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise _bad(path, "holds one array and no archive of x and y")
            _check_sizes(path, file)
            columns = {name: file[name] for name in _COLUMNS if name in file.files}
    except OSError as error:
        raise _bad(path, f"cannot be opened ({error.strerror or 'it is no archive'})") from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, MemoryError, NotImplementedError) as error:
        # NumPy says how to unpickle such a file, which nobody should
        why = "it holds pickled data, which is not read" if "pickle" in str(error) else plain(error, 120)
        raise _bad(path, f"cannot be read ({why})") from error
    if not {"x", "y"} <= set(columns):
        raise _bad(path, f"lacks {' and '.join(sorted({'x', 'y'} - set(columns)))}")
    x, y = (_numbers(path, name, columns[name]) for name in ("x", "y"))
    words = {name: _words(path, name, columns[name]) for name in ("ids", "texts", "groups") if name in columns}
    try:
        return examples(x, y, **words)
    except UsageError as error:
        raise _bad(path, f"cannot be used: {str(error).rstrip('.')}") from error


def write_npz(path: Path, given: Examples) -> None:
    """Write `given` as an archive that `read_npz` reads."""
    words = {name: np.asarray(column) for name, column in (("texts", given.texts), ("groups", given.groups)) if column}
    np.savez_compressed(path, x=given.x, y=given.y, ids=np.asarray(given.ids), **words)  # type: ignore[arg-type]


def read_ids(path: Path) -> tuple[str, ...]:
    """The column `id` of the CSV at `path`, each once; raises `BadInput` where there is none."""
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True)
        if "id" not in (reader.fieldnames or ()):
            raise _bad(path, "has no column id")
        found = dict.fromkeys((row["id"] or "").strip() for row in reader)
    except OSError as error:
        raise _bad(path, f"cannot be opened ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad(path, f"is no CSV in UTF-8 ({plain(error, 120)})") from error
    found.pop("", None)
    if not found:
        raise _bad(path, "names no item")
    if longest := max(found, key=len)[LONGEST:]:
        raise _bad(path, f"has an id of {LONGEST + len(longest)} characters; {LONGEST} are the most")
    return tuple(found)


def write_ids(path: Path, ids: Iterable[str]) -> None:
    """Write `ids` as a CSV that `read_ids` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id"], *([one] for one in ids)])


def _check_sizes(path: Path, file: np.lib.npyio.NpzFile) -> None:
    # what an archive unpacks to stands in its list, before anything is unpacked
    listed = file.zip.infolist() if file.zip else []
    if sum(one.file_size for one in listed) > MOST:
        raise _bad(path, f"unpacks to more than {MOST // 2**30} GiB")


def _numbers(path: Path, name: str, given: Array) -> Array:
    if given.dtype.kind not in "iufb" or given.ndim == 0 or not len(given):
        raise _bad(path, f"has no numbers, one row an item, in {name}")
    if given.dtype.kind == "u" and given.size and given.max() > np.iinfo(np.int64).max:
        raise _bad(path, f"has whole numbers in {name} that 64 bits with a sign do not hold")
    if given.dtype.kind != "f":
        return given.astype(np.int64)
    with np.errstate(over="ignore"):
        found = given.astype(np.float32)
    if not np.isfinite(found).all():
        raise _bad(path, f"has numbers in {name} that are not finite in single precision")
    return found


def _words(path: Path, name: str, given: Array) -> tuple[str, ...]:
    if given.dtype.kind not in "US" or given.ndim != 1:
        raise _bad(path, f"has no texts, one an item, in {name}")
    try:
        found = tuple(str(one) for one in (np.char.decode(given, "utf-8") if given.dtype.kind == "S" else given))
        "".join(found).encode()
    except (UnicodeError, SystemError) as error:  # NumPy keeps numbers that are of no character
        raise _bad(path, f"has {name} that are not Unicode") from error
    if name == "ids" and max(map(len, found), default=0) > LONGEST:
        raise _bad(path, f"has ids of more than {LONGEST} characters")
    return found


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"{plain(path)} {what}. docs/repair.md says what the file must hold.")
