"""Splits for honest tests: no group (lineage component, account, hub) is ever on both sides.

Reference: Sagawa et al., "Extending the WILDS Benchmark for Unsupervised Adaptation" (WILDS 2.0, 2022): models
are tested on groups they were not fitted on, and the worst counts.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import numpy.typing as npt

from headgate.evidence.clustered import numbered

Ints = npt.NDArray[np.int32]


def group_folds(groups: npt.ArrayLike, positive: npt.ArrayLike, folds: int = 5, *, seed: int = 0) -> Ints:
    """The fold (0 to `folds` - 1) of each item, every group whole in one, positives spread as evenly as groups allow.

    `groups` and `positive` hold one entry an item. Groups are dealt out largest first, to the fold with the fewest
    positives and then the fewest items, single items in turn; `seed` orders equal ones. Raises `ValueError` for fewer
    groups than folds.
    """
    labels = numbered(np.asarray(groups), np.size(groups))
    number = int(labels.max(initial=-1)) + 1
    if number < folds:
        msg = f"{number} groups cannot be split into {folds} folds. Ask for fewer folds."
        raise ValueError(msg)
    positives = np.bincount(labels, np.asarray(positive, float), number)
    sizes = np.bincount(labels, minlength=number)
    fold_of = np.empty(number, np.int32)
    order = np.lexsort((np.random.default_rng(seed).random(number), -sizes, -positives))
    rich, poor = order[positives[order] > 0], order[positives[order] == 0]
    with_positives, with_items = np.zeros(folds), np.zeros(folds)
    for group in rich:
        fold = np.lexsort((with_items, with_positives))[0]
        fold_of[group] = fold
        with_positives[fold] += positives[group]
        with_items[fold] += sizes[group]
    several = poor[sizes[poor] > 1]
    for group in several:
        fold = int(with_items.argmin())
        fold_of[group] = fold
        with_items[fold] += sizes[group]
    single = poor[sizes[poor] == 1]
    fold_of[single] = np.arange(len(single)) % folds
    return fold_of[labels]


def time_folds(moments: npt.ArrayLike, folds: int = 5) -> Ints:
    """The period (0 oldest) of each item by quantiles of `moments`, -1 where it is NaN; equal moments stay together."""
    when = np.asarray(moments, float)
    known = np.isfinite(when)
    edges = np.quantile(when[known], np.linspace(0, 1, folds + 1)[1:-1]) if known.any() else []
    return np.where(known, np.searchsorted(edges, when, side="left"), -1).astype(np.int32)


def digest(folds: npt.ArrayLike) -> str:
    """The first 16 hex digits of the SHA-256 of a split, so that two reports can be seen to use the same one."""
    return sha256(np.asarray(folds, "<i4").tobytes()).hexdigest()[:16]
