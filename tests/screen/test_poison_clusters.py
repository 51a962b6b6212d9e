from __future__ import annotations

import io
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.screen.poison_clusters import COUNTS, screen
from headgate.shapes import Batch, Finding, Items, Screened

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def png(picture: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def digits() -> tuple[list[bytes], list[str]]:
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn, whose digits are used, is not installed")
    held = datasets.load_digits()
    return [png(np.round(one * 255 / 16).astype(np.uint8)) for one in held.images], [WORDS[n] for n in held.target]


def items_of(images: list[bytes], captions: list[str], scratch: Path, **more: list[object]) -> Items:
    step = 500
    batches = [
        Batch(
            [sha256(image).hexdigest() for image in images[n : n + step]], captions[n : n + step], images[n : n + step],
            {name: column[n : n + step] for name, column in more.items()},
        )
        for n in range(0, len(images), step)
    ]  # fmt: skip
    return Items(lambda: iter(batches), scratch, scratch)


def read(screened: Screened) -> tuple[np.ndarray, np.ndarray, list[str | None], dict[str, Finding]]:
    parts = list(screened.parts)
    findings = screened.findings() if callable(screened.findings) else screened.findings
    words = [one for _, scores in parts for one in scores.evidence]
    score, axes = (np.concatenate([getattr(scores, name) for _, scores in parts]) for name in ("score", "axes"))
    return score, axes, words, {one.axis: one for one in findings}


def test_clean_digits_have_no_flags(digits: tuple[list[bytes], list[str]], tmp_path: Path) -> None:
    score, _, words, found = read(screen(items_of(*digits, tmp_path)))
    assert len(score) == 1797
    assert (score >= COUNTS).mean() <= 0.01
    assert found[""].value <= 0.01
    assert found[""].low <= found[""].value <= found[""].high
    assert words[0] is None


@pytest.mark.parametrize("seed", range(3))
def test_five_under_a_wrong_word_come_first(digits: tuple[list[bytes], list[str]], tmp_path: Path, seed: int) -> None:
    images, captions = digits
    rng = np.random.default_rng(seed)
    chosen = int(rng.integers(len(images)))
    wrong = str(rng.choice([word for word in WORDS if word != captions[chosen]]))
    score, axes, words, found = read(
        screen(items_of([*images, *[images[chosen]] * 5], [*captions, *[wrong] * 5], tmp_path), seed=seed)
    )
    assert (score > score[-5:].min() - 1e-6).sum() <= 18  # 1 % of 1,802
    assert (score[-5:] >= COUNTS).all()
    assert axes[-1, 2] == 5
    assert words[-1].startswith("group 1 of ")
    assert 5 / 1802 <= found[""].value <= 0.01
    assert found["groups"].value >= 1
    assert found["worst"].value == pytest.approx(float(score.max()))


def test_copies_under_their_own_word_are_let_be(digits: tuple[list[bytes], list[str]], tmp_path: Path) -> None:
    images, captions = digits
    score, _, _, found = read(screen(items_of([*images, *[images[3]] * 5], [*captions, *[captions[3]] * 5], tmp_path)))
    assert score[-1] < COUNTS
    assert found["groups"].value == 1


def test_vectors_and_labels_of_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(2, 16))
    vectors = centres[np.arange(300) % 2] + rng.normal(size=(300, 16)) * 0.4
    vectors[-4:] = vectors[0]
    labels: list[object] = [n % 2 for n in range(296)] + [1] * 4
    texts = [f"text {n}" for n in range(300)]
    batch = Batch(
        [sha256(text.encode()).hexdigest() for text in texts], texts, more={"v": vectors.tolist(), "label": labels}
    )
    score, _, _, _ = read(screen(Items(lambda: iter([batch]), tmp_path, tmp_path), embedding="v", caption="label"))
    assert np.flatnonzero(score >= COUNTS).tolist() == [296, 297, 298, 299]


def test_what_cannot_be_told_has_no_score(digits: tuple[list[bytes], list[str]], tmp_path: Path) -> None:
    images, captions = digits
    score, axes, _, found = read(screen(items_of([*images[:50], b"junk", images[50]], [*captions[:51], ""], tmp_path)))
    assert np.flatnonzero(np.isnan(score)).tolist() == [50, 51]
    assert np.isnan(axes[50]).all()
    assert found[""].n == 50


def test_calls_that_cannot_be(tmp_path: Path) -> None:
    items = items_of([b"x"], ["one"], tmp_path)
    for wrong in (
        {"fewest": 1},
        {"fewest": 9, "most": 8},
        {"false_match": 0.9},
        {"embedding": "v", "embeddings": tmp_path},
    ):
        with pytest.raises(UsageError, match="give 2 <= fewest"):
            screen(items, **wrong)
