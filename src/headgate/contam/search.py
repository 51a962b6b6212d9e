"""Look for items of a benchmark in a corpus: the corpus streams past them, or an index of it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import numpy as np

from headgate.contam import ngram_index, token_ids
from headgate.contam.bench_grams import Grams, Sieve, numbers_for, of_items
from headgate.contam.ngram_index import Where
from headgate.contam.scores import Counting, Matches, Tally
from headgate.contam.token_ids import BOUNDARY, FIRST, Ints, Kept, Tokens
from headgate.errors import BadInput
from headgate.shapes import Batch

BLOCK = 1 << 20  # tokens of the corpus that are looked through together

Batches = Callable[[], Iterable[Batch]]


@dataclass(frozen=True, slots=True)
class Setting:
    """How many words in a row make a match, what tells words apart, and what counts."""

    n: int = 8
    kept: Kept = field(default_factory=Kept)
    counting: Counting = field(default_factory=Counting)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of each item, in which document its longest span stands, and how large the corpus is."""

    matches: Matches
    where: list[Where | None]
    documents: int
    tokens: int


@dataclass(frozen=True, slots=True)
class _Block:
    """Documents one after another as numbers, a boundary around each; document i begins at `starts[i]`."""

    tokens: Tokens
    starts: Ints
    where: list[tuple[str, str, int]]  # id, file, row


def in_stream(batches: Batches, items: Sequence[str], setting: Setting) -> Found:
    """Read the corpus once (twice for a `least_count` above 1); memory is that of the benchmark and one block."""
    split, counting = token_ids.splitter(setting.kept), setting.counting
    words = [split(item) for item in items]
    ids = numbers_for(words)
    grams = of_items(words, setting.n, ids)
    sieve, counts = Sieve(grams), None
    if counting.least_count > 1:
        counts = np.zeros(grams.count, np.int64)
        for block in _blocks(batches(), split, ids):
            counts += np.bincount(sieve.places(block.tokens)[0], minlength=grams.count)
    tally = Tally(grams, counting, counts)
    where: list[Where | None] = [None] * len(items)
    offset = documents = 0
    for block in _blocks(batches(), split, ids):
        tally.add(sieve.places(block.tokens), block.tokens, offset)
        for item in np.flatnonzero((tally.length > 0) & (tally.at > offset)).tolist():
            at = int(tally.at[item]) - offset
            number = int(np.searchsorted(block.starts, at, "right")) - 1
            where[item] = Where(*block.where[number], at - int(block.starts[number]))
        offset += len(block.tokens) - 1
        documents += len(block.where)
    return Found(tally.matches(), where, documents, offset - documents)


def in_index(folder: Path, source: str, batches: Batches, items: Sequence[str], setting: Setting) -> Found:
    """Ask the index in `folder`, which is built first where there is none.

    Raises `BadInput` where the index is of another `source` (or another column of it) or tells words apart
    differently, and `UsageError` where it is of longer n-grams.
    """
    if made := not folder.exists():
        ngram_index.build(folder, batches(), n=setting.n, kept=setting.kept, source=source)
    index = ngram_index.opened(folder)
    if (index.source, index.kept) != (source, setting.kept) or not (made or _of_these(index, batches())):
        msg = f"{folder} indexes other data or another column, or was made with other switches. Name another folder."
        raise BadInput(msg)
    split, counting = token_ids.splitter(setting.kept), setting.counting
    words = [split(item) for item in items]
    ids = numbers_for(words, index.numbers({word for some in words for word in some}), FIRST + index.words)
    grams = of_items(words, setting.n, ids)
    tally = Tally(grams, counting, _counts(index, grams) if counting.least_count > 1 else None)
    for places in index.places(grams):
        tally.add(places, index.tokens)
    matches = tally.matches()
    where = [index.document(int(at)) if size else None for at, size in zip(matches.at, matches.length, strict=True)]
    return Found(matches, where, index.documents, index.size - 1 - index.documents)


def _of_these(index: ngram_index.Index, batches: Iterable[Batch]) -> bool:
    """Whether the first texts are those that were indexed: the same data have other texts in another column."""
    ids = next((batch.ids for batch in batches if batch.ids), [])[: min(100, index.documents)]
    return bool(ids or not index.documents) and index.ids(len(ids)) == ids


def _counts(index: ngram_index.Index, grams: Grams) -> Ints:
    counts = np.zeros(grams.count, np.int64)
    for gram, _ in index.places(grams):
        counts += np.bincount(gram, minlength=grams.count)
    return counts


def _blocks(batches: Iterable[Batch], split: token_ids.Split, ids: dict[str, int]) -> Iterator[_Block]:
    boundary = np.full(1, BOUNDARY, np.uint32)
    parts: list[Tokens] = [boundary]
    starts: list[int] = []
    where: list[tuple[str, str, int]] = []
    size = 1
    for batch in batches:
        for text, ident, row in zip(batch.texts, batch.ids, batch.rows or repeat(-1), strict=False):
            tokens = token_ids.encode(split(text), ids)
            parts += [tokens, boundary]
            starts.append(size)
            where.append((ident, batch.file, row))
            size += len(tokens) + 1
            if size >= BLOCK:
                yield _Block(np.concatenate(parts), np.array(starts, np.int64), where)
                parts, starts, where, size = [boundary], [], [], 1
    if starts:
        yield _Block(np.concatenate(parts), np.array(starts, np.int64), where)
