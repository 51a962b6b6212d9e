from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import BadInput
from headgate.pictures.decoding import decode, frames

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
ImageOps = pytest.importorskip("PIL.ImageOps", reason="Pillow is not installed")


def file_of(image: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def slope(height: int = 24, width: int = 32) -> np.ndarray:
    """A picture without symmetry, so that every turn and flip shows."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows * 10, columns * 7, rows * 3 + columns], axis=2).astype(np.uint8)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises a huge picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP"])
def test_the_formats_that_are_read(kind: str) -> None:
    pixels = decode(file_of(Image.fromarray(slope()), kind, **({"quality": 95} if kind in {"JPEG", "WEBP"} else {})))
    assert pixels.shape == (24, 32, 3)
    assert pixels.dtype == np.uint8
    tolerance = {"PNG": 0, "BMP": 0, "TIFF": 0}.get(kind, 12)
    assert np.abs(pixels.astype(int) - slope()).mean() <= tolerance


@pytest.mark.parametrize("kind", ["ICO", "PPM", "PCX", "TGA", "SGI", "JPEG2000", "EPS", "PDF"])
def test_other_formats_are_told(kind: str) -> None:
    with pytest.raises(BadInput, match="cannot be decoded"):
        decode(file_of(Image.fromarray(slope()), kind))


@pytest.mark.parametrize("data", [bomb(60_000, 60_000), bomb(9_000, 9_000), bomb(2**31 - 1, 2**31 - 1)])
def test_bombs_are_refused_before_they_are_decoded(data: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        decode(data)
    assert "\n" not in str(caught.value)


def test_the_number_of_pixels_is_the_callers_to_set() -> None:
    data = file_of(Image.fromarray(slope()))
    assert decode(data, most_pixels=24 * 32).shape == (24, 32, 3)
    with pytest.raises(BadInput, match="32 x 24 pixels: at most 767"):
        decode(data, most_pixels=24 * 32 - 1)


@pytest.mark.parametrize("kind", ["BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP"])
def test_every_cut_ends_in_one_line(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    data = file_of(Image.fromarray(noise), kind)
    for end in range(0, len(data) // 2, max(1, len(data) // 40)):
        with pytest.raises(BadInput) as caught:
            decode(data[:end])
        assert "\n" not in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(["BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP"]), st.integers(0, 400))
def test_damage_gives_a_picture_or_bad_input(junk: bytes, kind: str, place: int) -> None:
    data = bytearray(file_of(Image.fromarray(slope()), kind))
    data[place % len(data) : place % len(data) + len(junk)] = junk
    try:
        pixels = decode(bytes(data), size=16, most_pixels=10**6)
    except BadInput as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert max(pixels.shape[:2]) <= 16


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])  # Pillow turns TIFF by itself
@pytest.mark.parametrize("orientation", [*range(10), 77])
def test_exif_orientation(orientation: int, kind: str) -> None:
    image = Image.fromarray(slope())
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = file_of(image, kind, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert (decode(data) == np.asarray(upright)).all()


def test_a_broken_exif_block_does_not_spoil_the_picture() -> None:
    data = file_of(Image.fromarray(slope()), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xff" * 50)
    assert decode(data).shape == (24, 32, 3)


def test_modes() -> None:
    grey = slope()[:, :, 0]
    assert (decode(file_of(Image.fromarray(grey))) == grey[:, :, None]).all()
    assert (decode(file_of(Image.fromarray(grey > 100))) == np.where(grey > 100, 255, 0)[:, :, None]).all()
    deep = (grey.astype(np.uint16)) * 257
    assert (decode(file_of(Image.fromarray(deep))) == grey[:, :, None]).all()
    assert (decode(file_of(Image.fromarray(grey.astype(np.float32) / 255), "TIFF")) == grey[:, :, None]).all()
    cmyk = Image.fromarray(slope()).convert("CMYK")
    assert np.abs(decode(file_of(cmyk, "TIFF")).astype(int) - slope()).max() <= 3
    palette = Image.fromarray(slope()).quantize(64)
    assert (decode(file_of(palette)) == np.asarray(palette.convert("RGB"))).all()


def test_transparent_parts_become_white() -> None:
    clear = np.zeros((2, 3, 4), dtype=np.uint8)
    clear[0, 0] = (200, 0, 0, 255)
    pixels = decode(file_of(Image.fromarray(clear)))
    assert pixels[0, 0].tolist() == [200, 0, 0]
    assert (pixels.reshape(-1, 3)[1:] == 255).all()
    palette = Image.new("P", (2, 1), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    assert decode(file_of(palette, transparency=0)).tolist() == [[[255, 255, 255], [40, 50, 60]]]


def test_size_bounds_the_longer_side_and_enlarges_nothing() -> None:
    data = file_of(Image.fromarray(slope(120, 400)), "JPEG")
    assert decode(data, size=100).shape == (30, 100, 3)
    assert decode(data, size=1000).shape == (120, 400, 3)
    assert decode(file_of(Image.new("RGB", (3000, 1))), size=8).shape == (1, 8, 3)


def film(number: int, kind: str) -> bytes:
    # lossless, and far enough apart that no palette confuses them
    pictures = [Image.new("RGB", (8, 8), (n * 20, 255 - n * 20, 0)) for n in range(number)]
    return file_of(
        pictures[0], kind, save_all=True, append_images=pictures[1:], **({"lossless": True} if kind == "WEBP" else {})
    )


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_films(kind: str) -> None:
    data = film(11, kind)
    assert decode(data)[0, 0].tolist() == [0, 255, 0]
    shown, number = frames(data, most=3)
    assert number == 11
    assert [int(pixels[0, 0, 0]) for pixels in shown] == [0, 100, 200]
    assert [int(pixels[0, 0, 0]) for pixels in frames(data, most=3, most_pixels=64)[0]] == [0, 80, 180]  # 10 frames
    one, number = frames(film(1, kind), most=5)
    assert (len(one), number) == (1, 1)


def test_a_film_cut_off_gives_the_frames_it_has() -> None:
    data = film(9, "GIF")
    shown, _ = frames(data[: len(data) // 2], most=9)
    assert 1 <= len(shown) < 9


def test_empty_and_overlong_files(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="no bytes"):
        decode(b"")
    monkeypatch.setattr("headgate.pictures.decoding.MOST_BYTES", 10)
    with pytest.raises(BadInput, match="11 bytes: at most 10"):
        decode(b"x" * 11)
