from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.protect.unlearnable_clusters import protect
from headgate.protecting import trials
from headgate.shapes import OwnPictures, Protected
from tests import own_pictures
from tests.calling import call
from tests.protecting_pictures import stripes
from tests.tiny_clip import save_clip

KEY, OTHER = bytes(32), bytes([1]) * 32


class Unreadable(OwnPictures):
    """Pictures whose labels and names nobody may look at."""

    def __getattribute__(self, name: str) -> object:
        assert name in {"pixels", "__class__"}, f"{name} was read"
        return super().__getattribute__(name)


@cache
def made() -> Protected:
    return protect(replace(stripes(300), labels=None), key=KEY, clusters=2)


def quick(given: OwnPictures, **flags: object) -> Protected:
    return protect(given, **{"key": KEY, "clusters": 3, "passes": 1, "steps": 5, **flags})  # type: ignore[arg-type]


def test_a_learner_of_labels_that_were_never_seen_is_led_astray() -> None:
    given, asked = stripes(300), stripes(200, seed=1)
    clean, copied = (
        [trials.trial("", (pixels, given.labels), (asked.pixels, asked.labels), epochs=4, seed=seed).accuracy
         for seed in (0, 1)]
        for pixels in (given.pixels, made().pixels)
    )  # fmt: skip
    assert min(clean) > 0.95
    assert max(copied) < 0.7


def test_labels_are_never_read() -> None:
    given = stripes(60)
    first = quick(given).pixels
    assert first.tobytes() == quick(Unreadable(given.pixels, given.labels, given.names)).pixels.tobytes()
    others = replace(given, labels=1 - np.asarray(given.labels), classes=("a", "b"))
    assert first.tobytes() == quick(others).pixels.tobytes()


@pytest.mark.parametrize("surrogate", ["pca", "convolutions"])
@pytest.mark.parametrize("eps", [1, 16])
def test_no_pixel_changes_more_than_eps_and_each_cluster_carries_one_pattern(surrogate: str, eps: int) -> None:
    given = stripes(60)
    before = given.pixels.tobytes()
    noise = quick(given, surrogate=surrogate, eps=eps).pixels.astype(int) - given.pixels
    assert given.pixels.tobytes() == before
    assert np.abs(noise).max() == eps
    inside = (given.pixels >= 16) & (given.pixels <= 239)  # where nothing was cut at 0 or 255
    assert inside.all((1, 2, 3)).sum() > 20
    assert len(np.unique(noise[inside.all((1, 2, 3))].reshape(-1, 16 * 16 * 3), axis=0)) == 3


def test_the_same_key_gives_the_same_bytes_and_another_does_not() -> None:
    given = stripes(60)
    first = quick(given).pixels
    assert first.tobytes() == quick(given).pixels.tobytes()
    assert (first != quick(given, key=OTHER).pixels).mean() > 0.2


def test_what_it_cannot_do_is_said_in_a_line(tmp_path: Path) -> None:
    given = stripes(10)
    for flags in ({"clusters": 1}, {"clusters": 6}, {"eps": 0}, {"eps": 300}, {"passes": 0}, {"steps": 0}):
        with pytest.raises(UsageError):
            quick(given, **flags)
    with pytest.raises(UsageError, match="safetensors"):
        quick(given, encoder=tmp_path)
    alike = replace(given, pixels=np.zeros_like(given.pixels))
    with pytest.raises(UsageError, match="too many are alike"):
        quick(alike)


def test_it_says_what_was_done_and_that_it_does_not_last() -> None:
    assert made().how == (
        "one pattern for each of 2 clusters told by principal components, without labels, at most 16 of 255 levels; "
        "limited in time"
    )


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return own_pictures.folder(tmp_path / "mine")


def test_the_command_writes_a_copy(tmp_path: Path, mine: Path) -> None:
    done = call("protect", "unlearnable_clusters", mine, "--out", tmp_path / "out", "--owner", "Mine. A. Lee",
                "--key-file", tmp_path / "key", "--no-trial", "--clusters", "3", "--steps", "5")  # fmt: skip
    assert done.code == 0, done.err
    assert "one pattern for each of 3 clusters" in done.out
    assert len(list((tmp_path / "out").rglob("*.png"))) == 36
    assert json.loads((tmp_path / "out" / "report.json").read_text())["settings"]["clusters"] == 3


def test_an_encoder_of_a_local_folder_tells_the_clusters(tmp_path: Path, mine: Path) -> None:
    folder = save_clip(tmp_path / "clip")
    done = call("protect", "unlearnable_clusters", mine, "--out", tmp_path / "out", "--owner", "Mine. A. Lee",
                "--key-file", tmp_path / "key", "--no-trial", "--steps", "5", "--clusters", "3", "--encoder", folder)  # fmt: skip
    assert done.code == 0, done.err
    assert "3 clusters told by an encoder" in done.out
    assert json.loads((tmp_path / "out" / "report.json").read_text())["settings"]["encoder"] == "clip"
    given = own_pictures.own(12)
    assert (quick(given, encoder=folder).pixels != quick(given).pixels).any()
