"""Perceptual hashes: pictures that look alike differ in few bits, and their hashes can be compared without them.

A picture is brought to 96 x 96 greys; the hash holds the signs of its 119 lowest frequencies (discrete cosine
transform). A mirrored picture has the same ones with every odd horizontal frequency turned, so mirroring is compared
without the picture. A crop is found because the whole has further hashes, of 34 of its parts.

Reference: C. Zauner (2010), Implementation and benchmarking of perceptual image hash functions (the hash by discrete
cosine transform, here with signs instead of a median and more frequencies); P. Indyk and R. Motwani (1998),
Approximate nearest neighbors, STOC, 604-613 (search by sampled bits).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.texts import ngrams

Hashes: TypeAlias = npt.NDArray[np.uint64]  # n x 2
Bits: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[np.int64]
Found: TypeAlias = tuple[Ints, Ints, Ints]  # query, reference, bits that differ

SIDE = 96
HIGHEST = 14  # frequencies whose sum across both directions is at most that
BITS = 119
PARTS = ((0.9, 3), (0.8, 3), (0.7, 4))  # side of a crop, and how many places in each direction
VIEWS = 1 + sum(places**2 for _, places in PARTS)
PLAIN = 2.0  # grey levels: a picture whose greys deviate by less has nothing to tell it by
FULL = 2_000_000_000  # comparisons up to which every query meets every reference
TABLES = 24  # otherwise those which agree in the bits of one of so many samples
_BLOCK = 4_000_000
_PICTURES = 64
_MOST_IN_BUCKET = 4_096


def greys(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Greys (96 x 96) of an RGB picture (height x width x 3), whatever its shape."""
    from PIL import Image

    image = Image.fromarray(pixels).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(image, np.float32)


def hashed(pictures: npt.NDArray[np.float32], *, parts: bool = True) -> tuple[Hashes, Bits]:
    """Hashes (n x views x 2) of n x 96 x 96 greys, the whole first, and which pictures have enough to be told by.

    A part that has not, and would be like every other such part, gets the hash of the whole.
    """
    down, side = _chosen()
    hashes = np.zeros((len(pictures), VIEWS if parts else 1, 2), np.uint64)
    told = np.zeros(len(pictures), bool)
    for begin in range(0, len(pictures), _PICTURES):
        some = slice(begin, begin + _PICTURES)
        spectrum = _spectra(pictures[some], parts)[:, :, down, side]
        rich = (spectrum**2).sum(axis=2) >= PLAIN**2
        found = packed((spectrum > 0).reshape(-1, BITS)).reshape(*rich.shape, 2)
        hashes[some] = np.where(rich[:, :, None], found, found[:, :1])
        told[some] = rich[:, 0]
    return hashes, told


def frequencies(pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The 119 lowest frequencies (n x 119) of n x 96 x 96 greys, whose signs are the hash; all 0 of a plain picture."""
    down, side = _chosen()
    spectrum = np.concatenate(
        [_spectra(pictures[n : n + _PICTURES], False)[:, 0, down, side] for n in range(0, len(pictures), _PICTURES)]
    )
    rich = (spectrum**2).sum(axis=1) >= PLAIN**2
    return np.where(rich[:, None], spectrum, np.float32(0))


def packed(bits: Bits) -> Hashes:
    """Rows of BITS bits as two 64-bit words each."""
    wide = np.zeros((len(bits), 128), bool)
    wide[:, :BITS] = bits
    return np.packbits(wide, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def mirrored(hashes: Hashes) -> Hashes:
    """The hashes that the same pictures have when left and right are exchanged.

    A frequency of exactly 0 has no sign to turn, so such bits may differ from those of the mirrored picture.
    """
    return hashes ^ packed((_chosen()[1] % 2 == 1)[None, :])


def apart(one: Hashes, other: Hashes) -> Ints:
    """Bits that differ, of hashes that broadcast against each other (... x 2)."""
    return np.asarray(np.bitwise_count(one ^ other).sum(axis=-1, dtype=np.int64))


def near(queries: Hashes, references: Hashes, most: int, *, mirror: bool = True, full: int = FULL) -> Iterator[Found]:
    """Pairs of a query and a reference that differ in at most `most` bits, in parts; also mirrored, if asked.

    A pair may come more than once. Up to `full` comparisons every pair is looked at. Beyond, those that agree in all
    bits of one of `TABLES` samples: a copy with 5 % of its bits changed is then missed in 1 of 10^5 cases, with 10 %
    in 1 %, with 20 % in half.
    """
    if most < 0 or not len(queries) or not len(references):
        return
    for some in (queries, mirrored(queries)) if mirror else (queries,):
        if len(queries) * len(references) <= full:
            yield from _every(some, references, most)
        else:
            yield from _sampled(some, references, most)


def _every(queries: Hashes, references: Hashes, most: int) -> Iterator[Found]:
    step = max(1, _BLOCK // max(1, len(references)))
    width = min(len(references), _BLOCK)
    for begin in range(0, len(queries), step):
        for left in range(0, len(references), width):
            block = references[left : left + width]
            distance = np.zeros((len(queries[begin : begin + step]), len(block)), np.uint8)
            for word in range(2):
                distance += np.bitwise_count(queries[begin : begin + step, None, word] ^ block[None, :, word])
            query, reference = np.nonzero(distance <= most)
            yield query + begin, reference + left, distance[query, reference].astype(np.int64)


def _sampled(queries: Hashes, references: Hashes, most: int) -> Iterator[Found]:
    width = int(np.clip(np.log2(len(references)) - 5, 12, 24))
    for table in range(TABLES):
        keys, wanted = _sample(references, table, width), _sample(queries, table, width)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        begin = np.searchsorted(keys, wanted)
        count = np.minimum(np.searchsorted(keys, wanted, side="right") - begin, _MOST_IN_BUCKET)
        total = np.concatenate([[0], np.cumsum(count)])
        first = 0
        while first < len(queries):
            last = max(first + 1, int(np.searchsorted(total, total[first] + _BLOCK, side="right")) - 1)
            query = np.repeat(np.arange(first, last), count[first:last])
            step = np.arange(len(query)) - (total[query] - total[first])
            reference = order[begin[query] + step]
            distance = apart(queries[query], references[reference])
            held = distance <= most
            yield query[held], reference[held], distance[held]
            first = last


def _sample(hashes: Hashes, table: int, width: int) -> npt.NDArray[np.uint64]:
    """`width` of the bits, drawn anew for each table and the same on every machine."""
    places = np.argsort(ngrams.mixed(np.arange(BITS, dtype=np.uint64) + np.uint64(1_000 * (table + 1))))[:width]
    key = np.zeros(len(hashes), np.uint64)
    for place in places:
        key = (key << np.uint64(1)) | ((hashes[:, place // 64] >> np.uint64(place % 64)) & np.uint64(1))
    return key


def _spectra(pictures: npt.NDArray[np.float32], parts: bool) -> npt.NDArray[np.float32]:
    """Frequencies (n x views x 15 x 15) of each view; their squares sum to about its variance."""
    basis, windows = _basis(parts)
    each = np.matmul(np.matmul(basis, pictures), basis.T)
    size = HIGHEST + 1
    blocks = each.reshape(len(pictures), len(basis) // size, size, len(basis) // size, size)
    return np.stack([blocks[:, y, :, x] for y, x in windows], axis=1)


@cache
def _basis(parts: bool) -> tuple[npt.NDArray[np.float32], list[tuple[int, int]]]:
    """Mean of each cosine over what a pixel has of a stretch, one stretch after the other (stretches * 15 x 96).

    Also which two stretches, down and side, make each view.
    """
    stretches, windows = [(0.0, 1.0)], [(0, 0)]
    for length, places in PARTS if parts else ():
        here = range(len(stretches), len(stretches) + places)
        stretches += [(float(begin), length) for begin in np.linspace(0, 1 - length, places)]
        windows += [(y, x) for y in here for x in here]
    edges = np.arange(SIDE + 1) / SIDE
    rows = []
    for begin, length in stretches:
        within = np.clip((edges - begin) / length, 0, 1)
        rows.append(np.diff(within)[None])
        angle = np.pi * np.arange(1, HIGHEST + 1)[:, None]
        rows.append(np.sqrt(2) * np.diff(np.sin(angle * within) / angle, axis=1))
    return np.concatenate(rows).astype(np.float32), windows


@cache
def _chosen() -> tuple[Ints, Ints]:
    """Vertical and horizontal frequency of each bit."""
    down, side = np.mgrid[0 : HIGHEST + 1, 0 : HIGHEST + 1]
    kept = (down + side <= HIGHEST) & (down + side > 0)
    return down[kept], side[kept]
