"""Features of pictures without labels, and clusters in them: what a protection looks at in place of classes.

Principal components and random convolutions need nothing but the pictures; an encoder comes from a local folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError

Pixels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
_SIDE = 16  # pixels of a side that principal components look at
_FILTERS, _POOLED = 64, 4
_TRIES, _ROUNDS = 4, 50


@dataclass(frozen=True, slots=True)
class Clusters:
    """Clusters of n pictures: `places` (n) says which each is of, `centres` (clusters, d) where they lie."""

    places: Places
    centres: Numbers


def features(pixels: Pixels, kind: str, *, count: int = 32, seed: int = 0) -> Numbers:
    """Features (n, at most `count`) of pictures: principal components of their `kind`, "pca" or "convolutions"."""
    raw = _small(pixels) if kind == "pca" else _convolved(pixels, seed)
    return components(raw.reshape(len(raw), -1), count)


def encoded(pixels: Pixels, folder: Path, *, count: int = 32) -> Numbers:
    """Principal components (n, at most `count`) of what the encoder in `folder` says of each picture."""
    from headgate.pictures.encoder import load

    encoder = load(folder)
    return components(np.stack([encoder.image(one) for one in pixels]), count)


def components(values: npt.NDArray[np.floating], count: int) -> Numbers:
    """The first `count` principal components (n, at most `count`) of `values` (n, d), signs fixed."""
    centred = values.astype(np.float64) - values.mean(0, dtype=np.float64)
    spread, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, np.argsort(-spread, kind="stable")[:count]]
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])])
    return np.asarray(centred @ axes)


def clustered(values: Numbers, count: int, *, seed: int = 0) -> Clusters:
    """`values` (n, d) in `count` clusters by k-means (Lloyd), the best of a few beginnings drawn by `seed`.

    Raises `UsageError` for fewer than two clusters, fewer than two values for each, or too many that are alike.
    """
    if count < 2 or len(values) < 2 * count:
        msg = f"{len(values)} pictures make no {count} clusters. Ask for 2 or more, and for at most half as many."
        raise UsageError(msg)
    drawn = np.random.default_rng(seed)
    tried = [_settled(values, beginning(values, count, drawn)) for _ in range(_TRIES)]
    spreads = [float(np.square(values - one.centres[one.places]).sum()) for one in tried]
    best = tried[int(np.argmin(spreads))]
    if len(np.unique(best.places)) < count:
        msg = f"the pictures fall into fewer than {count} clusters, as too many are alike. Ask for fewer clusters."
        raise UsageError(msg)
    return best


def beginning(values: Numbers, count: int, drawn: np.random.Generator) -> Numbers:
    """`count` of `values` drawn far from each other (k-means++, Arthur and Vassilvitskii, 2007)."""
    chosen = [int(drawn.integers(len(values)))]
    apart = np.square(values - values[chosen[0]]).sum(1)
    for _ in range(count - 1):
        total = apart.sum()
        chances = apart / total if total > 0 else None  # all alike: any will do
        chosen.append(int(drawn.choice(len(values), p=chances)))
        apart = np.minimum(apart, np.square(values - values[chosen[-1]]).sum(1))
    return values[chosen]


def wrong(centres: npt.NDArray[np.floating]) -> Places:
    """For each of `centres` (clusters, d) another one, each used once, so that the squares of all ways are least."""
    from scipy.optimize import linear_sum_assignment

    apart = np.square(centres[:, None].astype(np.float64) - centres[None]).sum(2)
    np.fill_diagonal(apart, 2 * apart.sum() + 1)  # none stays
    return np.asarray(linear_sum_assignment(apart)[1], np.int64)


def _settled(values: Numbers, centres: Numbers) -> Clusters:
    for _ in range(_ROUNDS):
        # the square of each value is left out, as it is the same for every centre
        places = (np.square(centres).sum(1) - 2 * values @ centres.T).argmin(1)
        sizes = np.bincount(places, minlength=len(centres))
        total = np.zeros_like(centres)
        np.add.at(total, places, values)
        moved = np.where(sizes[:, None] > 0, total / np.maximum(sizes, 1)[:, None], centres)
        if np.array_equal(moved, centres):
            break
        centres = moved
    return Clusters(places.astype(np.int64), centres)


def _small(pixels: Pixels) -> Numbers:
    """Pictures shrunk to sides of at most 16 pixels by the mean of blocks, what does not fit left out, 0 to 1."""
    count, height, width, _ = pixels.shape
    down, side = -(-height // _SIDE), -(-width // _SIDE)
    kept = pixels[:, : height // down * down, : width // side * side]
    blocks = kept.reshape(count, height // down, down, width // side, side, 3)
    return np.asarray(blocks.mean((2, 4)) / 255)


def _convolved(pixels: Pixels, seed: int) -> npt.NDArray[np.float32]:
    """Answers of random 5 x 5 filters, cut at zero and averaged over a grid of 4 x 4."""
    import torch
    from torch import nn

    drawn = np.random.default_rng(seed).standard_normal((_FILTERS, 3, 5, 5)).astype(np.float32)
    filters = torch.from_numpy(drawn - drawn.mean((2, 3), keepdims=True))  # shades alone say nothing to them
    parts = []
    for start in range(0, len(pixels), 250):
        x = torch.from_numpy(pixels[start : start + 250].transpose(0, 3, 1, 2).astype(np.float32) / 255)
        answers = nn.functional.conv2d(x, filters, padding=2).relu()
        parts.append(nn.functional.adaptive_avg_pool2d(answers, _POOLED).numpy())
    return np.concatenate(parts)
