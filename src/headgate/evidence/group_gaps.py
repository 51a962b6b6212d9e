"""Whether a share differs between groups by more than chance, for many groups and several counts at once.

Each group is compared with all others together. Fisher's exact test tells whether they differ, Holm's correction keeps
the chance of any false alarm among all comparisons at a level, and Newcombe's interval says by how much.

Reference: R. A. Fisher (1935), The logic of inductive inference, Journal of the Royal Statistical Society 98, 39-82; S.
Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 65-70; R. G.
Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in Medicine 17,
873-890, method 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.evidence.intervals import wilson

Ints: TypeAlias = npt.NDArray[np.int64]
FEWEST = 30  # items of a group, and of all others, that are compared


@dataclass(frozen=True, slots=True)
class Gap:
    """The share `found` / `of` of a group less that of all others, with an interval.

    `chance` is the p-value after Holm's correction; the interval is widened by Bonferroni's, so that all intervals
    together hold the truth with the confidence asked for.
    """

    group: int
    found: int
    of: int
    others_found: int
    others_of: int
    gap: float
    low: float
    high: float
    chance: float


def group_gaps(counts: Sequence[tuple[Ints, Ints]], *, level: float = 0.05, fewest: int = FEWEST) -> list[list[Gap]]:
    """The gaps of each (found, of) in `counts`: arrays with one number for each group.

    Groups of fewer than `fewest` items are counted among the others and not compared. All comparisons of all `counts`
    are one family. Items are taken to be independent.
    Raises `ValueError` for counts that are no shares.
    """
    pairs: list[tuple[int, int, int, int, int, int]] = []
    for number, (found, of) in enumerate(counts):
        if found.shape != of.shape or (found > of).any() or (found < 0).any():
            msg = f"{found.tolist()[:5]} of {of.tolist()[:5]} are no shares. Give 0 <= found <= of for each group."
            raise ValueError(msg)
        whole, sum_ = int(found.sum()), int(of.sum())
        for group, (hits, size) in enumerate(zip(found.tolist(), of.tolist(), strict=True)):
            if size >= fewest and sum_ - size >= fewest:
                pairs.append((number, group, hits, size, whole - hits, sum_ - size))
    made: list[list[Gap]] = [[] for _ in counts]
    chances = holm(_fisher([pair[2:] for pair in pairs]))
    for (number, group, hits, size, other, others), chance in zip(pairs, chances, strict=True):
        ends = difference(hits, size, other, others, confidence=1 - level / len(pairs))
        made[number].append(Gap(group, hits, size, other, others, hits / size - other / others, *ends, chance))
    return made


def holm(chances: Sequence[float]) -> list[float]:
    """P-values so corrected that those up to a level hold with that chance of any false one, in the order given."""
    order = np.argsort(chances, kind="stable")
    corrected = np.asarray(chances, dtype=float)[order] * np.arange(len(chances), 0, -1)
    back = np.empty(len(chances))
    back[order] = np.minimum(np.maximum.accumulate(corrected), 1)
    return [float(chance) for chance in back]


def difference(found: int, of: int, other: int, other_of: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Newcombe's interval of found / of - other / other_of. Raises `ValueError` where nothing was counted."""
    one, two = wilson(found, of, confidence=confidence), wilson(other, other_of, confidence=confidence)
    if one is None or two is None:
        msg = f"{found} of {of} and {other} of {other_of} leave nothing to compare."
        raise ValueError(msg)
    first, second = found / of, other / other_of
    down = sqrt((first - one[0]) ** 2 + (two[1] - second) ** 2)
    up = sqrt((one[1] - first) ** 2 + (second - two[0]) ** 2)
    return first - second - down, first - second + up


def _fisher(pairs: Sequence[tuple[int, int, int, int]]) -> list[float]:
    """Twice the smaller tail: a little above the usual two-sided p-value, and quick for large counts."""
    if not pairs:
        return []
    from scipy.stats import hypergeom

    found, of, other, other_of = np.array(pairs, dtype=np.int64).T
    given = of + other_of, found + other, of
    tails = 2 * np.minimum(hypergeom.cdf(found, *given), hypergeom.sf(found - 1, *given))
    return [float(chance) for chance in np.minimum(tails, 1)]
