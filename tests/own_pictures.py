"""Small colour pictures of shapes, made by the tests: a learner tells their classes, a filter leaves them as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from headgate.shapes import OwnPictures

SHAPES = ("bars", "disc", "ring")
SIDE = 16


def drawn(count: int = 60, *, seed: int = 0) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """`count` pictures of each shape (16 x 16), of random place and colours on a random ground, with noise."""
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(SHAPES)), count)
    n = len(labels)
    y, x = np.mgrid[:SIDE, :SIDE]
    down, side = generator.uniform(5, 10, (2, n, 1, 1))
    far = np.hypot(y - down, x - side)
    inside = np.where(labels[:, None, None] == 1, far < 4, (far > 2.5) & (far < 5))
    inside = np.where(labels[:, None, None] == 0, (y + down.astype(int)) % 4 < 2, inside)[..., None]
    ink, ground = generator.uniform(40, 215, (2, n, 1, 1, 3))
    values = np.where(inside, ink, ground) + generator.normal(0, 6, (n, SIDE, SIDE, 3))
    return values.clip(0, 255).astype(np.uint8), labels


def own(count: int = 60, *, seed: int = 0) -> OwnPictures:
    """The same as pictures of one's own."""
    pixels, labels = drawn(count, seed=seed)
    names = [f"{SHAPES[label]}/{n:03}.png" for n, label in enumerate(labels)]
    return OwnPictures(pixels, labels, names, SHAPES)


def folder(path: Path, count: int = 12, *, seed: int = 0) -> Path:
    """The same as a folder with a subfolder for each shape."""
    given = own(count, seed=seed)
    for one, name in zip(given.pixels, given.names, strict=True):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(one).save(path / name)
    return path
