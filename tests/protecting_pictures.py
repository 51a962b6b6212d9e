"""Small pictures that are made for tests of protections: stripes that lie or stand, with some noise."""

from __future__ import annotations

import numpy as np

from headgate.shapes import OwnPictures


def stripes(count: int, *, side: int = 16, contrast: int = 12, noise: int = 25, shifted: bool = False,
            seed: int = 0) -> OwnPictures:  # fmt: skip
    """`count` pictures (count, side, side, 3): lying stripes are class 0, standing ones class 1, one after the other.

    Where `shifted`, the stripes of each picture begin elsewhere, so that no pixel alone tells the class.
    """
    drawn = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    begin = drawn.integers(0, 4, (count, 1)) if shifted else np.zeros((count, 1), np.int64)
    waves = np.where((np.arange(side) + begin) // 2 % 2, contrast, -contrast)
    both = np.where(labels[:, None, None] == 0, waves[:, :, None], waves[:, None, :])
    pixels = 128 + both[..., None] + noise * drawn.standard_normal((count, side, side, 3))
    return OwnPictures(
        np.rint(pixels).clip(0, 255).astype(np.uint8), labels.astype(np.int64), [f"{n}.png" for n in range(count)]
    )
