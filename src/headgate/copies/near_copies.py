"""Which fingerprints are those of copies: inside one dataset, and of the items of one in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from headgate.copies import false_match, near_texts
from headgate.copies.fingerprints import Prints
from headgate.copies.minhash import Ints
from headgate.copies.near_texts import Pairs, Similar
from headgate.errors import UsageError
from headgate.pictures import perceptual
from headgate.pictures.perceptual import BITS, Found
from headgate.texts import ngrams

BASE = 0.7  # texts less alike than that are not called near, however rarely unrelated ones come as close
_DRAWN = {"texts": 200_000, "images": 1_000_000}
_RELATED = {
    "texts": BASE,
    "images": 0.95,
}  # from where on clusters are taken for copies
_TOGETHER = 20_000


class Inside(NamedTuple):
    """For each item: its cluster, that cluster's size, and its highest similarity to another (0: none is near)."""

    cluster: Ints
    size: Ints
    best: Similar


class Across(NamedTuple):
    """For each output the highest similarity to a training item (0: none) and which; for each of those the highest."""

    best: Similar
    source: Ints  # -1 where there is none
    copied: Similar


def calibrated(prints: Prints, others: int, rate: float, seed: int = 0) -> float:
    """The similarity from which an unrelated item would match any of `others` with a chance of at most `rate`.

    From random pairs of different items of `prints` that are not in one cluster of near copies; one that most items
    are in is no such cluster but what they all have in common. At most 1, where no similarity is that rare; 1 too where
    there are too few items to tell; `BASE` for texts of which only band keys are known.
    """
    if not knows_sets(prints):
        return BASE
    distances = _unrelated(prints, seed)
    if len(distances) < false_match.FEWEST:
        return 1.0
    limit = false_match.bound(distances, min(rate / max(others, 1), 0.5))
    if prints.kind == "texts":
        return float(min(1.0, max(BASE, 1 - limit + 1e-6)))
    return 1 - max(0, ceil(limit * BITS) - 1) / BITS


def inside(prints: Prints, similarity: float) -> Inside:
    """Copies among the items themselves."""
    cluster, best = near_texts.clusters(len(prints.told), _pairs(prints, similarity))
    return Inside(cluster, np.bincount(cluster, minlength=len(cluster))[cluster], best)


def across(training: Prints, outputs: Prints, similarity: float) -> Across:
    """Outputs that copy training items. Raises `UsageError` for texts and pictures, or unlike kinds of fingerprints."""
    best, source = np.zeros(len(outputs.told), np.float32), np.full(len(outputs.told), -1)
    copied = np.zeros(len(training.told), np.float32)
    for i, j, similar in _matches(training, outputs, similarity):
        np.maximum.at(copied, i, similar)
        order = np.lexsort((-i, similar))
        i, j, similar = i[order], j[order], similar[order]
        better = similar > best[j]
        source[j[better]], best[j[better]] = i[better], similar[better]  # the last of several is the most alike
    ours, theirs = _firsts(training), _firsts(outputs)  # the others are as alike as these
    return Across(best[theirs], source[theirs], copied[ours])


def same(prints: Prints) -> npt.NDArray[np.bool_]:
    """Which items have another of the same id, which is to say of the same content to the byte."""
    assert prints.ids is not None
    starts = np.ascontiguousarray(prints.ids[:, :8]).view("<u8").ravel()
    _, which, count = np.unique(starts, return_inverse=True, return_counts=True)
    return np.asarray(count[which] > 1, np.bool_)


def knows_sets(prints: Prints) -> bool:
    """Whether similarities can be told exactly, or only estimated, as from texts whose shingles stayed elsewhere."""
    return prints.sketches is None or len(prints.sketches.shingles) == prints.sketches.offsets[-1]


def _pairs(prints: Prints, similarity: float) -> Iterable[Pairs]:
    if prints.sketches is not None:
        return near_texts.pairs(prints.sketches, similarity)
    return _inside_pictures(prints, similarity)


def _inside_pictures(prints: Prints, similarity: float) -> Iterator[Pairs]:
    first = _firsts(prints)
    equal = np.flatnonzero(first != np.arange(len(first)))
    yield first[equal], equal, np.ones(len(equal), np.float32)
    for i, j, similar in _alike(prints, prints, similarity):
        yield i[i != j], j[i != j], similar[i != j]


def _firsts(prints: Prints) -> Ints:
    """For each item the first one with the same fingerprints, itself where none is before or it cannot be told."""
    if prints.sketches is not None:
        return near_texts.copies(prints.sketches)
    assert prints.hashes is not None
    told, first = np.flatnonzero(prints.told), np.arange(len(prints.told))
    total = np.zeros(len(told), np.uint64)
    for begin in range(0, len(told), _TOGETHER):
        some = np.asarray(prints.hashes[told[begin : begin + _TOGETHER]])
        for word in some.reshape(len(some), -1).T:
            total[begin : begin + len(some)] = ngrams.mixed(total[begin : begin + len(some)] ^ word)
    _, at, which = np.unique(total, return_index=True, return_inverse=True)
    first[told] = told[at[which]]
    return first


def _matches(training: Prints, outputs: Prints, similarity: float) -> Iterable[Pairs]:
    if training.kind != outputs.kind:
        msg = f"{training.kind} cannot be compared with {outputs.kind}. Choose with --by."
        raise UsageError(msg)
    if training.sketches is not None and outputs.sketches is not None:
        if (training.sketches.rows, len(training.sketches.keys)) != (outputs.sketches.rows, len(outputs.sketches.keys)):
            msg = "the fingerprints were made for another similarity. Make both with the same --similarity."
            raise UsageError(msg)
        return near_texts.across(training.sketches, outputs.sketches, similarity)
    return _alike(training, outputs, similarity)


def _alike(training: Prints, outputs: Prints, similarity: float) -> Iterator[Pairs]:
    """Pictures (training, output) of which the second is like a view of the first; of equal ones the first only."""
    assert training.hashes is not None
    assert outputs.hashes is not None
    views = training.hashes.shape[1]
    left, right = (np.flatnonzero(one.told & (_firsts(one) == np.arange(len(one.told)))) for one in (training, outputs))
    references, queries = training.hashes[left].reshape(-1, 2), outputs.hashes[right, 0]
    most = int(np.floor((1 - similarity) * BITS + 1e-6))
    found: Found
    for found in perceptual.near(queries, references, most):
        yield left[found[1] // views], right[found[0]], (1 - found[2] / BITS).astype(np.float32)


def _unrelated(prints: Prints, seed: int) -> npt.NDArray[np.float64]:
    """Distances, from 0 to 1, of random pairs of items that differ and are not in one cluster of near copies."""
    rng = np.random.default_rng(seed)
    different = _different(prints)
    n, drawn = len(different), _DRAWN[prints.kind]
    if n * (n - 1) // 2 <= drawn:
        one, other = np.triu_indices(n, 1)
    else:
        one = rng.integers(0, n, drawn)
        other = (one + rng.integers(1, n, drawn)) % n
    family = _families(prints)
    i, j = different[one], different[other]
    i, j = i[family[i] != family[j]], j[family[i] != family[j]]
    if prints.sketches is not None:
        return 1.0 - near_texts.jaccard(prints.sketches, i, prints.sketches, j).astype(np.float64)
    assert prints.hashes is not None
    distances = np.empty(len(i))
    for begin in range(0, len(i), _TOGETHER):
        some = slice(begin, begin + _TOGETHER)
        views, whole = prints.hashes[i[some]], prints.hashes[j[some], 0][:, None]
        straight, turned = perceptual.apart(views, whole), perceptual.apart(views, perceptual.mirrored(whole))
        distances[some] = np.minimum(straight, turned).min(axis=1) / BITS
    return distances


def _families(prints: Prints) -> Ints:
    """The number of the cluster of near copies of each item; where most items are in one, each is told its own."""
    cluster = inside(prints, _RELATED[prints.kind]).cluster
    large = np.bincount(cluster[prints.told], minlength=1).max(initial=0)
    return cluster if 2 * large <= prints.told.sum() else np.arange(len(cluster))


def _different(prints: Prints) -> Ints:
    """Items that can be told, one of each set of equal ones."""
    told = np.flatnonzero(prints.told)
    if prints.sketches is not None:
        return np.asarray(told[near_texts.copies(prints.sketches)[told] == told])
    assert prints.hashes is not None
    return np.asarray(told[np.sort(np.unique(prints.hashes[told, 0], axis=0, return_index=True)[1])])
