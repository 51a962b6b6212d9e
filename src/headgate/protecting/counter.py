"""Counter-measures: what somebody who took protected pictures does to learn from them after all.

Those that always do the same work on pixels; those that draw work on each batch as it is learnt. None is secret: they
are what any tutorial on training teaches, and what papers on such protections are judged by.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from headgate.errors import UsageError
from headgate.protecting import roughen
from headgate.protecting.learner import Change, Pixels


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter-measure: `still` changes pixels once, `change` each batch, `adversary` grey levels in `steps` steps."""

    name: str
    said: str
    still: Callable[[Pixels], Pixels] | None = None
    change: Change | None = None
    adversary: float = 0.0
    steps: int = 1


def blur(pixels: Pixels, sigma: float = 1.0) -> Pixels:
    """Each channel blurred by a Gaussian of `sigma` pixels, edges repeated."""
    from scipy.ndimage import gaussian_filter

    blurred = gaussian_filter(pixels.astype(np.float32), (0, sigma, sigma, 0), mode="nearest")
    return np.rint(blurred).astype(np.uint8)


def jpeg(pixels: Pixels, quality: int = 30) -> Pixels:
    """Each picture written as JPEG of `quality` (1 to 95) and read again."""
    from PIL import Image

    made = np.empty_like(pixels)
    for n, one in enumerate(pixels):
        file = io.BytesIO()
        Image.fromarray(one).save(file, "JPEG", quality=quality)
        with Image.open(file) as opened:
            made[n] = np.asarray(opened.convert("RGB"))
    return made


def grey(pixels: Pixels) -> Pixels:
    """Each picture in shades of grey, by the luma weights of ITU-R BT.601."""
    luma = np.rint(pixels @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    return np.repeat(luma[..., None], 3, axis=3)


def even(pixels: Pixels) -> Pixels:
    """Each colour of each picture brought to the same mean (127.5) and spread (64 grey levels)."""
    given = pixels.astype(np.float32)
    apart = given - given.mean((1, 2), keepdims=True)
    made = 127.5 + 64 * apart / np.maximum(given.std((1, 2), keepdims=True), 1e-3)
    return np.asarray(np.rint(made).clip(0, 255), np.uint8)


COUNTERS = (
    Counter("augment", "random crops, flips and colours", change=roughen.augment),
    Counter("blur", "Gaussian blur of 1 pixel", still=blur),
    Counter("jpeg", "JPEG of quality 30", still=jpeg),
    Counter("grey", "shades of grey", still=grey),
    Counter("even", "each colour of each picture at one mean and spread", still=even),
    Counter("filters", "a random filter on each picture, anew each time", change=roughen.filtered),
    Counter("adversarial", "adversarial training, PGD of 3 steps, 8 grey levels", adversary=8.0, steps=3),
)
NAMES = tuple(one.name for one in COUNTERS)


def find(name: str) -> Counter:
    """The counter-measure called `name`, "" for none. Raises `UsageError` with the names there are."""
    if not name:
        return Counter("", "none")
    for one in COUNTERS:
        if one.name == name:
            return one
    msg = f"no counter-measure {name!r}. There are {', '.join(NAMES)}."
    raise UsageError(msg)
