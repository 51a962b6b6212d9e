"""Documents of the files that a pipeline wrote, as keys: what tells a document in the input and in every output."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput, UsageError
from headgate.reading import read
from headgate.reading.find import find
from headgate.shapes import Batch, Columns, Trouble

Keys: TypeAlias = npt.NDArray[np.uint64]


def file_keys(path: Path, key: str | None) -> Keys:
    """The keys of all documents of the file or folder at `path`.

    Raises `BadInput` where a part of it cannot be read: its documents would count as removed.
    """
    if path.is_file() and not path.stat().st_size:
        return np.zeros(0, np.uint64)  # a filter may leave nothing
    columns, troubles = Columns("table"), list[Trouble]()
    dataset = find(path, columns)
    troubles += dataset.troubles

    found = keys_of(read.every(dataset, columns, troubles), key)
    if troubles:
        one = troubles[0]
        msg = f"{path}: {one.file} {one.where or ''} {one.why}; its documents would count as removed. Mend the file."
        raise BadInput(" ".join(msg.split()))
    return found


def keys_of(batches: Iterable[Batch], key: str | None) -> Keys:
    """The keys of the documents of `batches`: of their column `key`, or of the whole row where that is None.

    A number and its text are the same key, since formats differ in which they write. Raises `UsageError` where a
    document has no such column.
    """
    parts = [np.fromiter(map(_hashed, _values(batch, key)), np.uint64, len(batch.ids)) for batch in batches]
    return np.concatenate(parts) if parts else np.zeros(0, np.uint64)


def _values(batch: Batch, key: str | None) -> list[str]:
    if key is None:
        return batch.ids
    values = batch.more.get(key, [None] * len(batch.ids))
    if any(value is None for value in values):
        msg = f"a document has no {key[:60]!r}. Name a column that every document of every stage has, with --key."
        raise UsageError(msg)
    return [str(value) for value in values]


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", errors="surrogatepass"), digest_size=8).digest(), "big")
