"""Decoding images that nobody vouches for: bombs, stumps and odd kinds end in `BadInput`, never in a crash.

Only the formats named here are tried, so that the rarely used decoders of Pillow stay shut. The number of pixels is
read from the header and judged before any is decoded.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from PIL import Image

Pixels: TypeAlias = npt.NDArray[np.uint8]

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
MOST_BYTES = 256 * 2**20
MOST_PIXELS = 64_000_000  # cameras go to about 61 million; 192 MB as RGB
MOST_FRAMES = 1_000  # what is looked through of a film; reaching a late frame means decoding those before
ORIENTATION = 0x0112  # EXIF tag
# What brings each EXIF orientation upright: transpose, then flip up-down, then flip left-right.
_UPRIGHT = {2: (0, 0, 1), 3: (0, 1, 1), 4: (0, 1, 0), 5: (1, 0, 0), 6: (1, 0, 1), 7: (1, 1, 1), 8: (1, 1, 0)}


def decode(data: bytes, *, most_pixels: int = MOST_PIXELS, size: int | None = None) -> Pixels:
    """The first frame of an image file as uint8 RGB (height x width x 3), upright as its EXIF says.

    Transparent parts become white. With `size` the longer side is brought down to at most that many pixels; nothing
    is enlarged. `BadInput` for what is empty, too large, cut off, no image, or of a format not in `FORMATS`.
    """
    return frames(data, most=1, most_pixels=most_pixels, size=size)[0][0]


def frames(
    data: bytes, *, most: int = 4, most_pixels: int = MOST_PIXELS, size: int | None = None
) -> tuple[list[Pixels], int]:
    """Up to `most` frames spread evenly over an animated file, each as `decode` gives it, and how many it has.

    Frames after the first that cannot be decoded are left out, and not counted where the file ends early. Of more than
    `MOST_FRAMES`, or of frames that together have over ten times `most_pixels`, only the first ones are looked at.
    `BadInput` as in `decode`; `MissingExtra` without Pillow.
    """
    if not data:
        msg = "an image has no bytes: leave it out or fetch it again."
        raise BadInput(msg)
    if len(data) > MOST_BYTES:
        msg = f"an image has {len(data):,} bytes: at most {MOST_BYTES:,} are read."
        raise BadInput(msg)
    _needed()
    try:
        # Pillow warns of oddities that end well, and of bombs, which must not.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _frames(data, most, most_pixels, size)
    except BadInput:
        raise
    except Exception as error:  # a damaged file makes decoders raise nearly anything, struct.error to MemoryError
        reason = " ".join(str(error).split())[:120] or "it ends early or is damaged"
        if type(error).__name__ == "UnidentifiedImageError":
            reason = f"it is none of {', '.join(FORMATS)}"
        msg = f"an image of {len(data):,} bytes cannot be decoded ({type(error).__name__}: {reason})."
        raise BadInput(msg) from error


def _needed() -> None:
    """Raise `MissingExtra` without Pillow: told as such, and not as an image that is damaged."""
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        msg = "decoding images needs Pillow. Install it with: pip install 'headgate[screen]'"
        raise MissingExtra(msg) from error


def _frames(data: bytes, most: int, most_pixels: int, size: int | None) -> tuple[list[Pixels], int]:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        area = image.width * image.height
        if not 0 < area <= most_pixels:
            msg = f"an image is {image.width:,} x {image.height:,} pixels: at most {most_pixels:,} are decoded."
            raise BadInput(msg)
        if size is not None:
            image.draft(None, (2 * size, 2 * size))  # JPEG decodes straight to a smaller picture
        shown = [_upright(image, size)]
        if most < 2:  # counting frames means reading the whole file
            return shown, 1
        limit = max(1, min(MOST_FRAMES, 10 * most_pixels // area))
        try:
            number = int(getattr(image, "n_frames", 1))
        except Exception:  # a film cut off cannot be counted, only followed
            with Image.open(io.BytesIO(data), formats=FORMATS) as again:
                shown += _later(again, range(1, min(most, limit)), size)
            return shown, len(shown)
        reach = min(number, limit)
        places = sorted({step * (reach - 1) // (most - 1) for step in range(1, most)} - {0})
        return shown + _later(image, places, size), number


def _later(image: Image.Image, places: Sequence[int], size: int | None) -> list[Pixels]:
    shown = []
    for place in places:
        try:
            image.seek(place)
            shown.append(_upright(image, size))
        except Exception:  # a film cut off is judged by the frames it has
            break
    return shown


def _upright(image: Image.Image, size: int | None) -> Pixels:
    from PIL import Image

    image.load()
    flat = _rgb(image)
    if size is not None and max(flat.size) > size:
        scale = size / max(flat.size)
        shape = max(1, round(flat.width * scale)), max(1, round(flat.height * scale))
        flat = flat.resize(shape, Image.Resampling.BOX)
    pixels = np.asarray(flat, dtype=np.uint8)
    turn, down, side = _UPRIGHT.get(_orientation(image), (0, 0, 0))
    pixels = pixels.transpose(1, 0, 2) if turn else pixels
    return np.ascontiguousarray(pixels[:: -1 if down else 1, :: -1 if side else 1])


def _rgb(image: Image.Image) -> Image.Image:
    """RGB of any mode; more than 8 bits are scaled, as a plain conversion would cut them off."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0)
        top = values.max(initial=0)
        scale = 255.0 if top <= 1 and image.mode == "F" else 1.0 if top <= 255 and image.mode != "I;16" else 1 / 257
        values = np.clip(values * scale, 0, 255).astype(np.uint8)
        return Image.fromarray(np.repeat(values[:, :, None], 3, axis=2))
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        clear = image.convert("RGBA")
        ground = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, clear).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # a broken EXIF block spoils the orientation, not the picture
        return 1
