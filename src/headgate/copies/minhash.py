"""Near-duplicate texts at any size: MinHash signatures, banded, then the exact Jaccard similarity of what collides.

A text is the set of its runs of five characters, lower-cased and with white space collapsed. Shingles and band keys
lie in files, so memory holds a chunk of texts, one band (about 20 bytes a text) and the candidates of that band. No
step loops over texts. Chance proposes pairs and the sets decide: none is wrong but for 32-bit hashes that coincide,
and a pair just at the threshold is missed with a chance of about `MISSED`.

Reference: A. Z. Broder (1997), On the resemblance and containment of documents, SEQUENCES, 21-29; banding as in
J. Leskovec, A. Rajaraman and J. D. Ullman (2014), Mining of Massive Datasets, chapter 3.
Checked against: exhaustive comparison, and datasketch on the same shingles; see docs/methods/replication.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from math import ceil, log
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.texts import ngrams

Shingles: TypeAlias = npt.NDArray[np.uint32]
Ints: TypeAlias = npt.NDArray[np.int64]
Sketched: TypeAlias = tuple[Shingles, Ints, Shingles]

WIDTH = 5  # characters
MISSED = 0.005  # chance that a pair exactly at the threshold is not proposed
MOST_HASHES = 200
_CHUNK = 1_000_000  # characters hashed together
_BLOCK = 1_000  # texts whose minima are taken together, so that their shingles stay in the cache
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Plan:
    """Signatures of `bands` times `rows` minima; texts that agree in all rows of one band are compared."""

    bands: int
    rows: int


@dataclass(frozen=True, slots=True)
class Sketches:
    """What is kept of n texts: shingles end to end (sorted in each text), where each begins, and its band keys."""

    shingles: Shingles
    offsets: Ints  # n + 1
    keys: tuple[Shingles, ...]  # one array of n for each band
    rows: int  # minima in a key

    @property
    def sizes(self) -> Ints:
        """Number of different shingles of each text."""
        return np.diff(self.offsets)


def plan(threshold: float, *, missed: float = MISSED, most: int = MOST_HASHES) -> Plan:
    """The most selective plan of at most `most` hashes that misses a pair at `threshold` with chance <= `missed`.

    Raises `ValueError` for a `threshold` outside (0, 1] or one too low for so few hashes.
    """
    if not 0 < threshold <= 1:
        msg = f"a similarity of {threshold} is none. Give more than 0 and at most 1."
        raise ValueError(msg)
    for rows in range(min(most, 16), 0, -1):
        agree = min(threshold**rows, 1 - 1e-12)
        bands = ceil(log(missed) / log(1 - agree))
        if bands * rows <= most:
            return Plan(bands, rows)
    msg = f"a similarity of {threshold} cannot be found with {most} hashes. Give a higher one."
    raise ValueError(msg)


def shingled(texts: Sequence[str], width: int = WIDTH) -> tuple[Shingles, Ints]:
    """Sorted different shingles of each text end to end, and where each text begins (n + 1); a short text is one."""
    flat, offsets = ngrams.code_points(texts)
    flat, offsets = _tidied(ngrams.lowered(flat), offsets)
    hashes, owner = ngrams.char_ngrams(flat, offsets, width)
    brief = np.flatnonzero((np.diff(offsets) < width) & (np.diff(offsets) > 0))
    if len(brief):
        hashes = np.concatenate([hashes, ngrams.stretches(flat, offsets[brief], offsets[brief + 1])])
        owner = np.concatenate([owner, brief])
    packed = (owner.astype(np.uint64) << HALF) | (ngrams.mixed(hashes) >> HALF)
    packed.sort()
    packed = packed[np.concatenate([[True], packed[1:] != packed[:-1]])] if len(packed) else packed
    counts = np.bincount((packed >> HALF).astype(np.int64), minlength=len(texts))
    return (packed & LOW).astype(np.uint32), np.concatenate([[0], np.cumsum(counts)])


def band_keys(shingles: Shingles, offsets: Ints, how: Plan) -> Shingles:
    """Keys (bands x n): texts that agree in all minima of a band share its key; others do by chance of 2^-32.

    A text without shingles gets keys too; whoever compares leaves it out.
    """
    n = len(offsets) - 1
    keys = np.zeros((how.bands, n), np.uint32)
    filled = np.flatnonzero(np.diff(offsets))
    xors, factors = _permutations(how.bands * how.rows)
    for begin in range(0, len(filled), _BLOCK):
        block = filled[begin : begin + _BLOCK]
        first = int(offsets[block[0]])
        these = shingles[first : int(offsets[block[-1] + 1])]
        starts, scratch = offsets[block] - first, np.empty_like(these)
        for band in range(how.bands):
            key = np.zeros(len(block), np.uint64)
            for row in range(band * how.rows, (band + 1) * how.rows):
                np.bitwise_xor(these, xors[row], out=scratch)
                np.multiply(scratch, factors[row], out=scratch)
                key = ngrams.mixed(key ^ np.minimum.reduceat(scratch, starts))
            keys[band, block] = key >> HALF
    return keys


def write(texts: Iterable[Sequence[str]], folder: Path, how: Plan, *, threads: int = 2) -> Sketches:
    """Sketch batches of texts into files of `folder`, made where it is not, and open them. Order is kept."""
    folder.mkdir(exist_ok=True)
    names = [folder / f"band-{band:03}.u32" for band in range(how.bands)]
    sizes: list[Ints] = [np.zeros(1, np.int64)]
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(threads))
        bands = [stack.enter_context(name.open("wb")) for name in names]
        shingles = stack.enter_context((folder / "shingles.u32").open("wb"))
        for some, offsets, keys in _ahead(pool, partial(_sketched, how=how), _chunks(texts), threads + 1):
            some.tofile(shingles)
            sizes.append(np.diff(offsets))
            for band, file in enumerate(bands):
                keys[band].tofile(file)
    offsets = np.cumsum(np.concatenate(sizes))
    return Sketches(_opened(folder / "shingles.u32"), offsets, tuple(_opened(name) for name in names), how.rows)


def spans(weights: Ints, most: int) -> Iterator[tuple[int, int]]:
    """Consecutive stretches of about `most` in weight, one item more at most."""
    begin, total = 0, np.concatenate([[0], np.cumsum(weights)])
    while begin < len(weights):
        end = max(begin + 1, int(np.searchsorted(total, total[begin] + most, side="right")) - 1)
        yield begin, end
        begin = end


def _tidied(flat: ngrams.Points, offsets: Ints) -> tuple[ngrams.Points, Ints]:
    """White space made one blank between what is not, and nothing at the ends of a text."""
    space = (flat <= 32) | (flat == 0xA0) | (flat == 0x3000)
    flat = np.where(space, np.uint32(32), flat)
    after = np.ones(len(flat), bool)  # whether space or nothing stands before
    after[1:] = space[:-1]
    after[offsets[:-1][np.diff(offsets) > 0]] = True
    flat, offsets = _without(space & after, flat, offsets)
    last = np.zeros(len(flat), bool)
    last[offsets[1:][np.diff(offsets) > 0] - 1] = True
    return _without(last & (flat == 32), flat, offsets)


def _without(gone: npt.NDArray[np.bool_], flat: ngrams.Points, offsets: Ints) -> tuple[ngrams.Points, Ints]:
    before = np.concatenate([[0], np.cumsum(~gone)])
    return flat[~gone], before[offsets]


def _permutations(number: int) -> tuple[Shingles, Shingles]:
    """Constants of bijections of 32-bit numbers, the same on every machine: xor one, multiply by an odd other."""
    made = ngrams.mixed(np.arange(1, 2 * number + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    constants = (made >> HALF).astype(np.uint32)
    return constants[:number], constants[number:] | np.uint32(1)


def _sketched(texts: Sequence[str], how: Plan) -> tuple[Shingles, Ints, Shingles]:
    shingles, offsets = shingled(texts)
    return shingles, offsets, band_keys(shingles, offsets, how)


def _chunks(texts: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    for batch in texts:
        lengths = np.fromiter(map(len, batch), np.int64, len(batch))
        for begin, end in spans(lengths, _CHUNK):
            yield batch[begin:end]


def _ahead(
    pool: Executor, work: Callable[[Sequence[str]], Sketched], given: Iterable[Sequence[str]], depth: int
) -> Iterator[Sketched]:
    """What `work` makes of each `given`, in their order, with up to `depth` of them under way."""
    waiting: list[Future[Sketched]] = []
    for one in given:
        waiting.append(pool.submit(work, one))
        if len(waiting) >= depth:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()


def _opened(path: Path) -> Shingles:
    if path.stat().st_size == 0:  # which cannot be mapped
        return np.empty(0, np.uint32)
    return np.memmap(path, np.uint32, "r")
