"""Groups of near-identical items, and what each does to the captions that its neighbours would be given.

The influence of a group is measured without a model: how much better the ten nearest neighbours of the items around
it agree with those items' captions when the group is left out.

Reference: R. Jia et al. (2019), Efficient task-specific data valuation for nearest neighbor algorithms, PVLDB 12,
1610-1623, for nearest neighbours as a stand-in for a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.copies import false_match, near_texts
from headgate.copies.minhash import Ints
from headgate.copies.pair_features import PairFeatures
from headgate.pictures import perceptual
from headgate.texts.ngrams import mixed

NEIGHBOURS = 10
AROUND = 50  # items near a group on which its influence is measured
SAMPLE = 500  # items whose agreement with their neighbours says what is usual
_DRAWN = 500_000
_TOGETHER = 20_000
_SAME = 1e-3  # rounding
_BITS = 30  # a quarter of the signs: more differ in no two near-identical items


@dataclass(frozen=True, slots=True)
class Group:
    """Near-identical items, how badly their caption fits the neighbours', and their influence (both from 0 to 1)."""

    members: Ints
    mismatch: float
    influence: float

    @property
    def score(self) -> float:
        """From 0 to 1."""
        return self.mismatch * (1 + self.influence) / 2


def groups(features: PairFeatures, *, false_match_rate: float, fewest: int, most: int, seed: int = 0) -> list[Ints]:
    """Near-identical items, `fewest` to `most` of them, and those of each group that share a caption.

    How near is set from random pairs: an unrelated item is near any other with a chance of `false_match_rate`.
    """
    told = np.flatnonzero(features.told)
    limit = _limit(features, told, false_match_rate, seed)
    cluster, _ = near_texts.clusters(len(features.told), _near(features, told, limit))
    both = np.stack([cluster, features.folded], axis=1)
    caption = np.unique(both, axis=0, return_inverse=True)[1].ravel()
    made: dict[tuple[int, ...], Ints] = {}
    for number in (cluster, caption):
        order = np.argsort(number, kind="stable")
        order = order[features.told[order]]
        edges = np.flatnonzero(np.diff(number[order])) + 1
        for members in np.split(order, edges):
            if fewest <= len(members) <= most:
                made[tuple(members.tolist())] = members
    return list(made.values())


def judged(features: PairFeatures, found: list[Ints], seed: int = 0) -> list[Group]:
    """Each group with its mismatch and influence, the highest score first."""
    usual = np.sort(_usual(features, found, seed))
    made = []
    for members in found:
        # near-identical, so one's neighbours are those of all
        around = nearest(features, members[:1], AROUND + len(members))[0]
        around = around[~np.isin(around, members)][:AROUND]
        fits = agreement(features, members, np.tile(around[:NEIGHBOURS], (len(members), 1))).mean()
        made.append(Group(members, mismatch(float(fits), usual), influence(features, members, around)))
    return sorted(made, key=lambda group: (-group.score, int(group.members[0])))


def mismatch(fits: float, usual: npt.NDArray[np.float64]) -> float:
    """How far agreement `fits` falls short of the mean of `usual` (sorted), times the share of those that exceed it.

    From 0 to 1; those equal to it count half. Both factors are needed: where nearly everybody agrees with all ten
    neighbours, one that agrees with nine is unusual and yet no misfit.
    """
    if not len(usual) or usual.mean() <= 0:
        return 0.0
    below, upto = np.searchsorted(usual, [fits - 1e-9, fits + 1e-9])
    over = 1 - (below + upto) / 2 / len(usual)
    return float(over * max(0.0, 1 - fits / usual.mean()))


def influence(features: PairFeatures, members: Ints, around: Ints) -> float:
    """Mean gain in agreement at the items `around` when `members` are left out; from 0 to 1, and 0 for a loss."""
    if not len(around):
        return 0.0
    near = nearest(features, around, NEIGHBOURS + len(members))
    kept = ~np.isin(near, members)
    place = np.argsort(~kept, axis=1, kind="stable")[:, :NEIGHBOURS]
    gain = agreement(features, around, np.take_along_axis(near, place, axis=1)) - agreement(
        features, around, near[:, :NEIGHBOURS]
    )
    return float(max(0.0, gain.mean()))


def nearest(features: PairFeatures, items: Ints, many: int) -> Ints:
    """The `many` items nearest to each of `items` (len(items) x many), nearest first, itself left out."""
    many = min(many, int(features.told.sum()) - 1)
    found = np.empty((len(items), many), np.int64)
    step = max(1, 2 * 10**7 // len(features.told))
    for begin in range(0, len(items), step):
        some = items[begin : begin + step]
        like = features.vectors[some] @ features.vectors.T
        like[:, ~features.told] = -np.inf
        like[np.arange(len(some)), some] = -np.inf
        top = np.argpartition(-like, min(many, like.shape[1] - 1), axis=1)[:, :many]
        order = np.lexsort((top, -np.take_along_axis(like, top, axis=1)))
        found[begin : begin + step] = np.take_along_axis(top, order, axis=1)
    return found


def agreement(features: PairFeatures, items: Ints, others: Ints) -> npt.NDArray[np.float64]:
    """Mean likeness of the caption of each item and those of its `others` (len(items) x m)."""
    if not others.size:
        return np.zeros(len(items))
    left = features.captions[np.repeat(items, others.shape[1])]
    right = features.captions[others.ravel()]
    like = np.asarray(left.multiply(right).sum(axis=1)).reshape(others.shape)
    return np.asarray(like.mean(axis=1), np.float64)


def _usual(features: PairFeatures, found: list[Ints], seed: int) -> npt.NDArray[np.float64]:
    """Agreement of items that are in no group with their neighbours, each time one of a near-identical set at most."""
    free = features.told.copy()
    for members in found:
        free[members] = False
    items = np.flatnonzero(free)
    if not len(items):
        return np.empty(0)
    drawn = np.random.default_rng(seed).choice(items, min(SAMPLE, len(items)), replace=False)
    return agreement(features, drawn, nearest(features, drawn, NEIGHBOURS))


def _limit(features: PairFeatures, told: Ints, rate: float, seed: int) -> float:
    """Distance of the vectors below which items count as near-identical."""
    distinct = told[np.unique(features.hashes[told], axis=0, return_index=True)[1]]
    n, rng = len(distinct), np.random.default_rng(seed)
    if n * (n - 1) // 2 <= _DRAWN:
        one, other = np.triu_indices(n, 1)
    else:
        one = rng.integers(0, n, _DRAWN)
        other = (one + rng.integers(1, n, _DRAWN)) % n
    if len(one) < false_match.FEWEST:
        return _SAME
    distances = _apart(features, distinct[one], distinct[other])
    return max(_SAME, false_match.bound(distances, min(0.5, rate / max(len(told), 1))))


def _apart(features: PairFeatures, one: Ints, other: Ints) -> npt.NDArray[np.float64]:
    """Euclidean distance of unit vectors, pair by pair."""
    distances = np.empty(len(one))
    for begin in range(0, len(one), _TOGETHER):
        some = slice(begin, begin + _TOGETHER)
        distances[some] = np.linalg.norm(features.vectors[one[some]] - features.vectors[other[some]], axis=1)
    return distances


def _near(features: PairFeatures, told: Ints, limit: float) -> Iterator[near_texts.Pairs]:
    """Pairs of vectors closer than `limit`, of those whose signs are mostly the same; of equal ones the first only."""
    total = np.zeros(len(told), np.uint64)
    for column in features.vectors.T:
        total = mixed(total ^ column[told].view(np.uint32))
    _, at, which = np.unique(total, return_index=True, return_inverse=True)
    yield told[at[which]], told, np.ones(len(told), np.float32)
    told = told[np.sort(at)]
    hashes = features.hashes[told]
    for one, other, _ in perceptual.near(hashes, hashes, _BITS, mirror=False):
        i, j = told[one[one < other]], told[other[one < other]]
        distances = _apart(features, i, j)
        held = distances < limit
        yield i[held], j[held], (1 - distances[held] / 2).astype(np.float32)
