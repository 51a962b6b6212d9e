"""From some bad training items to the rest: whatever looks to the model, or by itself, as the known ones do.

A linear discriminant parts the known items from all others, once in the inputs and once in the features of the model
and of each early checkpoint, and an item's score is the mean over them. How far known items stand out is measured on
those that were held out of the fit; an item halfway there is taken.

Reference: C. Elkan and K. Noto (2008), Learning classifiers from only positive and unlabeled data, KDD, 213-220: what
nobody has looked at serves as the negatives. R. A. Fisher (1936), Annals of Eugenics 7, 179-188.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headgate.repair.examples import among
from headgate.repair.shapes import Array, Doubles, ForgetSet, Subject

FOLDS = 5
LEAST = 5  # known items, for one in each fold
SURE = 0.8  # of the known items when held out, that must be found again
APART = 5.0  # standard errors that known items must stand out by when held out: a few of anything do by one or two
WIDEST = 4_096  # columns of raw inputs
_RIDGE = 0.1

Truths = npt.NDArray[np.bool_]


def widened(subject: Subject, forget: ForgetSet) -> ForgetSet:
    """`forget` and the training items that are like its own; its reason says how many, and what share was known.

    `known` becomes the share of held-out known items that were found again. It comes back with its own ids where fewer
    than `LEAST` are known or nothing else is left, those held out stand out by less than `APART`, fewer than `SURE` of
    them are found again, or more than half of all items are taken. Looks at training items only, and raises
    `UsageError` for an id of none.
    """
    known = among(subject.train, forget.ids)
    if known.all():
        return replace(forget, reason=f"{forget.reason}; not widened: there are no other items")
    if known.sum() < LEAST:
        return replace(forget, reason=f"{forget.reason}; not widened: fewer than {LEAST} are known")
    views = _views(subject)
    held_out = np.full(len(known), np.nan)
    for part in np.array_split(np.flatnonzero(known), FOLDS):
        rest = known.copy()
        rest[part] = False
        held_out[part] = _scores(views, rest, ~known)[part]
    middle = float(held_out[known].mean()) / 2
    again = float((held_out[known] > middle).mean())
    found = ~known & (_scores(views, known, ~known) > middle)
    apart = 2 * middle * float(np.sqrt(known.sum()))
    if not apart >= APART or again < SURE or found.sum() > len(found) / 2:
        why = f"{again:.0%} of those held out were found again, {apart:.1f} standard errors from the others"
        return replace(forget, reason=f"{forget.reason}; not widened: {why}")
    share = known.sum() / (known.sum() + found.sum() / again)
    reason = (
        f"{forget.reason}; widened by {int(found.sum())} like them in {len(views)} views: about {share:.0%} were known"
    )
    ids = tuple(one for one, taken in zip(subject.train.ids, known | found, strict=True) if taken)
    return ForgetSet(ids, reason, again)


def _views(subject: Subject) -> list[Array]:
    """What is known of each item (n x d), several times over: itself, and what the models make of it."""
    train, adapter = subject.train, subject.adapter
    models = [subject.model, *(one.model for one in subject.checkpoints)]
    views = [np.asarray(adapter.features(one, train), float).reshape(len(train), -1) for one in models]
    flat = train.x.reshape(len(train), -1)
    if np.issubdtype(train.x.dtype, np.floating) and flat.shape[1] <= WIDEST:
        views.append(flat.astype(float))
    answers = np.empty((len(train), 0))
    if train.y.ndim == 1:
        numbers = np.issubdtype(train.y.dtype, np.floating)
        answers = train.y[:, None] if numbers else (train.y[:, None] == np.unique(train.y)).astype(float)
    return [np.concatenate([_standard(one), answers], axis=1) for one in views]


def _standard(view: Array) -> Array:
    spread = view.std(axis=0)
    found: Array = (view - view.mean(axis=0)) / (spread + 1e-3 * view.std() + 1e-12)
    return found


def _scores(views: list[Array], known: Truths, others: Truths) -> Doubles:
    """How far each item stands towards the known ones (n), in standard deviations of the others, over all views."""
    found: Doubles = np.mean([_discriminant(view, known, others) for view in views], axis=0)
    return found


def _discriminant(view: Array, known: Truths, others: Truths) -> Doubles:
    centres = view[known].mean(axis=0), view[others].mean(axis=0)
    within = np.concatenate([view[known] - centres[0], view[others] - centres[1]])
    covariance = within.T @ within / len(within)
    covariance[np.diag_indices_from(covariance)] += _RIDGE * np.trace(covariance) / len(covariance) + 1e-12
    scores = view @ np.linalg.solve(covariance, centres[0] - centres[1])
    found: Doubles = (scores - scores[others].mean()) / (scores[others].std() + 1e-12)
    return found
