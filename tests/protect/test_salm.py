from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.protect.salm import protect
from headgate.protecting import trials
from headgate.shapes import OwnPictures, Protected
from tests import own_pictures
from tests.calling import call
from tests.protecting_pictures import stripes

KEY, OTHER = bytes(32), bytes([1]) * 32


def own() -> OwnPictures:
    return stripes(300, contrast=14, shifted=True)


@cache
def made() -> Protected:
    return protect(own(), key=KEY, eps=16, rounds=15, steps=5)


def quick(given: OwnPictures, **flags: object) -> Protected:
    return protect(given, **{"key": KEY, "rounds": 2, "steps": 2, **flags})  # type: ignore[arg-type]


def test_a_learner_of_the_copy_learns_far_less_though_it_fits_it() -> None:
    given, asked = own(), stripes(200, contrast=14, shifted=True, seed=1)
    clean, copied = (
        [trials.trial("", (pixels, given.labels), (asked.pixels, asked.labels), seed=seed) for seed in (0, 1)]
        for pixels in (given.pixels, made().pixels)
    )
    assert min(one.accuracy for one in clean) > 0.95
    assert np.mean([one.accuracy for one in copied]) < 0.75
    assert min(one.fitted.mean() for one in copied) > 0.95


@pytest.mark.parametrize(("share", "eps", "per"), [(0.25, 8, "class"), (0.1, 40, "class"), (0.5, 3, "picture")])
def test_pixels_outside_the_mask_keep_every_bit_and_none_changes_more_than_eps(
    share: float, eps: int, per: str
) -> None:
    given = stripes(40)
    before = given.pixels.tobytes()
    found = quick(given, share=share, eps=eps, per=per).pixels
    assert given.pixels.tobytes() == before
    changed = (found != given.pixels).any(3).sum((1, 2))
    assert changed.max() <= round(share * 16 * 16)
    assert changed.min() > 0.5 * share * 16 * 16
    assert np.abs(found.astype(int) - given.pixels).max() == eps


def test_the_whole_picture_is_one_of_the_shares() -> None:
    given = stripes(40)
    assert (quick(given, share=1.0).pixels != given.pixels).any(3).mean() > 0.95


def test_the_mask_lies_where_the_class_shows() -> None:
    """The left half is blank and the same in all pictures, so what a learner looks at is on the right."""
    given = stripes(200, contrast=40, noise=5)
    given.pixels[:, :, :8] = 128
    changed = (protect(given, key=KEY, share=0.25, rounds=1, steps=1).pixels != given.pixels).any(3).mean((0, 1))
    assert changed[9:].mean() > 3 * changed[:7].mean()


def test_pictures_of_a_class_share_one_pattern_unless_each_is_to_have_its_own() -> None:
    given = replace(stripes(40), pixels=np.full((40, 16, 16, 3), 128, np.uint8))
    for per, kinds in (("class", 2), ("picture", 40)):
        noise = quick(given, share=1.0, per=per).pixels.reshape(40, -1)
        assert len(np.unique(noise, axis=0)) == kinds


def test_the_same_key_gives_the_same_bytes_and_another_does_not() -> None:
    given = stripes(60)
    first = quick(given).pixels
    assert first.tobytes() == quick(given).pixels.tobytes()
    assert (first != quick(given, key=OTHER).pixels).mean() > 0.2


def test_pictures_of_odd_sides_are_protected() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 9, 21, 3), dtype=np.uint8)
    given = OwnPictures(pixels, np.arange(12) % 3, [f"{n}.png" for n in range(12)])
    assert quick(given).pixels.shape == pixels.shape


def test_what_it_cannot_do_is_said_in_a_line() -> None:
    given = stripes(10)
    for labels in (None, np.zeros(10, np.int64)):
        with pytest.raises(UsageError, match="two or more classes"):
            protect(replace(given, labels=labels), key=KEY)
    for flags in ({"share": 0.0}, {"share": 1.5}, {"eps": 0}, {"eps": 256}, {"rounds": 0}, {"steps": 0}):
        with pytest.raises(UsageError):
            quick(given, **flags)


def test_it_says_what_was_done_and_that_it_does_not_last() -> None:
    assert made().how.startswith("error-minimising noise, one pattern for each of 2 classes, on the 50% of")
    assert "at most 16 of 255 levels" in made().how
    assert "limited in time" in made().how


def test_the_command_writes_a_copy(tmp_path: Path) -> None:
    mine = own_pictures.folder(tmp_path / "mine")
    done = call("protect", "salm", mine, "--out", tmp_path / "out", "--owner", "I own these pictures. A. Lee",
                "--key-file", tmp_path / "key", "--no-trial", "--share", "0.2", "--rounds", "2", "--steps", "2")  # fmt: skip
    assert done.code == 0, done.err
    assert "protect salm: error-minimising noise" in done.out
    assert len(list((tmp_path / "out").rglob("*.png"))) == 36
    assert json.loads((tmp_path / "out" / "report.json").read_text())["settings"]["share"] == 0.2
