from __future__ import annotations

import io
import json
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput, MissingExtra, UsageError
from headgate.screen.replication import screen
from headgate.shapes import Batch, Finding, Items, Screened

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
WORDS = ["".join(np.random.default_rng(n).choice(list("abdeiklmnoprstu"), 5)) for n in range(300)]


def sentences(n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, 9)) for _ in range(n)]


def of_texts(texts: list[str], scratch: Path, size: int = 17) -> Items:
    scratch.mkdir(parents=True, exist_ok=True)
    parts = [texts[n : n + size] for n in range(0, len(texts), size)]
    batches = [Batch([sha256(text.encode()).hexdigest() for text in part], part) for part in parts]
    return Items(lambda: iter(batches), scratch, scratch)


def of_images(images: list[bytes], scratch: Path, size: int = 17) -> Items:
    scratch.mkdir(parents=True, exist_ok=True)
    parts = [images[n : n + size] for n in range(0, len(images), size)]
    batches = [Batch([sha256(image).hexdigest() for image in part], images=part) for part in parts]
    return Items(lambda: iter(batches), scratch, scratch)


def scene(seed: int) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 256, (7, 7, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((160, 120), Image.Resampling.BICUBIC)


def file_of(image: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def read(screened: Screened) -> tuple[list[str], np.ndarray, np.ndarray, list[str | None], dict[str, Finding]]:
    ids, score, axes, words = [], [], [], []
    for some, scores in screened.parts:
        ids += some
        score.append(scores.score)
        axes.append(scores.axes)
        words += scores.evidence
    findings = screened.findings() if callable(screened.findings) else screened.findings
    return ids, np.concatenate(score), np.concatenate(axes), words, {one.axis: one for one in findings}


def test_duplicates_inside_texts(tmp_path: Path) -> None:
    texts = sentences(200, 0)
    texts += [texts[0], texts[0], texts[4] + " zz", ""]
    ids, score, axes, words, found = read(screen(of_texts(texts, tmp_path)))
    assert ids == [sha256(text.encode()).hexdigest() for text in texts]
    assert np.flatnonzero(score > 0).tolist() == [0, 4, 200, 201, 202]
    assert np.isnan(score[203])
    assert axes[:, 0][:203].tolist() == score[:203].tolist()
    assert np.isnan(axes[:, 1]).all()
    assert axes[[0, 4, 5], 2].tolist() == [3, 2, 1]
    assert words[0] == "one of 3 near copies, likeness 1.00"
    assert words[5] is None
    assert (found[""].value, found[""].n) == (5 / 203, 203)
    assert found["exact"].value == 3 / 203  # the one without text is not compared
    assert found["surplus"].value == 3 / 203
    assert found["largest"].value == 3
    assert found[""].low < 5 / 203 < found[""].high


def test_texts_need_no_pillow_and_pictures_say_that_they_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = file_of(scene(0))
    monkeypatch.setitem(sys.modules, "PIL", None)
    found = read(screen(of_texts([*sentences(20, 1), *sentences(1, 1)], tmp_path / "t")))[4]
    assert found["exact"].value == pytest.approx(2 / 21)
    with pytest.raises(MissingExtra, match=r"headgate\[screen\]"):
        read(screen(of_images([picture] * 3, tmp_path / "i")))


def test_it_does_not_depend_on_batches(tmp_path: Path) -> None:
    texts = sentences(60, 0) * 2
    one = read(screen(of_texts(texts, tmp_path / "a", size=120)))
    other = read(screen(of_texts(texts, tmp_path / "b", size=7)))
    assert one[0] == other[0]
    assert one[1].tolist() == other[1].tolist()
    assert one[4] == other[4]


def test_images_and_their_variants(tmp_path: Path) -> None:
    pictures = [scene(seed) for seed in range(60)]
    images = [file_of(picture) for picture in pictures]
    images += [
        file_of(pictures[0], "JPEG", quality=30),
        file_of(pictures[1].transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        file_of(pictures[2].crop((16, 12, 144, 108))),
        b"no picture",
    ]
    _, score, _, words, found = read(screen(of_images(images, tmp_path)))
    assert np.flatnonzero(score > 0).tolist() == [0, 1, 2, 60, 61, 62]
    assert np.isnan(score[63])
    assert words[63] == "empty, plain or not to be decoded"
    assert (found[""].value, found["exact"].value) == (6 / 63, 0)
    assert "1 empty, plain or not decoded" in found[""].evidence
    _, score, _, _, _ = read(screen(of_images(images, tmp_path / "whole"), parts=False))
    assert np.flatnonzero(score > 0).tolist() == [0, 1, 60, 61]  # crops need the parts


def lines(texts: list[str], path: Path) -> Path:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


def test_outputs_that_copy_and_why(tmp_path: Path) -> None:
    training = sentences(150, 1)
    training += training[:10]  # ten items have a duplicate each
    outputs = lines([*training[:8], training[40] + " zz", *sentences(91, 2)], tmp_path / "out.jsonl")
    ids, score, axes, _, found = read(screen(of_texts(training, tmp_path / "w"), against=outputs))
    assert (found[""].value, found[""].n) == (9 / 100, 100)
    assert found["replicates"].value == 1
    assert found["copied_duplicated"].value == 8 / 10
    assert found["copied_single"].value == 1 / 140
    assert found["inside"].value == 20 / 160
    assert np.flatnonzero(axes[:150, 1]).tolist() == [*range(8), 40]
    assert score.tolist() == axes[:, 1].tolist()
    assert len(ids) == 160


def test_outputs_beside_a_control(tmp_path: Path) -> None:
    training = sentences(150, 1)
    outputs = lines(sentences(98, 2) + training[:2], tmp_path / "out.jsonl")
    control = lines(sentences(60, 3), tmp_path / "control.jsonl")
    crowded = lines(sentences(40, 3) + training[5:9], tmp_path / "crowded.jsonl")
    _, _, _, _, found = read(screen(of_texts(training, tmp_path / "a"), against=outputs, control=control))
    assert (found["control"].value, found["control"].n) == (0, 60)
    _, _, _, _, found = read(screen(of_texts(training, tmp_path / "b"), against=outputs, control=crowded))
    assert (found["control"].value, found["control"].n) == (4 / 44, 44)
    assert found["replicates"].value == 0  # 2 of 100 beside 4 of 44
    _, _, _, _, found = read(screen(of_texts(training, tmp_path / "c"), against=outputs))
    assert found["replicates"].value == 1  # 2 of 100 beside one in a thousand: p = 0.0046


def test_outputs_that_do_not_copy(tmp_path: Path) -> None:
    outputs = lines(sentences(100, 2), tmp_path / "out.jsonl")
    _, score, _, _, found = read(screen(of_texts(sentences(150, 1), tmp_path / "w"), against=outputs))
    assert (found[""].value, found["replicates"].value) == (0, 0)
    assert (score == 0).all()


def test_too_few_training_items_to_say_what_chance_allows(tmp_path: Path) -> None:
    training = sentences(40, 1)
    outputs = lines(training[:30], tmp_path / "out.jsonl")
    _, _, _, _, found = read(screen(of_texts(training, tmp_path / "w"), against=outputs))
    assert found[""].value == 1
    assert found["replicates"].value is None
    assert "--control" in found["replicates"].evidence
    control = lines(sentences(40, 3), tmp_path / "control.jsonl")
    _, _, _, _, found = read(screen(of_texts(training, tmp_path / "c"), against=outputs, control=control))
    assert found["replicates"].value == 1


def test_the_other_way_round_and_by_fingerprints(tmp_path: Path) -> None:
    """The owner of the training pictures hands over a file of hashes; who has the outputs compares with it."""
    pictures = [scene(seed) for seed in range(50)]
    hashes = tmp_path / "training.npz"
    read(screen(of_images([file_of(picture) for picture in pictures], tmp_path / "owner"), hashes=hashes))
    outputs = [file_of(scene(seed)) for seed in range(100, 130)] + [file_of(pictures[7], "JPEG", quality=40)]
    _, score, _, _, found = read(screen(of_images(outputs, tmp_path / "other"), against=hashes, role="training"))
    assert np.flatnonzero(score > 0).tolist() == [30]
    assert (found[""].value, found[""].n) == (1 / 31, 31)
    assert "copied_single" not in found

    texts = sentences(100, 5)
    read(screen(of_texts(texts, tmp_path / "t"), hashes=tmp_path / "texts.npz"))
    outputs_of = [*sentences(20, 6), texts[3], texts[4] + " zz"]
    _, score, _, _, found = read(
        screen(of_texts(outputs_of, tmp_path / "u"), against=tmp_path / "texts.npz", role="training")
    )
    assert np.flatnonzero(score > 0).tolist() == [20, 21]


def test_calls_that_cannot_be(tmp_path: Path) -> None:
    items = of_texts(sentences(5, 0), tmp_path)
    for wrong, said in (
        ({"similarity": 0.1}, "0.3 to 1"), ({"similarity": 1.1}, "0.3 to 1"), ({"false_match": 0.0}, "between 0 and 0.5"),
        ({"hashes": tmp_path / "x.bin"}, "does not end in .npz"), ({"against": tmp_path / "none"}, "nothing at"),
        ({"by": "images"}, "no images"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            screen(items, **wrong)
    (tmp_path / "junk.npz").write_bytes(b"junk")
    with pytest.raises(BadInput, match="does not hold fingerprints"):
        screen(items, against=tmp_path / "junk.npz")


def test_texts_beside_pictures(tmp_path: Path) -> None:
    """Pictures without texts are no copies of each other when texts are compared."""
    pictures = [file_of(scene(seed)) for seed in range(3)]
    ids = [sha256(one).hexdigest() for one in pictures]
    batches = [
        Batch(ids, ["", "", ""], pictures, {"text": ["", "", ""]}),
        Batch(["0" * 64], ["only words"], more={"text": ["only words"]}),
    ]
    for some in (batches, batches[::-1]):
        with pytest.raises(UsageError, match="Choose which to compare with --by"):
            screen(Items(lambda some=some: iter(some), tmp_path, tmp_path))
    found = read(screen(Items(lambda: iter(batches), tmp_path, tmp_path), by="texts"))[4]
    assert (found["exact"].value, found["exact"].n) == (0, 1)
    found = read(screen(Items(lambda: iter(batches), tmp_path, tmp_path), by="images"))[4]
    assert (found[""].value, found[""].n) == (0, 3)
