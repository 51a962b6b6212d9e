"""How much of a change of pictures can be seen."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from headgate.protecting.slices import slices


class Visible(NamedTuple):
    """The change of all pictures together: PSNR in decibels (infinite for none), and grey levels of 255."""

    psnr: float
    mean: float
    largest: int


def visible(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> Visible:
    """The change from `before` to `after`, both (n, height, width, 3): 10 log10(255^2 / mean squared difference)."""
    squares = levels = largest = 0
    for part in slices(before):
        apart = np.abs(before[part].astype(np.int64) - after[part])
        squares += int(np.square(apart).sum())
        levels += int(apart.sum())
        largest = max(largest, int(apart.max(initial=0)))
    psnr = 10 * math.log10(255**2 * before.size / squares) if squares else math.inf
    return Visible(psnr, levels / before.size, largest)
