"""Documents as text and as files: one line for each component, so that two documents can be compared by diff."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headgate.errors import UsageError
from headgate.whole import write_whole

ENDINGS = {"cyclonedx": ".cdx.json", "spdx": ".spdx3.json", "croissant": ".croissant.json"}
_UNSAFE = re.compile(r"[^A-Za-z0-9.\-]+")


def text(document: Mapping[str, Any]) -> str:
    """`document` as JSON in ASCII: each field on a line of its own, and each element of a list of objects."""
    fields = (f"{json.dumps(name)}: {_value(value)}" for name, value in document.items())
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _value(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return "[\n" + ",\n".join(json.dumps(one, allow_nan=False) for one in value) + "\n]"
    return json.dumps(value, allow_nan=False)


def name_of(ref: str, form: str) -> str:
    """The name of the file for `ref`: what can be read of it, and a mark that no other ref has."""
    mark = hashlib.sha256(ref.encode("utf-8", "replace")).hexdigest()[:10]
    return f"{_UNSAFE.sub('_', ref)[:120].lstrip('.')}-{mark}{ENDINGS[form]}"


def one_file(path: Path, written: str) -> None:
    """Write the document `written` to `path`, whole or not at all; raises `UsageError` where that cannot be."""
    try:
        write_whole(path, written.encode("ascii"))
    except OSError as error:
        msg = f"cannot write {path} ({error.strerror}). Name a file in a folder that can be written."
        raise UsageError(msg) from error


def into_folder(folder: Path, name: str, written: str) -> None:
    """Write the document `written` as `name` into `folder`; raises `UsageError` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".{name}"[:200]
        aside.write_text(written, encoding="ascii")
        aside.replace(folder / name)
    except OSError as error:
        msg = f"cannot write into {folder} ({error.strerror}). Name a folder that can be written."
        raise UsageError(msg) from error
