"""Nearest training items: where items lie, how answers match, and the exact Shapley value in a k-nearest vote.

Reference: Jia et al., "Efficient Task-Specific Data Valuation for Nearest Neighbor Algorithms" (VLDB 2019, arXiv
1908.08619), theorem 1. Their proof needs only that the vote is a mean of what the k nearest give, so the match of two
answers may be any number. Checked against: enumeration of all subsets, and pyDVL; see docs/methods/data_shapley.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np

from headgate.errors import UsageError
from headgate.repair.shapes import Array, Doubles, Examples, Subject

Over: TypeAlias = Literal["both", "features", "input"]
_BYTES = 64_000_000  # what one block of queries may take for its distances


def places(subject: Subject, others: list[Examples], over: Over, checkpoint: int = -1) -> list[Doubles]:
    """Where the training items, then each of `others`, lie (n x d each).

    `features` are what the last layer of the model sees, or of the checkpoint numbered `checkpoint` from 0; `input` is
    x itself, the columns of a table standardised by the training items; `both` is one beside the other, each row of
    unit length, and features alone where x holds token ids. Raises `UsageError` for a checkpoint that is not there, for
    the input of a language model, and where numbers are missing or infinite.
    """
    if subject.adapter.kind == "causal":
        if over == "input":
            msg = f"{subject.name} reads token ids, which lie nowhere. Take --over features, or trace by text_overlap."
            raise UsageError(msg)
        over = "features"
    if not -1 <= checkpoint < len(subject.checkpoints):
        msg = f"checkpoint {checkpoint} of {len(subject.checkpoints)}. Give a number from 0, or -1 for the model."
        raise UsageError(msg)
    sets = [subject.train, *others]
    inside = _finite(subject, inputs(sets)) if over != "features" else []
    if over == "input":
        return inside
    model = subject.model if checkpoint < 0 else subject.checkpoints[checkpoint].model
    seen = _finite(subject, [_flat(subject.adapter.features(model, one)) for one in sets])
    if over == "features":
        return seen
    return [np.concatenate([unit(a), unit(b)], axis=1) for a, b in zip(seen, inside, strict=True)]


def inputs(sets: list[Examples]) -> list[Doubles]:
    """Inputs of each set, flat (n x d); the columns of a table are standardised by the first set."""
    flat = [_flat(one.x) for one in sets]
    if sets[0].x.ndim > 2 or not len(sets[0]):
        return flat
    mean, spread = flat[0].mean(0), flat[0].std(0)
    spread[spread == 0] = 1.0
    return [(one - mean) / spread for one in flat]


def unit(rows: Doubles) -> Doubles:
    """`rows` at length 1; one of length 0 stays as it is."""
    length = np.sqrt((rows * rows).sum(1, keepdims=True))
    return rows / np.where(length > 0, length, 1.0)


def matches(given: Array, asked: Array) -> Doubles:
    """How far each answer of `given` is each of `asked` (asked x given, 0 to 1).

    Classes: 1 where they are the same. Numbers: exp(-half the squared difference). Token ids: the share of the tokens
    asked for that are among those given.
    """
    if asked.ndim == 2 and given.ndim == 2 and not np.issubdtype(asked.dtype, np.floating):
        words = [set(one[one >= 0].tolist()) for one in given]
        return np.asarray(
            [
                [len(want & has) / max(len(want), 1) for has in words]
                for want in (set(o[o >= 0].tolist()) for o in asked)
            ]
        ).reshape(len(asked), len(given))
    if np.issubdtype(asked.dtype, np.floating) or np.issubdtype(given.dtype, np.floating):
        apart = asked.reshape(len(asked), 1, -1).astype(float) - given.reshape(1, len(given), -1).astype(float)
        close: Doubles = np.exp(-(apart * apart).sum(2) / 2)
        return close
    return np.asarray(asked[:, None] == given[None, :], float)


def blocks(train: Doubles, queries: Doubles, *, most: int = _BYTES) -> Iterator[tuple[slice, Doubles]]:
    """Squared distances (queries of the block x train), a block of queries at a time, of `most` bytes each."""
    step = max(1, most // (8 * max(len(train), 1)))
    first = train[:1]  # distances are the same from anywhere, but far from 0 their digits would be lost
    train = train - first
    length = (train * train).sum(1)
    for begin in range(0, len(queries), step):
        some = slice(begin, min(begin + step, len(queries)))
        here = queries[some] - first
        yield some, np.maximum((here * here).sum(1)[:, None] + length[None, :] - 2 * here @ train.T, 0.0)


def knn_shapley(train: Doubles, queries: Doubles, match: Doubles, k: int, *, most: int = _BYTES) -> Doubles:
    """Exact Shapley value of each training item (n) in the vote of the `k` nearest, averaged over the queries.

    A set of items is worth the sum of `match` (queries x n) over its `k` nearest to the query, divided by k; nothing
    is worth 0. Items at one distance count in the order given. Time: queries x n log n. Raises `UsageError` for k < 1.
    """
    if k < 1:
        msg = f"k {k}: a vote needs a neighbour. Give 1 or more."
        raise UsageError(msg)
    n = len(train)
    total, rank = np.zeros(n), np.arange(1, n)
    for some, apart in blocks(train, queries, most=most):
        order = np.argsort(apart, axis=1, kind="stable")
        sorted_ = np.take_along_axis(match[some], order, axis=1)
        value = np.empty_like(sorted_)
        value[:, -1] = sorted_[:, -1] / max(k, n)
        value[:, :-1] = (sorted_[:, :-1] - sorted_[:, 1:]) * (np.minimum(k, rank) / (k * rank))
        value = np.cumsum(value[:, ::-1], axis=1)[:, ::-1]
        np.add.at(total, order, value)
    return total / max(len(queries), 1)


def _finite(subject: Subject, sets: list[Doubles]) -> list[Doubles]:
    if not all(np.isfinite(one).all() for one in sets):
        msg = f"{subject.name} has items or features with numbers missing or infinite. Fill them in, or change --over."
        raise UsageError(msg)
    return sets


def _flat(rows: Array) -> Doubles:
    return np.asarray(rows, float).reshape(len(rows), -1)
