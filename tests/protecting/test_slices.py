from __future__ import annotations

import numpy as np
import pytest

from headgate.protecting.slices import slices


@pytest.mark.parametrize(("count", "side"), [(0, 8), (5, 8), (50_000, 8), (7, 1_000), (2, 4_000)])
def test_slices_hold_each_picture_once_and_are_small(count: int, side: int) -> None:
    pixels = np.broadcast_to(np.uint8(0), (count, side, side, 3))  # takes no memory
    parts = list(slices(pixels))
    assert [n for part in parts for n in range(count)[part]] == list(range(count))
    assert all(pixels[part].size * 8 <= 64 * 2**20 or len(pixels[part]) == 1 for part in parts)
