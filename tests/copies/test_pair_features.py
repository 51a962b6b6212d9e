from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from headgate.copies.pair_features import take, weighted
from headgate.errors import BadInput, UsageError
from headgate.pictures.perceptual import BITS, apart
from headgate.shapes import Batch

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")


def png(seed: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(out, "PNG")
    return out.getvalue()


def ids(n: int) -> list[str]:
    return [f"{k:064x}" for k in range(n)]


def test_captions_are_alike_by_their_rare_words() -> None:
    sparse, folded = weighted(["a red fish", "A fish, red!", "a blue bird", "a green dog", ""])
    like = (sparse @ sparse.T).toarray()
    assert like[0, 1] == pytest.approx(1)
    assert like[4].tolist() == [0] * 5
    assert 0 < like[0, 2] < 0.25  # they share only what most have
    assert folded[0] == folded[1]
    assert len(set(folded[1:].tolist())) == 4
    # the weights are log((1 + n) / (1 + texts with it)) + 1, as in smoothed tf-idf
    weights = {
        word: np.log(6 / (1 + many)) + 1 for word, many in {"a": 4, "red": 2, "fish": 2, "blue": 1, "bird": 1}.items()
    }
    length = lambda *words: np.sqrt(sum(weights[w] ** 2 for w in words))  # noqa: E731
    assert like[0, 2] == pytest.approx(weights["a"] ** 2 / length("a", "red", "fish") / length("a", "blue", "bird"))


def test_pictures_and_captions_over_batches() -> None:
    images = [png(0), png(0), png(1), b"junk"]
    captions = ["one", "one", "two", "three"]
    whole = take([Batch(ids(4), captions, images)])
    parts = take(
        [Batch(ids(4)[:1], captions[:1], images[:1]), Batch([], [], []), Batch(ids(4)[1:], captions[1:], images[1:])]
    )
    assert whole.kind == "images"
    assert whole.told.tolist() == [True, True, True, False]
    assert whole.vectors.tolist() == parts.vectors.tolist()
    assert (whole.hashes == parts.hashes).all()
    assert np.linalg.norm(whole.vectors, axis=1).tolist() == pytest.approx([1, 1, 1, 0])
    assert apart(whole.hashes[0], whole.hashes[1]) == 0
    assert apart(whole.hashes[0], whole.hashes[2]) > 30


def test_given_vectors(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(5, 16))
    vectors[4] = 0
    np.save(tmp_path / "v.npy", vectors)
    batch = Batch(ids(5), ["x"] * 5, more={"v": [list(row) for row in vectors], "other": ["a", "b", "c", "", None]})
    by_file = take([batch], embeddings=tmp_path / "v.npy")
    by_column = take([batch], embedding="v")
    assert by_file.vectors == pytest.approx(by_column.vectors)
    assert by_file.told.tolist() == [True] * 4 + [False]
    assert take([batch], embedding="v", caption="other").told.tolist() == [True] * 3 + [False] * 2


def test_signs_differ_as_angles_do(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(size=(400, 64))
    close = base + rng.normal(size=base.shape) * 0.5
    both = np.concatenate([base, close])
    np.save(tmp_path / "v.npy", both)
    made = take([Batch(ids(800), ["x"] * 800)], embeddings=tmp_path / "v.npy")
    centred = made.vectors - made.vectors.mean(axis=0)
    cosine = (
        (centred[:400] * centred[400:]).sum(axis=1)
        / np.linalg.norm(centred[:400], axis=1)
        / np.linalg.norm(centred[400:], axis=1)
    )
    assert apart(made.hashes[:400], made.hashes[400:]).mean() / BITS == pytest.approx(
        (np.arccos(cosine) / np.pi).mean(), abs=0.01
    )


def test_texts_with_labels() -> None:
    texts = ["the cat sat on the mat today", "the cat sat on the mat today", "stocks fell sharply in early trade", ""]
    made = take([Batch(ids(4), texts, more={"label": [1, 1, 2, 2]})], caption="label")
    assert made.kind == "texts"
    assert made.vectors[0].tolist() == made.vectors[1].tolist()
    assert made.vectors[0] @ made.vectors[2] < 0.5
    assert made.told.tolist() == [True, True, True, False]


def test_calls_that_cannot_be(tmp_path: Path) -> None:
    pictures = Batch(ids(2), [], [png(0), png(1)])
    with pytest.raises(UsageError, match="no items"):
        take([])
    with pytest.raises(UsageError, match="no captions"):
        take([pictures])
    with pytest.raises(UsageError, match="no captions"):
        take([Batch(ids(1), ["text"])])
    with pytest.raises(UsageError, match="no column 'label'"):
        take([pictures], caption="label")
    captioned = Batch(ids(2), ["a", "b"], more={"v": [[1.0], [1.0, 2.0]], "w": ["x", "y"]})
    for column in ("v", "w", "none"):
        with pytest.raises(BadInput, match="does not hold vectors"):
            take([captioned], embedding=column)
    for junk in (np.zeros((3, 2)), np.zeros(2), np.zeros((2, 2), complex)):
        np.save(tmp_path / "v.npy", junk)
        with pytest.raises(BadInput, match="2 vectors of numbers"):
            take([captioned], embeddings=tmp_path / "v.npy")
    np.save(tmp_path / "v.npy", np.array([object()] * 2), allow_pickle=True)
    with pytest.raises(BadInput, match=r"no \.npy file"):
        take([captioned], embeddings=tmp_path / "v.npy")


def test_vectors_that_do_not_fit_together(tmp_path: Path) -> None:
    batches = [Batch(ids(1), ["a"], more={"v": [[1.0] * n], "c": ["b"]}) for n in (2, 3)]
    with pytest.raises(BadInput, match="'v' does not hold vectors of one length"):
        take(batches, embedding="v", caption="c")
    np.savez(tmp_path / "v.npz", a=np.ones((2, 2)))
    with pytest.raises(BadInput, match=r"v\.npz is no \.npy file"):
        take(batches, embeddings=tmp_path / "v.npz", caption="c")
