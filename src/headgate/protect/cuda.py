"""Protect pictures by a random filter for each class, drawn from a private key: learners learn the filter instead.

Reads: one's own pictures with a class each, and the private key.
Finds: nothing; it gives a copy in which each picture went through the filter of its class.
Cannot see: whether the caller owns the pictures, and what a thief does. The protection is limited in time: in our
trials shades of grey take most of it away and colours made even some (docs/methods/cuda.md); clean pictures beside
were not tried.
Reference: Sadasivan, Soltanolkotabi, Feizi (2023), CUDA: Convolution-based Unlearnable Datasets, arXiv 2303.04278;
written from a description of the idea alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.protecting import key as keys
from headgate.protecting.slices import slices
from headgate.shapes import OwnPictures, Protected


def protect(own: OwnPictures, *, key: bytes, blur: float = 0.4, size: int = 3, colour: bool = True) -> Protected:
    """A copy of `own` in which each class has a filter of its own.

    `key` draws the filters; `blur` is the largest weight that a filter gives to a neighbour, where the centre has 1;
    `size` is the side of a filter in pixels, odd; `colour` gives red, green and blue a filter each, which is stronger
    and shows as a tint. Raises `UsageError` for pictures without labels, and for a `blur` or `size` out of range.
    """
    if own.labels is None:
        msg = "cuda needs a class for each picture: a folder for each, or labels. unlearnable_clusters needs none."
        raise UsageError(msg)
    if not 0 < blur <= 10 or not 3 <= size <= 31 or size % 2 == 0:
        msg = (
            f"a blur of {blur:g} and a size of {size} make no filter. Give a blur to 10, and an odd size from 3 to 31."
        )
        raise UsageError(msg)
    labels = own.labels
    filters = {
        int(one): kernel(key, _name(own, int(one)), blur=blur, size=size, colour=colour) for one in np.unique(labels)
    }
    made = np.empty_like(own.pixels)
    for part in slices(own.pixels):
        made[part] = filtered(own.pixels[part], np.stack([filters[int(one)] for one in labels[part]]))
    each = "a random filter for each class and colour" if colour else "a random filter for each class"
    return Protected(made, f"{each}: {len(filters)} classes, {size} x {size} pixels, neighbours up to {blur:g}")


def kernel(key: bytes, name: str, *, blur: float = 0.4, size: int = 3, colour: bool = True) -> npt.NDArray[np.float64]:
    """The filter (3 colours, `size`, `size`) of the class called `name`: 1 in each centre, else from 0 to `blur`.

    It is then scaled so that all weights sum to 3, and grey areas keep their brightness.
    """
    made = blur * keys.uniform(key, "cuda", name, shape=(3 if colour else 1, size, size))
    made[:, size // 2, size // 2] = 1
    made = np.repeat(made, 3 // len(made), axis=0)
    return np.asarray(made * (3 / made.sum()))


def filtered(pixels: npt.NDArray[np.uint8], kernels: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Each of `pixels` (n, height, width, 3) under its own of `kernels` (n, 3, size, size), edges repeated.

    Sums are made one neighbour after the other, so that the bytes are the same on every machine.
    """
    size, (height, width) = kernels.shape[-1], pixels.shape[1:3]
    half = size // 2
    padded = np.pad(pixels, ((0, 0), (half, half), (half, half), (0, 0)), mode="edge").astype(np.float64)
    total = np.zeros(pixels.shape)
    for down in range(size):
        for side in range(size):
            moved = padded[:, down : down + height, side : side + width]
            total += kernels[:, None, None, :, down, side] * moved
    made: npt.NDArray[np.uint8] = np.rint(total).clip(0, 255).astype(np.uint8)
    return made


def _name(own: OwnPictures, label: int) -> str:
    # by name, so that a class that is added leaves the filters of the others as they are
    return own.classes[label] if label < len(own.classes) else str(label)
