"""The detector of class-wise filters, for whoever buys or is given pictures with labels.

A filter that goes with the class leaves its mark in what neighbouring pixels share. A linear model is asked to tell the
class from such figures of single pictures, which know nothing of what is shown: of natural pictures they tell little.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.evidence.intervals import wilson
from headgate.protecting.slices import slices

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
_LAGS = ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0))
_FOLDS = 5


class Told(NamedTuple):
    """The share of pictures whose class is told from local figures alone, its interval, and what chance gives.

    `chance` is the highest of `draws` shares with labels shuffled; `n` pictures, `classes` classes.
    """

    share: float
    low: float
    high: float
    chance: float
    draws: int
    n: int
    classes: int


def filtered(
    pixels: npt.NDArray[np.uint8], labels: Labels, *, draws: int = 19, most: int = 4_000, seed: int = 0
) -> Told:
    """How well the class of `pixels` (n, height, width, 3) can be told from local figures, five-fold cross-validated.

    Of more than `most` pictures as many are drawn. A share above `chance` says that figures and class go together,
    which they do a little in nature; docs/protect.md has what natural pictures give. Raises `UsageError` where a class
    has fewer than five pictures, or there is only one.
    """
    drawn = np.random.default_rng(seed)
    if len(pixels) > most:
        chosen = np.sort(drawn.choice(len(pixels), most, replace=False))
        pixels, labels = pixels[chosen], labels[chosen]
    names, labels = np.unique(labels, return_inverse=True)
    if len(names) < 2 or np.bincount(labels).min() < _FOLDS:
        msg = (
            f"{len(names)} classes, one of fewer than {_FOLDS} pictures: give two or more classes of at least {_FOLDS}."
        )
        raise UsageError(msg)
    known = figures(pixels)
    fold = drawn.permutation(len(labels)) % _FOLDS
    hits = _hits(known, labels, fold)
    shuffled = [_hits(known, drawn.permutation(labels), fold) for _ in range(draws)]
    low, high = wilson(hits, len(labels)) or (0.0, 1.0)
    chance = max(shuffled, default=0) / len(labels)
    return Told(hits / len(labels), low, high, chance, draws, len(labels), len(names))


def figures(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Local figures of each picture (n, 26), standardised: no place, edge or shape is left in them.

    Of each colour: mean, spread, and how far pixels at six short distances go together; and the ratios of the
    colours' means and spreads to each other.
    """
    parts = [_figures(pixels[part].astype(np.float64)) for part in slices(pixels)]
    found = np.concatenate(parts)
    return np.asarray((found - found.mean(0)) / np.maximum(found.std(0), 1e-9))


def _figures(given: Floats) -> Floats:
    mean, spread = given.mean((1, 2)), given.std((1, 2))
    apart = (given - mean[:, None, None, :]) / np.maximum(spread, 1e-3)[:, None, None, :]
    columns = [np.log(mean + 1), np.log(spread + 1)]
    height, width = given.shape[1:3]
    for down, side in _LAGS:
        first = apart[:, : height - down, max(0, -side) : width - max(0, side)]
        second = apart[:, down:, max(0, side) : width + min(0, side)]
        # neighbours nearly agree: the log tells 0.99 from 0.98
        columns.append(np.log(np.square(first - second).mean((1, 2)) + 1e-3))
    ratios = [np.log(mean[:, [0, 2]] + 1) - np.log(mean[:, [1]] + 1)]
    return np.concatenate([*columns, *ratios], axis=1)


def _hits(known: Floats, labels: Labels, fold: npt.NDArray[np.int64]) -> int:
    wanted = np.eye(int(labels.max()) + 1)[labels]
    rows = np.concatenate([known, np.square(known), np.ones((len(known), 1))], axis=1)
    hits = 0
    for one in range(_FOLDS):
        train, test = fold != one, fold == one
        x = rows[train]
        weights = np.linalg.solve(x.T @ x + 10 * np.eye(x.shape[1]), x.T @ wanted[train])
        hits += int(((rows[test] @ weights).argmax(1) == labels[test]).sum())
    return hits
