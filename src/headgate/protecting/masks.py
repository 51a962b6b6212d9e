"""Where a picture may be changed, and changes kept to whole grey levels, to their bound and to those places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError

Pixels = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.floating]


def strongest(sizes: Numbers, share: float) -> Flags:
    """The `share` of places (above 0, to 1) of each picture at which `sizes` (n, height, width) is greatest.

    The number is rounded, and at least one place; of equal ones the first in reading order stand. Raises `UsageError`
    for a share out of range.
    """
    if not 0 < share <= 1:
        msg = f"a share of {share:g} of the pixels is none. Give one above 0, up to 1."
        raise UsageError(msg)
    flat = sizes.reshape(len(sizes), -1)
    chosen = np.zeros(flat.shape, bool)
    order = np.argsort(-flat, axis=1, kind="stable")[:, : max(1, round(share * flat.shape[1]))]
    np.put_along_axis(chosen, order, True, axis=1)
    return chosen.reshape(sizes.shape)


def changed(pixels: Pixels, noise: Numbers, *, most: int, mask: Flags | None = None) -> Pixels:
    """`pixels` (n, height, width, 3) plus `noise` (same shape, in grey levels), rounded, and cut to `most` levels.

    Outside `mask` (n, height, width) every byte stays as it is.
    """
    levels = np.rint(np.clip(noise, -most, most)).astype(np.int16)
    if mask is not None:
        levels *= mask[..., None]
    made: Pixels = np.clip(pixels + levels, 0, 255).astype(np.uint8)
    return made


def levels(eps: int) -> int:
    """`eps` as it is. Raises `UsageError` where it is no number of grey levels that a pixel may change by."""
    if not 1 <= eps <= 255:
        msg = f"an eps of {eps} is no change of a pixel that has 256 grey levels. Give a whole number from 1 to 255."
        raise UsageError(msg)
    return eps


def counted(**given: int) -> None:
    """Raise `UsageError` where one of `given`, numbers by name, is below 1."""
    for name, value in given.items():
        if value < 1:
            msg = f"{name} is {value}, which makes no noise. Give 1 or more."
            raise UsageError(msg)
