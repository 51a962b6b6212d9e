from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from headgate.copies import fingerprints
from headgate.copies.fingerprints import Prints
from headgate.copies.minhash import plan
from headgate.copies.near_copies import BASE, across, calibrated, inside, same
from headgate.errors import UsageError
from headgate.pictures import perceptual
from headgate.pictures.perceptual import BITS, packed
from headgate.shapes import Batch

WORDS = ["".join(np.random.default_rng(n).choice(list("abdeiklmnoprstu"), 5)) for n in range(300)]


def sentences(n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, 9)) for _ in range(n)]


def texts(some: list[str], folder: Path) -> Prints:
    return fingerprints.take([Batch([sha256(text.encode()).hexdigest() for text in some], some)], folder, plan(BASE))


def pictures(bits: np.ndarray) -> Prints:
    """Prints of pictures of which only the bits are known."""
    ids = np.frombuffer(b"".join(sha256(row.tobytes()).digest() for row in bits), np.uint8).reshape(-1, 32)
    return Prints(np.ones(len(bits), bool), None, packed(bits)[:, None], ids)


def test_texts_inside(tmp_path: Path) -> None:
    some = sentences(50, 0)
    some += [some[0] + " z", some[0], some[7].upper(), ""]
    found = inside(texts(some, tmp_path), 0.7)
    assert found.size[[0, 50, 51]].tolist() == [3, 3, 3]
    assert len({int(found.cluster[n]) for n in (0, 50, 51)}) == 1
    assert found.best[[0, 51, 7, 52]].tolist() == [1, 1, 1, 1]
    assert 0.7 <= found.best[50] < 1
    assert found.best[53] == 0
    assert (np.delete(found.best, [0, 7, 50, 51, 52]) == 0).all()


def test_equal_to_the_byte_is_told_apart_from_near(tmp_path: Path) -> None:
    assert same(texts(["a b c", "A b c", "a b c", "d"], tmp_path)).tolist() == [True, False, True, False]


def test_outputs_and_their_sources(tmp_path: Path) -> None:
    training, fresh = sentences(80, 1), sentences(20, 2)
    outputs = [training[5], training[9] + " zz", *fresh]
    found = across(texts(training, tmp_path / "t"), texts(outputs, tmp_path / "o"), 0.7)
    assert found.best[0] == 1
    assert 0.7 < found.best[1] < 1
    assert (found.best[2:] == 0).all()
    assert found.source.tolist() == [5, 9] + [-1] * 20
    assert np.flatnonzero(found.copied).tolist() == [5, 9]
    assert found.copied[9] == found.best[1]


def test_pictures_inside_and_across() -> None:
    rng = np.random.default_rng(0)
    bits = rng.random((40, BITS)) > 0.5
    bits[39] = bits[3]
    bits[39, :6] ^= True
    near = inside(pictures(bits), 0.9)
    assert np.flatnonzero(near.best).tolist() == [3, 39]
    assert near.best[3] == pytest.approx(1 - 6 / BITS)
    assert near.size[[3, 39, 4]].tolist() == [2, 2, 1]
    found = across(pictures(bits[:20]), pictures(bits[[3, 39, 30]]), 0.9)
    assert found.source.tolist() == [3, 3, -1]
    assert found.best.tolist() == pytest.approx([1, 1 - 6 / BITS, 0])
    assert np.flatnonzero(found.copied).tolist() == [3]


def test_what_cannot_be_told_matches_nothing() -> None:
    bits = np.random.default_rng(0).random((5, BITS)) > 0.5
    bits[1] = bits[0]
    made = pictures(bits)
    blind = Prints(np.array([True, False, True, True, True]), None, made.hashes, made.ids)
    assert (inside(blind, 0.9).best == 0).all()
    assert across(blind, blind, 0.9).best.tolist() == [1, 0, 1, 1, 1]


@pytest.mark.parametrize("rate", [0.1, 0.01])
def test_unrelated_pictures_match_as_rarely_as_asked(rate: float) -> None:
    """15 sets of 300 and 500 unrelated pictures whose bits lean, as those of real ones do."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(15):
        lean = rng.beta(4, 4, BITS)
        training, outputs = rng.random((300, BITS)) < lean, rng.random((500, BITS)) < lean
        limit = calibrated(pictures(training), 300, rate)
        hits += int((across(pictures(training), pictures(outputs), limit).best > 0).sum())
    expected = rate * 15 * 500 / 2  # the pairs are straight ones, half of what is looked at with mirror images
    assert 0.3 * expected < hits < 3 * expected


def test_texts_are_called_near_from_the_base_or_above(tmp_path: Path) -> None:
    apart = texts(sentences(200, 4), tmp_path / "a")
    assert calibrated(apart, 200, 0.001) == BASE
    form = [
        f"dear customer, your parcel with the number {n * 7919 % 100_000} has arrived at our branch" for n in range(200)
    ]
    assert 0.85 < calibrated(texts(form, tmp_path / "f"), 200, 0.001) < 1


def test_too_few_to_tell(tmp_path: Path) -> None:
    assert calibrated(texts(["one two three", "four five six"], tmp_path), 2, 0.001) == 1


def test_kinds_that_do_not_fit(tmp_path: Path) -> None:
    one = texts(["one two three"], tmp_path)
    with pytest.raises(UsageError, match="cannot be compared"):
        across(one, pictures(np.ones((1, BITS), bool)), 0.9)
    other = fingerprints.take([Batch(["0" * 64], ["one two"])], tmp_path / "o", plan(0.9))
    with pytest.raises(UsageError, match="another similarity"):
        across(one, other, 0.9)


def test_equal_training_items_are_all_copied(tmp_path: Path) -> None:
    """An output like one of many equal items is like each; only some of them are compared."""
    training, outputs = (
        [*sentences(5, 1), *["ein satz, der hundertmal dasteht"] * 100],
        ["Ein Satz, der hundertmal dasteht"],
    )
    known = texts(training, tmp_path / "t")
    told = texts([*outputs, *outputs], tmp_path / "o")
    found = across(known, told, 0.7)
    assert found.copied.tolist() == [0] * 5 + [1] * 100
    assert found.source.tolist() == [5, 5]
    fingerprints.save(known, tmp_path / "t.npz")
    found = across(fingerprints.load(tmp_path / "t.npz"), told, 0.7)
    assert found.copied.tolist() == [0] * 5 + [1] * 100
    bits = np.random.default_rng(0).random((30, BITS)) > 0.5
    bits[5:] = bits[5]
    found = across(pictures(bits), pictures(bits[[5, 0, 5]]), 0.9)
    assert found.copied.tolist() == [1, 0, 0, 0, 0, *[1] * 25]
    assert found.source.tolist() == [5, 0, 5]


def test_many_equal_pictures_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bits = np.random.default_rng(0).random((60, BITS)) > 0.5
    bits[10:] = bits[10]
    bits[9] = bits[10]
    bits[9, :4] ^= True
    asked: list[int] = []
    near = perceptual.near

    def counted(queries: np.ndarray, references: np.ndarray, most: int) -> object:
        asked.append(len(queries) * len(references))
        return near(queries, references, most)

    monkeypatch.setattr(perceptual, "near", counted)
    found = inside(pictures(bits), 0.9)
    assert asked == [11 * 11]
    assert found.best[9:].tolist() == pytest.approx([1 - 4 / BITS, *[1] * 50])
    assert found.size.tolist() == [1] * 9 + [51] * 51


def test_many_copies_do_not_hide_each_other(tmp_path: Path) -> None:
    """Copies drawn as pairs that have nothing to do with each other would set the limit beyond themselves."""
    apart = sentences(500, 5)
    form = "so steht es in jedem dieser briefe, und nur das wort am ende ist ein anderes, naemlich "
    letters = [f"{form}{word} und {other}" for word, other in zip(WORDS[:60], WORDS[60:120], strict=True)]
    assert BASE < calibrated(texts([*apart[:40], *letters], tmp_path / "most"), 100, 0.001) < 1
    for some in ([text + " zz" for text in apart[:50]], [form + word for word in WORDS[:60]]):
        made = texts([*apart, *some], tmp_path / str(len(some)))
        limit = calibrated(made, len(made.told), 0.001)
        assert limit == BASE
        assert (inside(made, limit).best[500:] > 0).all()
    rng = np.random.default_rng(0)
    bits = rng.random((400, BITS)) > 0.5
    bits[350:] = bits[:50]
    bits[350:, :4] ^= True
    found = inside(pictures(bits), calibrated(pictures(bits), 400, 0.001))
    assert np.flatnonzero(found.best).tolist() == [*range(50), *range(350, 400)]
