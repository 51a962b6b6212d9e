"""Read a whole dataset in a test: every item of every shard, and what could not be read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from headgate.reading import find, read
from headgate.shapes import Batch, Columns, Trouble

ROOT = Path(__file__).resolve().parents[1]


def peak() -> int:
    """The most memory that this process held, in KiB; 0 where the system does not say.

    `getrusage` would count what the process that started this one held.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def whole(
    path: Path, columns: Columns | None = None, *, rows: int = 20_000, size: int = 5_000
) -> tuple[list[Batch], list[Trouble]]:
    """All batches of the dataset at `path`, and all troubles."""
    columns = columns or Columns()
    dataset = find.find(path, columns, rows=rows)
    troubles = list(dataset.troubles)
    batches = [b for s in dataset.shards for b in read.batches(dataset.root, s, columns, troubles, size=size)]
    for batch in batches:
        assert 0 < len(batch.ids) == len(batch.rows) <= size
        assert all(len(column) in {0, len(batch.ids)} for column in (batch.texts, batch.images))
        assert all(len(values) == len(batch.ids) for values in batch.more.values())
    return batches, troubles


def texts(path: Path, columns: Columns | None = None, *, rows: int = 20_000, size: int = 5_000) -> list[str]:
    """The texts at `path`, in order; nothing may be wrong, and each id is the text's hash."""
    batches, troubles = whole(path, columns, rows=rows, size=size)
    assert troubles == []
    found = [text for batch in batches for text in batch.texts]
    assert [one for batch in batches for one in batch.ids] == [sha(text) for text in found]
    return found


def sha(text: str | bytes) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text).hexdigest()


def told(troubles: Sequence[Trouble]) -> list[tuple[str, str | None, str]]:
    return [(trouble.file, trouble.where, trouble.why) for trouble in troubles]
