"""What would happen if a local file were loaded, told without loading it.

Weight formats are told by their content and not by their name; configurations are read for code that they name.
"""

from __future__ import annotations

import json
import tarfile
import zlib
from pathlib import Path
from typing import NamedTuple

from headgate.errors import BadInput
from headgate.headers import open_regular, read_header
from headgate.pickles import CODE, read_pickle
from headgate.plain import plain

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill", ".th", ".model", ".npy")
_ARCHIVES = (".zip", ".whl", ".egg", ".mar", ".keras", ".npz", ".jar")
_TARS = (".tar", ".tgz", ".tar.gz", ".nemo")
_LONGEST_CONFIG = 2**20
_MOST_ENTRIES = 10_000


class Look(NamedTuple):
    """What was found in a file: `verdict` and the words that show it.

    `verdict` is `data` (loading it runs no code of its own), `code` (loading it runs or imports code), `truncated` or
    `not known`.
    """

    verdict: str
    because: str


def look(path: Path) -> Look:
    """What loading the file at `path` would do. A file that cannot be read is `not known`."""
    name = path.name.lower()
    try:
        if name.endswith((".safetensors", ".gguf")):
            return _header(path)
        if name in {"config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json"}:
            return _config(path)
        if name.endswith(CODE):
            return Look("code", "source code or a program")
        if name.endswith(_TARS):
            return _tar(path)
        if name.endswith((*_PICKLES, *_ARCHIVES)):
            return _pickle(path)
    except OSError as error:
        return Look("not known", f"cannot be read ({error.strerror})")
    return Look("not known", "a form of file that is not looked into")


def _header(path: Path) -> Look:
    try:
        header = read_header(path)
    except BadInput as error:
        return Look("truncated", plain(error))
    return Look("data", f"{header.format} with {header.tensors} tensors")


def _pickle(path: Path) -> Look:
    found = read_pickle(path)
    if found.verdict == "other imports":
        return Look("code", "imports " + ", ".join(plain(name.replace(" ", "."), 80) for name in found.others[:3]))
    if found.verdict == "code inside":
        return Look("code", f"holds {plain(found.code[0], 80)}")
    if found.verdict == "truncated":
        return Look("truncated", "a pickle or archive that ends early or is too long to be read")
    if found.verdict == "known imports":
        return Look("data", f"a pickle with {len(found.imports)} imports, all of known harmless names")
    return Look("data", "an archive without code") if found.kind == "archive" else Look("not known", "no pickle")


def _tar(path: Path) -> Look:
    try:
        with open_regular(path) as file, tarfile.open(fileobj=file, mode="r:*") as archive:
            for number, entry in enumerate(archive):
                if entry.name.lower().endswith((*CODE, *_PICKLES)):
                    return Look("code", f"holds {plain(entry.name, 80)}")
                if number >= _MOST_ENTRIES:
                    return Look("truncated", "an archive with too many entries to be read")
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError):
        return Look("truncated", "an archive that cannot be read to its end")
    return Look("data", "an archive without code")


def _config(path: Path) -> Look:
    with open_regular(path) as file:
        read = file.read(_LONGEST_CONFIG + 1)
    try:
        given = json.loads(read) if len(read) <= _LONGEST_CONFIG else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return Look("not known", "no JSON object that can be read")
    if named := given.get("auto_map"):
        return Look("code", f"auto_map names {plain(json.dumps(named), 80)}")
    return Look("data", "names no code")
