"""Texts as words, words as numbers, and n-grams of numbers: hashed, or ranked exactly.

Words are runs of letters, digits and their marks; in scripts without spaces (Han, kana, Thai, Lao, Khmer, Myanmar)
each letter is a word. By default letter case, punctuation and width (Unicode NFKC, invisible characters) make no
difference; `Kept` switches each back on.

Reference: R. M. Karp, R. E. Miller and A. L. Rosenberg (1972), Rapid identification of repeated patterns in strings,
trees and arrays, STOC, 125-136 (ranks of n-grams by doubling); Unicode Standard Annex 15 for NFKC.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import repeat

import numpy as np
import numpy.typing as npt

Tokens = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Split = Callable[[str], list[str]]

BOUNDARY, UNKNOWN, FIRST = 0, 1, 2  # between documents; a word without a number; the first word's number

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Kept:
    """What tells two words apart: letter case, punctuation marks (as words of their own), width and invisible ones."""

    case: bool = False
    punctuation: bool = False
    width: bool = False


def splitter(kept: Kept) -> Split:
    """A function from a text to its words, in order."""
    table = str.maketrans({chr(code): _ascii(chr(code), kept) for code in range(128)})

    def split(text: str) -> list[str]:
        if text.isascii():
            return text.translate(table).split()
        if not kept.width:
            text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        return _pattern(kept.punctuation).findall(text if kept.case else text.casefold())

    return split


def encode(words: list[str], ids: Mapping[str, int]) -> Tokens:
    """The numbers of `words`, `UNKNOWN` for those that have none."""
    return np.fromiter(map(ids.get, words, repeat(UNKNOWN)), np.uint32, len(words))


def whole_windows(tokens: Tokens, n: int) -> npt.NDArray[np.bool_]:
    """Of each place where n tokens begin: whether all n are words that have a number."""
    if len(tokens) < n:
        return np.zeros(0, np.bool_)
    bad = np.zeros(len(tokens) + 1, np.int64)
    np.cumsum(tokens < FIRST, out=bad[1:])
    return np.asarray(bad[n:] == bad[:-n])


def window_hashes(tokens: Tokens, n: int) -> Hashes:
    """A 64-bit hash of the n tokens from each place on (length of `tokens` - n + 1); equal n-grams hash equally."""
    count = max(0, len(tokens) - n + 1)
    mixed = tokens.astype(np.uint64)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    made = np.zeros(count, np.uint64)
    for start in range(n if count else 0):
        made *= np.uint64(0xBF58476D1CE4E5B9)
        made += mixed[start : start + count]
    made ^= made >> np.uint64(32)
    made *= np.uint64(0x94D049BB133111EB)
    made ^= made >> np.uint64(29)
    return made


def window_ranks(tokens: Tokens, n: int) -> Ints:
    """A number for the n tokens from each place on, equal for equal n-grams and for no others; no hash is involved."""
    if len(tokens) < n:
        return np.zeros(0, np.int64)
    rank = np.unique(tokens, return_inverse=True)[1].astype(np.int64)
    have = 1
    while have < n:
        step = min(have, n - have)
        pairs = rank[:-step] * (rank.max() + 1) + rank[step:]
        rank = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
        have += step
    return rank


def _ascii(char: str, kept: Kept) -> str:
    if char.isalnum():
        return char if kept.case else char.lower()
    return f" {char} " if kept.punctuation and char.isprintable() and char != " " else " "


@cache
def _pattern(punctuation: bool) -> re.Pattern[str]:
    marks = _marks()
    word = rf"[{_UNSPACED}][{marks}]*|(?:[^\W_{_UNSPACED}]+[{marks}]*)+"
    return re.compile(rf"{word}|[^\w\s\x00-\x1f\x7f]|_" if punctuation else word)


def _marks() -> str:
    """The combining marks, which Python takes for no part of a word, as ranges of a character class."""
    codes = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"]
    starts = [code for last, code in zip([-2, *codes], codes, strict=False) if code != last + 1]
    ends = [code for code, after in zip(codes, [*codes[1:], -2], strict=True) if after != code + 1]
    return "".join(f"\\U{start:08x}-\\U{end:08x}" for start, end in zip(starts, ends, strict=True))
