"""A random sample of each stratum of a dataset that is streamed, the same however it is cut into batches.

Every row has a key, a hash of the seed, its file and its place in it; the rows with the smallest keys of a stratum are
its sample. That is a draw without replacement, known again from the seed, and takes memory for the sample's keys only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.plain import plain
from headgate.shapes import Batch
from headgate.texts.ngrams import mixed

Keys = npt.NDArray[np.uint64]
_MOST = 100_000  # strata


@dataclass(slots=True)
class Stratum:
    """How many `rows` a stratum has, and the keys of those that may be sampled."""

    rows: int = 0
    keys: Keys = field(default_factory=lambda: np.empty(0, np.uint64))

    @property
    def last(self) -> np.uint64:
        """The largest key of the sample."""
        return np.uint64(self.keys.max()) if len(self.keys) else np.uint64(0)


def sample(batches: Iterable[Batch], *, most: int, seed: int, column: str | None = None) -> dict[str, Stratum]:
    """At most `most` rows of each stratum: of each value of `column`, or of each file without one.

    Raises `UsageError` where a batch has no such column, or there are more than `_MOST` strata.
    """
    strata: dict[str, Stratum] = {}
    for _, names, keys in _keyed(batches, seed, column):
        for name in np.unique(names):
            stratum = strata.setdefault(str(name), Stratum())
            mine = keys[names == name]
            stratum.rows += len(mine)
            stratum.keys = np.concatenate([stratum.keys, mine])
            if len(stratum.keys) > 2 * most:
                stratum.keys = np.partition(stratum.keys, most - 1)[:most]
        if len(strata) > _MOST:
            msg = f"more than {_MOST:,} strata. Name a column with fewer values, or none."
            raise UsageError(msg)
    for stratum in strata.values():
        if len(stratum.keys) > most:
            stratum.keys = np.partition(stratum.keys, most - 1)[:most]
    return strata


def sampled(
    batches: Iterable[Batch], strata: dict[str, Stratum], *, seed: int, column: str | None = None
) -> Iterator[tuple[Batch, npt.NDArray[np.str_], npt.NDArray[np.int64]]]:
    """Each batch with the stratum of every row and the places of those in the sample."""
    last = {name: stratum.last for name, stratum in strata.items()}
    for batch, names, keys in _keyed(batches, seed, column):
        limit = np.array([last[str(name)] for name in names], dtype=np.uint64)
        yield batch, names, np.flatnonzero(keys <= limit)


def _keyed(
    batches: Iterable[Batch], seed: int, column: str | None
) -> Iterator[tuple[Batch, npt.NDArray[np.str_], Keys]]:
    counted: dict[str, int] = {}
    for batch in batches:
        number, begin = len(batch.ids), counted.get(batch.file, 0)
        counted[batch.file] = begin + number
        places = np.asarray(batch.rows if batch.rows else range(begin, begin + number), dtype=np.uint64)
        salt = np.frombuffer(sha256(f"{seed}\0{batch.file}".encode("utf-8", "surrogatepass")).digest()[:8], "<u8")[0]
        yield batch, _names(batch, column), mixed(places + salt)


def _names(batch: Batch, column: str | None) -> npt.NDArray[np.str_]:
    if column is None:
        return np.full(len(batch.ids), batch.file)
    if column not in batch.more:
        listed = ", ".join(plain(name, 40) for name in list(batch.more)[:20])
        msg = f"no column {plain(column, 60)!r}. The columns are: {listed or 'none'}."
        raise UsageError(msg)
    return np.array([plain(str(value), 100) for value in batch.more[column]])
