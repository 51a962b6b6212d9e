"""How much of each item of a benchmark stands in a corpus: the four scores of ConTAM, and where the longest match is.

An n-gram of an item is matched where the corpus has it at least `least_count` times. `token_match` is the share of an
item's tokens inside a matched n-gram, `ngram_match` the share of its n-grams that are matched. A matched n-gram is
then grown in both directions, in the item and in one document side by side, over up to `skip_budget` tokens that
differ; a span ends on a token that agrees. `token_extend` is the share of tokens inside any such span, and
`longest_match` the longest span over the item's length. An item of fewer than n tokens has no score.

Scores are exact with one exception that keeps time bounded: of an n-gram only the first `most_places` places in
the corpus are grown. A span with one n-gram that is rarer than that is found whatever else it holds.

Reference: A. K. Singh et al. (2024), Evaluation data contamination in LLMs: how do we measure it and (when) does
it matter?, arXiv 2411.03923; the spans with a budget follow H. Touvron et al. (2023), Llama 2, appendix A.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.contam.bench_grams import Grams, Places
from headgate.contam.token_ids import BOUNDARY, Ints, Tokens

SCORES = ("longest_match", "token_match", "ngram_match", "token_extend")
PAIRS = 1 << 21  # of a place in an item and a place in the corpus, looked at together


@dataclass(frozen=True, slots=True)
class Counting:
    """From how many places on an n-gram counts, how many of them are grown, and over how many tokens that differ."""

    least_count: int = 1
    skip_budget: int = 4
    most_places: int = 100


@dataclass(frozen=True, slots=True)
class Matches:
    """Scores of every item (items x `SCORES`, NaN for the short), and the longest span of each.

    `length` is its tokens (0: none), `here` its first token in the item, `at` its first place in the corpus.
    `common` tells items with an n-gram in more than `most_places` places.
    """

    scores: npt.NDArray[np.float32]
    length: Ints
    here: Ints
    at: Ints
    common: npt.NDArray[np.bool_]


class Tally:
    """What has been found so far of `grams`, in any number of blocks or look-ups; places come in corpus order."""

    def __init__(self, grams: Grams, counting: Counting, counts: Ints | None = None) -> None:
        """`counts`, of each n-gram in the whole corpus, must be given where `least_count` is above 1."""
        self.grams, self.counting = grams, counting
        self.wanted = None if counts is None else counts >= counting.least_count
        self.counts = np.zeros(grams.count, np.int64)
        self.covered = np.zeros(len(grams.tokens) + 1, np.int64)  # differences: +1 where a span begins, -1 after it
        self.length, self.here, self.at = (np.zeros(len(grams.starts), np.int64) for _ in range(3))

    def add(self, places: Places, tokens: Tokens, offset: int = 0) -> None:
        """Take in `places` of `tokens`, sorted by n-gram and place; `offset` is where `tokens` begin in the corpus."""
        gram, at = places
        if not len(gram):
            return
        kinds, begin, many = np.unique(gram, return_index=True, return_counts=True)
        nth = np.arange(len(gram)) - np.repeat(begin, many) + np.repeat(self.counts[kinds], many)
        self.counts[kinds] += many
        grown = nth < self.counting.most_places
        if self.wanted is not None:
            grown &= self.wanted[gram]
        for ours, theirs in _pairs(self.grams, gram[grown], at[grown]):
            self._grow(ours, theirs, tokens, offset)

    def _grow(self, ours: Ints, theirs: Ints, tokens: Tokens, offset: int) -> None:
        left, right, shift = _runs(ours, theirs, self.grams.n)
        budget = self.counting.skip_budget
        back = _reach(self.grams.tokens, tokens, left - 1, left - 1 + shift, -1, budget)
        on = _reach(self.grams.tokens, tokens, right, right + shift, 1, budget)
        np.add.at(self.covered, left - back[:, -1], 1)
        np.add.at(self.covered, right + on[:, -1], -1)
        grown = back + on[:, ::-1]  # by how many of the tokens that differ lie before the n-gram
        best = grown.argmax(axis=1)
        rows = np.arange(len(left))
        start = left - back[rows, best]
        length = right - left + grown[rows, best]
        self._keep(np.searchsorted(self.grams.starts, left, "right") - 1, start, length, start + shift + offset)

    def _keep(self, item: Ints, start: Ints, length: Ints, at: Ints) -> None:
        """Remember the longest span of each item; of equal ones the first of the corpus, and then of the item."""
        order = np.lexsort((start, at, -length, item))
        order = order[np.append(True, item[order][1:] != item[order][:-1])]
        item, start, length, at = item[order], start[order], length[order], at[order]
        here = start - self.grams.starts[item]
        earlier = (at < self.at[item]) | ((at == self.at[item]) & (here < self.here[item]))
        better = (length > self.length[item]) | ((length == self.length[item]) & earlier)
        item = item[better]
        self.length[item], self.at[item], self.here[item] = length[better], at[better], here[better]

    def matches(self) -> Matches:
        """The scores, once everything has been taken in."""
        grams = self.grams
        sizes = grams.ends - grams.starts
        hit = np.zeros(len(grams.tokens), np.bool_)
        hit[grams.of >= 0] = (self.counts >= self.counting.least_count)[grams.of[grams.of >= 0]]
        inside = np.zeros(len(grams.tokens) + 1, np.int64)
        inside[:-1] += hit
        inside[grams.n :] -= hit[: len(inside) - grams.n]
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = np.stack(
                [
                    self.length / sizes,
                    _per_item(np.cumsum(inside)[:-1] > 0, grams) / sizes,
                    _per_item(hit, grams) / (sizes - grams.n + 1),
                    _per_item(np.cumsum(self.covered)[:-1] > 0, grams) / sizes,
                ],
                axis=1,
            ).astype(np.float32)
        scores[sizes < grams.n] = np.nan
        many = np.zeros(len(grams.tokens), np.bool_)
        many[grams.of >= 0] = (self.counts > self.counting.most_places)[grams.of[grams.of >= 0]]
        return Matches(scores, self.length, self.here, self.at, _per_item(many, grams) > 0)


def _per_item(marked: npt.NDArray[np.bool_], grams: Grams) -> Ints:
    total = np.append(0, np.cumsum(marked))
    return np.asarray(total[grams.ends] - total[grams.starts], np.int64)


def _pairs(grams: Grams, gram: Ints, at: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Places in the items and in the corpus that have the same n-gram, some at a time."""
    width = grams.first[gram + 1] - grams.first[gram]
    part = np.cumsum(width) // PAIRS
    for low, high in zip(*_groups(part), strict=True):
        wide = width[low:high]
        within = np.arange(int(wide.sum())) - np.repeat(np.cumsum(wide) - wide, wide)
        ours = grams.places[np.repeat(grams.first[gram[low:high]], wide) + within]
        yield ours, np.repeat(at[low:high], wide)


def _groups(values: Ints) -> tuple[list[int], list[int]]:
    """Where each run of equal `values` begins and ends."""
    cuts = (np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()
    return ([0, *cuts], [*cuts, len(values)]) if len(values) else ([], [])


def _runs(ours: Ints, theirs: Ints, n: int) -> tuple[Ints, Ints, Ints]:
    """n-grams that follow each other in item and document, as one: first and past the last place, and the shift."""
    shift = theirs - ours
    order = np.lexsort((ours, shift))
    ours, shift = ours[order], shift[order]
    begins = np.append(True, (shift[1:] != shift[:-1]) | (ours[1:] != ours[:-1] + 1))
    ends = np.append(begins[1:], True)
    return ours[begins], ours[ends] + n, shift[begins]


def _reach(ours: Tokens, theirs: Tokens, here: Ints, there: Ints, step: int, budget: int) -> Ints:
    """How many tokens on from each pair of places a span goes (pairs x 0 to `budget` tokens that differ)."""
    reach = np.zeros((len(here), budget + 1), np.int64)
    live, used, walked = np.arange(len(here)), np.zeros(len(here), np.int64), 0
    while live.size:
        mine, its = ours[here + step * walked], theirs[there + step * walked]
        used = used + (mine != its)
        on = (mine != BOUNDARY) & (its != BOUNDARY) & (used <= budget)
        live, used, here, there = live[on], used[on], here[on], there[on]
        same = (mine == its)[on]
        walked += 1
        reach[live[same], used[same]] = walked
    return np.maximum.accumulate(reach, axis=1)
