from __future__ import annotations

import io

import numpy as np
import pytest

from headgate.pictures import perceptual
from headgate.pictures.perceptual import BITS, SIDE, VIEWS, apart, frequencies, greys, hashed, mirrored, near, packed

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")


def scene(seed: int, side: int = 192) -> np.ndarray:
    """A smooth picture like no other: noise of few frequencies, coloured."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (7, 7, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))


def whole(picture: np.ndarray) -> np.ndarray:
    return hashed(greys(picture)[None], parts=False)[0][0, 0]


def least(picture: np.ndarray, other: np.ndarray) -> int:
    """Bits that the whole of one differs in from the nearest view of the other."""
    return int(apart(hashed(greys(other)[None])[0][0], whole(picture)[None]).min())


def test_the_signs_are_those_of_the_cosine_transform() -> None:
    from scipy.fft import dctn

    picture = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE)).astype(np.float32)
    spectrum = dctn(picture)[:15, :15]
    down, side = np.mgrid[0:15, 0:15]
    chosen = (down + side <= 14) & (down + side > 0)
    ours = frequencies(picture[None])[0]
    # a pixel's mean of a cosine is its middle times a factor that changes no sign
    assert (ours > 0).tolist() == (spectrum[chosen] > 0).tolist()
    assert (packed((spectrum[chosen] > 0)[None])[0] == hashed(picture[None], parts=False)[0][0, 0]).all()


def test_squares_of_the_frequencies_sum_to_the_variance() -> None:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    picture = (100 + 30 * np.cos(np.pi * 3 * (rows + 0.5 / SIDE)) * np.cos(np.pi * 2 * (columns + 0.5 / SIDE))).astype(
        np.float32
    )
    assert (frequencies(picture[None]) ** 2).sum() == pytest.approx(picture.var(), rel=0.01)


def test_changes_that_leave_the_picture_change_few_bits() -> None:
    rng = np.random.default_rng(0)
    for seed in range(10):
        picture, out = scene(seed), io.BytesIO()
        Image.fromarray(picture).save(out, "JPEG", quality=20)
        jpeg = np.asarray(Image.open(out).convert("RGB"))
        noisy = np.clip(picture + rng.normal(0, 10, picture.shape), 0, 255).astype(np.uint8)
        small = np.asarray(Image.fromarray(picture).resize((40, 60)))
        bright = np.clip(picture * 0.8 + 30, 0, 255).astype(np.uint8)
        for changed in (jpeg, noisy, small, bright):
            assert apart(whole(changed), whole(picture)) <= 25
        assert 25 < apart(whole(scene(seed + 100)), whole(picture)) < 95


def test_mirror_images_are_told_from_the_hash_alone() -> None:
    for seed in range(10):
        picture = scene(seed)
        flipped = whole(picture[:, ::-1])
        assert apart(mirrored(whole(picture)[None])[0], flipped) <= 2  # but for frequencies near 0
        assert apart(whole(picture), flipped) > 20


def test_crops_are_near_a_part() -> None:
    found = {0.9: 0, 0.8: 0, 0.7: 0}
    rng = np.random.default_rng(1)
    for seed in range(20):
        picture = scene(seed)
        for side in found:
            length = int(side * 192)
            x, y = rng.integers(0, 192 - length + 1, 2)
            found[side] += least(picture[y : y + length, x : x + length], picture) <= 30
    assert found[0.9] >= 19
    assert found[0.8] >= 17
    assert found[0.7] >= 12


def test_plain_pictures_are_not_told() -> None:
    flat = np.full((50, 50, 3), 90, np.uint8)
    faint = flat + np.arange(50, dtype=np.uint8)[:, None, None] // 20
    hashes, told = hashed(np.stack([greys(flat), greys(faint), greys(scene(0))]))
    assert told.tolist() == [False, False, True]
    assert hashes.shape == (3, VIEWS, 2)
    assert (frequencies(greys(flat)[None]) == 0).all()


def test_a_plain_part_has_the_hash_of_the_whole() -> None:
    picture = np.zeros((SIDE, SIDE), np.float32)
    picture[:30] = np.random.default_rng(0).integers(0, 255, (30, SIDE))
    picture[9:] = 0  # only a strip at the top, which the lower parts do not reach
    hashes, _ = hashed(picture[None])
    same = (hashes[0] == hashes[0, 0]).all(axis=1)
    assert same.sum() > 10
    assert not same.all()


def test_hashes_do_not_depend_on_batches() -> None:
    pictures = np.stack([greys(scene(seed)) for seed in range(70)])
    together = hashed(pictures)[0]
    assert (together[66:68] == hashed(pictures[66:68])[0]).all()


def brute(queries: np.ndarray, references: np.ndarray, most: int) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for turned in (queries, mirrored(queries)):
        for q, one in enumerate(turned):
            for r, other in enumerate(references):
                bits = sum(bin(int(a) ^ int(b)).count("1") for a, b in zip(one, other, strict=True))
                if bits <= most:
                    found[q, r] = min(bits, found.get((q, r), BITS))
    return found


def folded(parts: object) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for query, reference, bits in parts:
        for q, r, b in zip(query.tolist(), reference.tolist(), bits.tolist(), strict=True):
            found[q, r] = min(b, found.get((q, r), BITS))
    return found


def test_search_is_that_of_an_exhaustive_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    references = rng.random((60, BITS)) > 0.5
    queries = references[rng.integers(0, 60, 40)] ^ (rng.random((40, BITS)) < 0.08)
    q, r = packed(queries), packed(references)
    expected = brute(q, r, 20)
    assert len(expected) >= 38
    assert folded(near(q, r, 20)) == expected
    monkeypatch.setattr(perceptual, "_BLOCK", 50)
    assert folded(near(q, r, 20)) == expected
    assert folded(near(q, r, 20, full=0)) == expected  # samples miss 8 % changed bits in fewer than 1 of 100 pairs
    assert folded(near(q, r, 20, mirror=False)) == brute_straight(q, r, 20)
    assert folded(near(q, r, -1)) == folded(near(q[:0], r, 20)) == {}


def brute_straight(queries: np.ndarray, references: np.ndarray, most: int) -> dict[tuple[int, int], int]:
    bits = apart(queries[:, None], references[None])
    return {(int(q), int(r)): int(bits[q, r]) for q, r in zip(*np.nonzero(bits <= most), strict=True)}


def test_sampled_search_misses_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    references = rng.random((2_000, BITS)) > 0.5
    for changed, fewest in ((0.05, 1.0), (0.1, 0.97)):
        queries = references ^ (rng.random(references.shape) < changed)
        found = folded(near(packed(queries), packed(references), 40, mirror=False, full=0))
        assert np.mean([(n, n) in found for n in range(2_000)]) >= fewest
