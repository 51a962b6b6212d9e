"""Distributions of numbers on a fixed grid, and the Wasserstein distance between two of them.

On a line the distance is the least mean difference over all ways to pair the numbers off, and it needs no pairing.
Reference: L. N. Vaserstein (1969); for one dimension see C. Villani (2003), Topics in Optimal Transportation, 2.2.
Checked against: the least over all permutations, by enumeration; scipy.stats.wasserstein_distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST = 10.0  # nodes that one point of a sketch stands for: fewer could point at somebody


@dataclass(frozen=True, slots=True)
class Grid:
    """Points 0, step, 2 step ... (points - 1) step."""

    step: float
    points: int


DOUBLINGS = Grid(1 / 8, 281)  # of binary logarithms, 0 to 35
EIGENVALUES = Grid(1 / 100, 201)  # of a normalised Laplacian, 0 to 2


def on_grid(values: npt.ArrayLike, grid: Grid, weights: npt.ArrayLike | None = None) -> Floats:
    """How much of `values` (n), each of weight 1 or `weights` (n), falls to each point of `grid`, shape (points).

    A value between two points is shared by them, so that what differs by rounding alone stays as near. Values beyond
    the grid fall to its ends.
    """
    place = np.clip(np.asarray(values, np.float64) / grid.step, 0, grid.points - 1)
    below = np.minimum(place.astype(np.int64), grid.points - 2)
    part = place - below
    weight = np.ones(len(place)) if weights is None else np.asarray(weights, np.float64)
    found = np.zeros(grid.points)
    found += np.bincount(below, weight * (1 - part), minlength=grid.points)
    found += np.bincount(below + 1, weight * part, minlength=grid.points)
    return found


def distance(first: Floats, second: Floats, grid: Grid) -> float:
    """The Wasserstein-1 distance of two distributions (points) on `grid`, each taken as shares, in units of the grid.

    Raises `ValueError` where one has no mass.
    """
    if first.sum() <= 0 or second.sum() <= 0:
        msg = "a distribution without mass has no distance from another."
        raise ValueError(msg)
    ahead = np.cumsum(first / first.sum() - second / second.sum())
    return float(round(grid.step * np.abs(ahead[:-1]).sum(), 10))


def pooled(mass: Floats, least: float = LEAST) -> Floats:
    """`mass` (points) with points of less than `least` taken together, from the far end: no point is of a few nodes."""
    found = np.zeros_like(mass)
    carried, last = 0.0, -1
    for place in np.flatnonzero(mass)[::-1].tolist():
        carried += mass[place]
        if carried >= least:
            found[place], carried, last = carried, 0.0, place
    if last >= 0:
        found[last] += carried
    return found
