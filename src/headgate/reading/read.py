"""Read a shard of a dataset: batches of items, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.errors import BadInput
from headgate.reading.items import Few
from headgate.reading.lines import BROKEN, reason
from headgate.shapes import Batch, Columns, Shard, Trouble

if TYPE_CHECKING:
    from headgate.reading.find import Dataset


def every(dataset: Dataset, columns: Columns, troubles: list[Trouble]) -> Iterator[Batch]:
    """The batches of all shards of `dataset`, in order, each with its file; see `batches`."""
    for shard in dataset.shards:
        for batch in batches(dataset.root, shard, columns, troubles):
            yield replace(batch, file=shard.file)


def batches(
    root: Path, shard: Shard, columns: Columns, troubles: list[Trouble], *, size: int = 5_000
) -> Iterator[Batch]:
    """Batches of at most `size` items of `shard`, a piece of the dataset at `root`.

    What cannot be read is added to `troubles`, and the rest is read. `Batch.rows` are rows of Parquet and Arrow
    files, members of a tar and images of a folder, counted from 0, or the bytes at which lines and CSV records begin.
    Raises `MissingExtra` for Arrow files without pyarrow.
    """
    few = Few(troubles)
    module = import_module(f"headgate.reading.{shard.format}")
    try:
        yield from module.batches(root / shard.file, shard, columns, few, size)
    except (BadInput, *BROKEN) as error:  # a file that changed since it was found
        few.append(Trouble(shard.file, None, reason(error)))
    if few.more:
        troubles.append(Trouble(shard.file, "and further on", f"{few.more} more of its items cannot be read", few.more))
