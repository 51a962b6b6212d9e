"""Pictures a few at a time, so that what is computed of them fits in memory however large they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

_VALUES = 2**23  # 64 MB in float64


def slices(pixels: npt.NDArray[np.uint8]) -> Iterator[slice]:
    """Slices of `pixels` (n, height, width, 3), one after the other, of at least one picture each."""
    many = max(1, _VALUES // max(1, pixels[:1].size))
    for start in range(0, len(pixels), many):
        yield slice(start, start + many)
