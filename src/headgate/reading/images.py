"""Folders of images: every picture below the folder, in order of its path, with what is said of it beside it.

For pairs, a caption is x.txt or x.caption beside x.jpg, or the row of metadata.jsonl or metadata.csv whose `file_name`
is the picture's, as `datasets` of Hugging Face has it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headgate.errors import BadInput
from headgate.folders import cached, files
from headgate.headers import open_regular
from headgate.reading import csv, items, jsonl
from headgate.reading.columns import Picked
from headgate.reading.lines import reason
from headgate.shapes import Batch, Columns, Shard, Trouble

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
DESCRIBES = ("metadata.jsonl", "metadata.csv")
_READERS = {"metadata.jsonl": jsonl, "metadata.csv": csv}
_LONGEST_CAPTION = 2**20


def shards(path: Path, columns: Columns, rows: int) -> list[tuple[int, int | None]]:
    """Ranges of `rows` pictures of the list of all."""
    count = len(_pictures(path))
    return [(start, min(start + rows, count)) for start in range(0, count, rows)]


def batches(path: Path, shard: Shard, columns: Columns, troubles: list[Trouble], size: int) -> Iterator[Batch]:
    """The pictures of the shard; `Batch.rows` are their places in the list of all, from 0."""
    listed = _pictures(path)[shard.start : shard.end]

    def tell(row: int, why: str) -> None:
        troubles.append(Trouble(listed[row - shard.start][1], None, why))

    picked = Picked(columns.reads, None, "image")
    said: dict[str, dict[str, Any]] = {}
    if columns.reads == "pairs":
        picked = Picked("pairs", columns.text or "text", "image")
        said = _said(path, troubles if shard.start == 0 else [])
    yield from items.batches(_records(listed, shard.start, said, columns.reads, tell), picked, tell, size)


def names(path: Path) -> list[str]:
    """The names of all pictures below `path`, in the order that `Batch.rows` counts."""
    return [name for _, name in _pictures(path)]


def _pictures(path: Path) -> list[tuple[Path, str]]:
    if path.is_file():
        return [(path, path.name)]
    folder = path.resolve()
    found = files(folder, cached(folder) or folder, [])
    return [(file, name) for file, name in found if name.lower().endswith(PICTURES)]


def _records(
    listed: list[tuple[Path, str]], start: int, said: dict[str, dict[str, Any]], reads: str, tell: items.Tell
) -> Iterator[items.Record]:
    for row, (file, name) in enumerate(listed, start):
        try:
            record: dict[str, Any] = {"image": _read(file, items.LARGEST)}
            if reads == "pairs":
                record = {"text": _caption(file), "file_name": name} | said.get(name, {}) | record
        except (OSError, ValueError) as error:
            tell(row, f"cannot be read ({reason(error)})")
        else:
            yield row, record


def _read(file: Path, most: int) -> bytes:
    with open_regular(file) as handle:
        size = os.fstat(handle.fileno()).st_size
        if not 0 < size <= most:
            msg = "empty" if not size else f"{size} bytes, more than {most}"
            raise ValueError(msg)
        return handle.read(size)


def _caption(file: Path) -> str | None:
    for ending in (".txt", ".caption"):
        beside = file.with_suffix(ending)
        if beside.is_file():
            return _read(beside, _LONGEST_CAPTION).decode().strip()
    return None


def _said(path: Path, troubles: list[Trouble]) -> dict[str, dict[str, Any]]:
    """Rows of the metadata files below `path` by the picture they are of."""
    found: dict[str, dict[str, Any]] = {}
    folder = path.resolve()
    listed = [] if path.is_file() else list(files(folder, cached(folder) or folder, []))
    for file, name in listed:
        above, slash, base = name.rpartition("/")
        if (reader := _READERS.get(base)) is None:
            continue
        try:
            for batch in reader.batches(file, Shard(0, name, "", 0), Columns("table"), troubles, 5_000):
                for number, of in enumerate(batch.more.get("file_name", [])):
                    row = {column: values[number] for column, values in batch.more.items() if column != "file_name"}
                    found[f"{above}{slash}{of}"] = row
        except BadInput as error:
            troubles.append(Trouble(name, None, str(error)))
    return found
