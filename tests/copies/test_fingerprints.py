from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from headgate.copies import fingerprints
from headgate.copies.minhash import plan
from headgate.errors import BadInput, UsageError
from headgate.shapes import Batch

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")


def png(seed: int) -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((64, 64), Image.Resampling.BICUBIC).save(out, "PNG")
    return out.getvalue()


def of_texts(texts: list[str]) -> Batch:
    return Batch([sha256(text.encode()).hexdigest() for text in texts], texts)


def of_images(images: list[bytes]) -> Batch:
    return Batch([sha256(image).hexdigest() for image in images], images=images)


def test_texts_with_their_ids(tmp_path: Path) -> None:
    made = fingerprints.take(
        [of_texts(["one two three"]), of_texts([]), of_texts(["", "four five"])], tmp_path, plan(0.7)
    )
    assert made.kind == "texts"
    assert made.told.tolist() == [True, False, True]
    assert bytes(made.ids[2]).hex() == sha256(b"four five").hexdigest()


def test_a_text_of_a_row_has_the_id_of_the_text(tmp_path: Path) -> None:
    rows = Batch(["0" * 64], ["four five"], more={"text": ["four five"], "n": [7]})
    made = fingerprints.take([rows], tmp_path, plan(0.7))
    assert bytes(made.ids[0]).hex() == sha256(b"four five").hexdigest()


def test_pictures_that_cannot_be_told(tmp_path: Path) -> None:
    flat = io.BytesIO()
    Image.new("RGB", (9, 9), (5, 5, 5)).save(flat, "PNG")
    made = fingerprints.take([of_images([png(0), b"junk", flat.getvalue(), png(1)[:-60]])], tmp_path, plan(0.7))
    assert made.kind == "images"
    assert made.told.tolist() == [True, False, False, False]
    assert made.hashes.shape == (4, 35, 2)


def test_pictures_before_texts_unless_asked(tmp_path: Path) -> None:
    both = Batch(["0" * 64], ["a caption"], [png(0)], more={"text": ["a caption"]})
    assert fingerprints.take([both], tmp_path / "a", plan(0.7)).kind == "images"
    assert fingerprints.take([both], tmp_path / "b", plan(0.7), by="texts").kind == "texts"
    assert fingerprints.take([both], tmp_path / "c", plan(0.7), parts=False).hashes.shape == (1, 1, 2)


@pytest.mark.parametrize("by", ["either", "texts", "images"])
def test_nothing_to_compare(tmp_path: Path, by: str) -> None:
    with pytest.raises(UsageError, match="nothing to compare"):
        fingerprints.take([], tmp_path, plan(0.7), by=by)
    if by == "images":
        with pytest.raises(UsageError, match="no images"):
            fingerprints.take([of_texts(["x"])], tmp_path, plan(0.7), by=by)


def test_files_hold_the_same_but_no_ids_and_no_shingles(tmp_path: Path) -> None:
    made = fingerprints.take([of_images([png(0), b"junk"])], tmp_path / "i", plan(0.7))
    fingerprints.save(made, tmp_path / "i.npz")
    back = fingerprints.load(tmp_path / "i.npz")
    assert back.ids is None
    assert (back.hashes == made.hashes).all()
    assert (back.told == made.told).all()

    texts = fingerprints.take([of_texts(["one two three four", "", "a secret"])], tmp_path / "t", plan(0.7))
    fingerprints.save(texts, tmp_path / "t.npz")
    back = fingerprints.load(tmp_path / "t.npz")
    assert back.sketches.sizes.tolist() == texts.sketches.sizes.tolist()
    assert len(back.sketches.shingles) == 0
    assert all((a == b).all() for a, b in zip(back.sketches.keys, texts.sketches.keys, strict=True))
    held = (tmp_path / "t.npz").read_bytes()
    assert np.asarray(texts.sketches.shingles)[:3].tobytes() not in held


def test_files_that_hold_none(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    good = {
        "made": "headgate fingerprints 1",
        "kind": "images",
        "hashes": np.zeros((2, 35, 2), np.uint64),
        "told": np.ones(2, bool),
    }
    np.savez(path, **good)
    assert fingerprints.load(path).told.tolist() == [True, True]
    wrong = [
        {**good, "made": "another"}, {**good, "hashes": np.zeros((2, 3, 2), np.uint64)}, {**good, "told": np.ones(3, bool)},
        {**good, "hashes": np.zeros((2, 35, 2))}, {"made": good["made"], "kind": "texts"},
        {"made": good["made"], "kind": "texts", "keys": np.zeros((3, 2), np.uint32), "sizes": np.array([1, -1]), "rows": 5},
        {**good, "told": np.array([object()] * 2)},
    ]  # fmt: skip
    for held in wrong:
        np.savez(path, **held)
        with pytest.raises(BadInput, match="does not hold fingerprints") as caught:
            fingerprints.load(path)
        assert "\n" not in str(caught.value)
    np.savez_compressed(path, **good)  # could be a bomb
    with pytest.raises(BadInput):
        fingerprints.load(path)
    for junk in (b"", b"junk", b"PK\x03\x04junk"):
        path.write_bytes(junk)
        with pytest.raises(BadInput):
            fingerprints.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("made.npy", b"junk")
    with pytest.raises(BadInput):
        fingerprints.load(path)
