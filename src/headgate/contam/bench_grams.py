"""The n-grams of a set of items, small enough for memory, and where a long stream of tokens has them.

Reference: B. H. Bloom (1970), Space/time trade-offs in hash coding with allowable errors, Communications of the ACM
13, 422-426 (the table that sieves before the look-up, here with one hash).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.contam import token_ids
from headgate.contam.token_ids import BOUNDARY, FIRST, Ints, Tokens

Places = tuple[Ints, Ints]  # numbers of n-grams, and the places in a stream where each begins, entry by entry


@dataclass(frozen=True, slots=True)
class Grams:
    """The items one after another in `tokens`, a boundary around each, and their distinct n-grams, numbered.

    Item i is `tokens[starts[i]:ends[i]]`. `of` is the number of the n-gram that begins at each place, -1 where none
    does; n-gram g begins at `places[first[g]:first[g + 1]]`.
    """

    n: int
    tokens: Tokens
    starts: Ints
    ends: Ints
    of: Ints
    places: Ints
    first: Ints

    @property
    def count(self) -> int:
        """How many distinct n-grams there are."""
        return len(self.first) - 1

    @property
    def at(self) -> Ints:
        """Where each n-gram begins for the first time."""
        return self.places[self.first[:-1]]


def of_items(items: Sequence[Sequence[str]], n: int, ids: Mapping[str, int]) -> Grams:
    """The n-grams of `items`, each a sequence of words that all have a number in `ids`."""
    sizes = np.fromiter(map(len, items), np.int64, len(items))
    starts = np.cumsum(sizes + 1) - sizes
    tokens = np.full(int(sizes.sum()) + len(items) + 1, BOUNDARY, np.uint32)
    for start, words in zip(starts.tolist(), items, strict=True):
        tokens[start : start + len(words)] = token_ids.encode(list(words), ids)
    whole = np.flatnonzero(token_ids.whole_windows(tokens, n))
    of = np.full(len(tokens), -1, np.int64)
    kinds, inverse = np.unique(token_ids.window_ranks(tokens, n)[whole], return_inverse=True)
    # Numbered by where they first begin, so that what stands together is looked up together.
    earliest = np.full(len(kinds), len(tokens), np.int64)
    np.minimum.at(earliest, inverse, whole)
    number = np.empty(len(kinds), np.int64)
    number[np.argsort(earliest)] = np.arange(len(kinds))
    of[whole] = number[inverse]
    order = np.argsort(of[whole], kind="stable")
    first = np.zeros(len(kinds) + 1, np.int64)
    np.cumsum(np.bincount(of[whole], minlength=len(kinds)), out=first[1:])
    return Grams(n, tokens, starts, starts + sizes, of, whole[order].astype(np.int64), first)


class Sieve:
    """Finds the places of n-grams in blocks of tokens: most are turned away by one bit, the others verified."""

    def __init__(self, grams: Grams) -> None:
        self.grams = grams
        hashes = token_ids.window_hashes(grams.tokens, grams.n)[grams.at]
        self.by = np.argsort(hashes, kind="stable")
        self.hashes = hashes[self.by]
        bits = min(28, max(16, int(np.ceil(np.log2(16 * max(1, grams.count))))))
        self.mask = np.uint64((1 << bits) - 1)
        self.seen = np.zeros(1 << bits, np.bool_)
        self.seen[self.hashes & self.mask] = True

    def places(self, tokens: Tokens) -> Places:
        """Every place of `tokens` where one of the n-grams begins, by n-gram and then place, and which it is."""
        n = self.grams.n
        hashes = token_ids.window_hashes(tokens, n)
        at = np.flatnonzero(self.seen[hashes & self.mask] & token_ids.whole_windows(tokens, n))
        low = np.searchsorted(self.hashes, hashes[at], "left")
        high = np.searchsorted(self.hashes, hashes[at], "right")
        parts: list[Places] = []
        while (left := np.flatnonzero(low < high)).size:  # once, unless two n-grams share a hash
            at, low, high = at[left], low[left], high[left]
            gram = self.by[low]
            same = equal_windows(tokens, at, self.grams.tokens, self.grams.at[gram], n)
            parts.append((gram[same], at[same]))
            low = low + 1
        return joined(parts)


def equal_windows(ours: Tokens, at: Ints, theirs: Tokens, there: Ints, n: int) -> npt.NDArray[np.bool_]:
    """Whether the n tokens from each place of `at` on equal those from the same entry of `there` on."""
    same = np.ones(len(at), np.bool_)
    left = np.flatnonzero((at + n <= len(ours)) & (there + n <= len(theirs)))
    for step in range(n):
        left = left[ours[at[left] + step] == theirs[there[left] + step]]
    same[:] = False
    same[left] = True
    return same


def joined(parts: Sequence[Places]) -> Places:
    """`parts` as one, by n-gram and then place."""
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    gram = np.concatenate([part[0] for part in parts])
    at = np.concatenate([part[1] for part in parts])
    order = np.lexsort((at, gram))
    return gram[order], at[order]


def numbers_for(
    items: Sequence[Sequence[str]], ids: Mapping[str, int] | None = None, after: int = FIRST
) -> dict[str, int]:
    """A number for every word of `items`: those of `ids`, and from `after` on for the others."""
    made = dict(ids or {})
    for words in items:
        for word in words:
            if word not in made:
                made[word] = after
                after += 1
    return made
