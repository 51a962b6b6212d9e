"""Pairs of near-duplicate texts from their sketches: band keys propose, the exact Jaccard similarity decides.

Memory holds one band (about 20 bytes a text), the candidates of that band, and up to 20 million pairs looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.copies.minhash import HALF, LOW, Ints, Shingles, Sketches, spans
from headgate.texts import ngrams

Similar: TypeAlias = npt.NDArray[np.float32]
Packed: TypeAlias = npt.NDArray[np.uint64]
Pairs: TypeAlias = tuple[Ints, Ints, Similar]

WINDOW = 16  # neighbours compared within a group of equal band keys; each band orders a group anew
_TOGETHER = 4_000_000  # shingles compared together
_REMEMBERED = 20_000_000  # pairs looked at that are kept in mind, so as not to look again


def pairs(sketches: Sketches, threshold: float) -> Iterator[Pairs]:
    """Pairs i < j of texts of similarity >= `threshold`, with it, band by band; each once.

    Of texts with equal sets only the first is compared with others: see `copies`. A group of more than `WINDOW` + 1
    texts that share a band's key yields some of its pairs, enough to connect it.
    """
    first = copies(sketches)
    alone = np.flatnonzero((first == np.arange(len(first))) & (sketches.sizes > 0)).astype(np.uint64)
    equal = np.flatnonzero((first != np.arange(len(first))) & (sketches.sizes > 0))
    yield first[equal], equal, np.ones(len(equal), np.float32)
    seen = np.empty(0, np.uint64)
    for band, keys in enumerate(sketches.keys):
        found = _colliding(np.asarray(keys)[alone.astype(np.int64)], alone, band)
        found = found[~_among(found, seen)]
        if len(seen) + len(found) < _REMEMBERED:
            seen = np.concatenate([seen, found])
            seen.sort()
        yield from _verified(sketches, sketches, found, threshold)


def across(left: Sketches, right: Sketches, threshold: float) -> Iterator[Pairs]:
    """Pairs of a text i of `left` and j of `right` of similarity >= `threshold`, band by band.

    Of texts with equal sets only the first is compared: see `copies`. A pair may come more than once; of many texts of
    `left` that share a band's key, `WINDOW` are compared.
    """
    ours, theirs = (
        np.flatnonzero((copies(one) == np.arange(len(one.sizes))) & (one.sizes > 0)) for one in (left, right)
    )
    for mine, other in zip(left.keys, right.keys, strict=True):
        packed = (np.asarray(mine)[ours].astype(np.uint64) << HALF) | ours.astype(np.uint64)
        packed.sort()
        keys = np.asarray(other)[theirs].astype(np.uint64)
        begin = np.searchsorted(packed, keys << HALF)
        count = np.searchsorted(packed, (keys << HALF) | LOW, side="right") - begin
        taken = np.minimum(count, WINDOW)
        which = np.repeat(np.arange(len(theirs)), taken)
        step = np.arange(len(which)) - np.repeat(np.cumsum(taken) - taken, taken)
        place = begin[which] + step * count[which] // np.maximum(taken[which], 1)
        found = ((packed[place] & LOW) << HALF) | theirs[which].astype(np.uint64)
        yield from _verified(left, right, found, threshold)


def copies(sketches: Sketches) -> Ints:
    """For each text the first one with the same set of shingles, itself where none is before.

    With the same keys in all bands, where only keys are known.
    """
    sizes, total = sketches.sizes, np.zeros(len(sketches.sizes), np.uint64)
    known = len(sketches.shingles) == sketches.offsets[-1]
    for keys in () if known else sketches.keys:
        total = ngrams.mixed(total ^ np.asarray(keys))
    for begin, end in spans(sizes, _TOGETHER) if known else ():
        some = np.asarray(sketches.shingles[sketches.offsets[begin] : sketches.offsets[end]])
        filled = np.flatnonzero(sizes[begin:end])
        sums = np.add.reduceat(ngrams.mixed(some.astype(np.uint64)), (sketches.offsets[begin:end])[filled] -
                               sketches.offsets[begin]) if len(filled) else np.empty(0, np.uint64)  # fmt: skip
        total[begin + filled] = sums
    total = ngrams.mixed(total ^ sizes.astype(np.uint64))
    _, first, which = np.unique(total, return_index=True, return_inverse=True)
    return first[which].astype(np.int64)


def jaccard(left: Sketches, i: Ints, right: Sketches, j: Ints) -> Similar:
    """Exact Jaccard similarity of the sets of text i[k] of `left` and j[k] of `right`; 0 where both are empty."""
    similar = np.zeros(len(i), np.float32)
    sizes = left.sizes[i] + right.sizes[j]
    for begin, end in spans(sizes, _TOGETHER):
        packed = np.concatenate([_gathered(left, i[begin:end]), _gathered(right, j[begin:end])])
        packed.sort()
        both = packed[1:][packed[1:] == packed[:-1]] >> HALF
        shared = np.bincount(both.astype(np.int64), minlength=end - begin)
        similar[begin:end] = shared / np.maximum(sizes[begin:end] - shared, 1)
    return similar


def estimated(left: Sketches, i: Ints, right: Sketches, j: Ints) -> Similar:
    """Jaccard similarity estimated from the share of band keys that agree, for texts of which only keys are known."""
    agree = np.zeros(len(i), np.int64)
    for mine, other in zip(left.keys, right.keys, strict=True):
        agree += np.asarray(mine)[i] == np.asarray(other)[j]
    return ((agree / len(left.keys)) ** (1 / left.rows)).astype(np.float32)


def clusters(n: int, found: Iterable[Pairs]) -> tuple[Ints, Similar]:
    """The number of the cluster of each of n items, and its highest similarity to another (0: none is near).

    Clusters are connected pieces: their far ends may be less alike than the threshold.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    label, best = np.arange(n), np.zeros(n, np.float32)
    for i, j, similar in found:
        np.maximum.at(best, i, similar)
        np.maximum.at(best, j, similar)
        if len(i):
            graph = coo_array((np.ones(len(i), bool), (label[i], label[j])), shape=(n, n))
            label = connected_components(graph, directed=False)[1][label].astype(np.int64)
    return label, best


def _colliding(keys: Shingles, items: Packed, band: int) -> Packed:
    """Pairs, packed as smaller << 32 | larger, of items with equal keys, at most `WINDOW` apart in the band's order."""
    turn = ngrams.mixed(np.array([band + 1], np.uint64))[0] & LOW
    packed = (keys.astype(np.uint64) << HALF) | (items ^ turn)
    packed.sort()
    found = []
    for lag in range(1, WINDOW + 1):
        at = np.flatnonzero((packed[lag:] >> HALF) == (packed[:-lag] >> HALF))
        if not len(at):
            break
        one, other = (packed[at] & LOW) ^ turn, (packed[at + lag] & LOW) ^ turn
        found.append((np.minimum(one, other) << HALF) | np.maximum(one, other))
    return np.concatenate(found) if found else np.empty(0, np.uint64)


def _among(found: Packed, seen: Packed) -> npt.NDArray[np.bool_]:
    place = np.searchsorted(seen, found)
    known = np.zeros(len(found), bool)
    inside = place < len(seen)
    known[inside] = seen[place[inside]] == found[inside]
    return known


def _verified(left: Sketches, right: Sketches, found: Packed, threshold: float) -> Iterator[Pairs]:
    i, j = (found >> HALF).astype(np.int64), (found & LOW).astype(np.int64)
    one, other = left.sizes[i], right.sizes[j]
    near = np.minimum(one, other) >= threshold * np.maximum(one, other) - 1e-6  # else their sizes alone forbid it
    i, j = i[near], j[near]
    known = all(len(one.shingles) == one.offsets[-1] for one in (left, right))
    similar = jaccard(left, i, right, j) if known else estimated(left, i, right, j)
    held = similar >= np.float32(threshold)
    yield i[held], j[held], similar[held]


def _gathered(sketches: Sketches, items: Ints) -> Packed:
    """Shingles of `items`, each with its place among them in the upper half."""
    begin, sizes = sketches.offsets[items], sketches.offsets[items + 1] - sketches.offsets[items]
    which = np.repeat(np.arange(len(items)), sizes)
    place = np.arange(len(which)) + np.repeat(begin - (np.cumsum(sizes) - sizes), sizes)
    packed: Packed = (which.astype(np.uint64) << HALF) | np.asarray(sketches.shingles[place])
    return packed
