"""Character and word n-grams of many texts at once, as 64-bit hashes, without a loop over texts.

Texts are laid end to end as code points; the hash of any stretch is a polynomial in an odd base modulo 2^64, got from
running sums. Equal stretches have equal hashes, whatever text they stand in and on every machine. Two different
stretches share one by chance (about 2^-64 a pair); somebody who tries can build such a pair of more than 1,000
characters, so nothing secret may rest on them.

Reference: R. M. Karp and M. O. Rabin (1987), Efficient randomized pattern-matching algorithms, IBM Journal of Research
and Development 31, 249-260; for `slots` M. Dietzfelbinger et al. (1997), A reliable randomized algorithm for the
closest-pair problem, Journal of Algorithms 25, 19-51 (multiply and shift); for `mixed` the finaliser of G. L. Steele,
D. Lea and C. H. Flood (2014), Fast splittable pseudorandom number generators, OOPSLA, 453-472.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Points: TypeAlias = npt.NDArray[np.uint32]
Hashes: TypeAlias = npt.NDArray[np.uint64]
Ints: TypeAlias = npt.NDArray[np.int64]

_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64
_INVERSE = pow(_BASE, -1, 2**64)
_SLOT = np.uint64(0xD6E8FEB86659FD93)
_CODES = 0x110000
_ASSIGNED = 0x20000  # above stand only Han characters, tags and private use
# Scripts written without spaces: there each character counts as a word of its own.
_UNSPACED = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x2E80, 0x3000), (0x3005, 0x3008), (0x3040, 0x3100),
    (0x31F0, 0x3200), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000),
)  # fmt: skip
_GAP, _RUN, _ALONE = 0, 1, 2


class Words(NamedTuple):
    """Words in the order they stand in: hash, first and one past the last place in the flat code points, and text."""

    hashes: Hashes
    start: Ints
    end: Ints
    owner: Ints


def code_points(texts: Sequence[str]) -> tuple[Points, Ints]:
    """The code points of `texts` end to end, and where each text begins, with the end of the last (n + 1 entries)."""
    flat = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=offsets[1:])
    return flat, offsets


def lowered(flat: Points) -> Points:
    """Each code point in lower case. One stays one: where lower case is longer (as of U+0130) its first is kept."""
    return _lower().take(flat)


def kinds(flat: Points) -> npt.NDArray[np.uint8]:
    """What each code point is: 0 no part of a word, 1 part of a run, 2 a word of its own."""
    return _kinds().take(flat)


def char_ngrams(flat: Points, offsets: Ints, n: int) -> tuple[Hashes, Ints]:
    """Hash of each run of `n` code points that lies within one text, and the number of that text, in their order."""
    start = starts(offsets, n)
    return every(flat, n)[start], np.repeat(np.arange(len(offsets) - 1), _counts(offsets, n))


def starts(offsets: Ints, n: int) -> Ints:
    """The places at which a run of `n` code points begins that stays in its text. Raises `ValueError` for n < 1."""
    counts = _counts(offsets, n)
    before = np.cumsum(counts) - counts
    return np.repeat(offsets[:-1] - before, counts) + np.arange(int(counts.sum()))


def every(flat: Points, n: int) -> Hashes:
    """Hash of the `n` code points from each place on, also across the ends of texts (len(flat) - n + 1 of them)."""
    size = max(len(flat) - n + 1, 0)
    total = flat[:size].astype(np.uint64)
    for step in range(1, n if size else 0):
        total += flat[step : step + size] * np.uint64(pow(_BASE, step, 2**64))
    return total


def stretches(flat: Points, start: Ints, end: Ints) -> Hashes:
    """Hash of the code points from `start` to before `end`, one each; equals `every` where lengths are equal."""
    powers = _powers(_BASE, len(flat))
    sums = np.zeros(len(flat) + 1, np.uint64)
    np.cumsum(flat * powers[: len(flat)], out=sums[1:])
    found: Hashes = (sums[end] - sums[start]) * _powers(_INVERSE, len(flat))[start]
    return found


def words(flat: Points, offsets: Ints) -> Words:
    """Runs of letters, marks, digits and underscores; where no spaces are written, each character is a word."""
    kind = kinds(flat)
    run = kind == _RUN
    first = np.zeros(len(flat) + 1, bool)
    first[offsets] = True  # a word does not go on into the next text
    begins = (kind == _ALONE) | (run & (first[:-1] | np.append(True, ~run[:-1])[: len(flat)]))
    ends = (kind == _ALONE) | (run & (first[1:] | np.append(~run[1:], True)[: len(flat)]))
    start, end = np.flatnonzero(begins), np.flatnonzero(ends) + 1
    owner = np.searchsorted(offsets, start, side="right") - 1
    return Words(stretches(flat, start, end), start, end, owner)


def word_ngrams(found: Words, n: int) -> tuple[Hashes, Ints]:
    """Hash of each run of `n` words of one text, and the number of that text."""
    size = max(len(found.hashes) - n + 1, 0)
    inside = found.owner[:size] == found.owner[n - 1 : n - 1 + size]
    one = mixed(found.hashes)
    total = one[:size].copy()
    for step in range(1, n):
        total += one[step : step + size] * np.uint64(pow(_BASE, step, 2**64))
    return total[inside], found.owner[:size][inside]


def mixed(hashes: Hashes) -> Hashes:
    """`hashes` with every bit depending on all others, one to one: for minima, buckets and Bloom filters."""
    bits = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)), np.uint64)


def slots(hashes: Hashes, bits: int, salt: int = 0) -> Ints:
    """A place for each hash in a table of 2^`bits`; `salt` keeps n-grams of different kinds apart."""
    kind = np.uint64((salt * _INVERSE + 1) % 2**64)
    spread: Hashes = hashes + kind
    # a product alone would keep the regular distances of like strings
    np.bitwise_xor(spread, spread >> np.uint64(29), out=spread)
    np.right_shift(spread * _SLOT, np.uint64(64 - bits), out=spread)
    return spread.view(np.int64)


def _counts(offsets: Ints, n: int) -> Ints:
    if n < 1:
        msg = f"n-grams of {n} do not exist. Give 1 or more."
        raise ValueError(msg)
    counts: Ints = np.maximum(np.diff(offsets) - (n - 1), 0)
    return counts


def _powers(base: int, size: int) -> Hashes:
    powers = np.full(size + 1, base, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)


@cache
def _lower() -> Points:
    table = np.arange(_CODES, dtype=np.uint32)
    table[:_ASSIGNED] = [ord(chr(code).lower()[0]) for code in range(_ASSIGNED)]
    return table


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    table = np.zeros(_CODES, np.uint8)
    table[:_ASSIGNED] = [_RUN if unicodedata.category(chr(code))[0] in "LMN" else _GAP for code in range(_ASSIGNED)]
    table[ord("_")] = _RUN
    for begin, end in _UNSPACED:
        if begin < _ASSIGNED:
            table[begin:end][table[begin:end] == _RUN] = _ALONE
        else:
            table[begin:end] = _ALONE
    return table
