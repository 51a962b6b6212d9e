from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from headgate.commands.probe import command
from headgate.errors import BadInput, UsageError
from headgate.pictures import probe
from headgate.screen.q16 import screen
from headgate.shapes import Batch
from tests.tiny_clip import noise, png, save_clip


def run(*words: object) -> str:
    done = CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLIP, and dark (no/, in two groups) and bright (yes/) noise."""
    root = tmp_path_factory.mktemp("probe")
    save_clip(root / "clip")
    for n in range(24):
        for name, bright in ((f"no/{'ab'[n % 2]}", 0), ("yes", 120)):
            (root / "images" / name).mkdir(parents=True, exist_ok=True)
            (root / "images" / name / f"{n}.png").write_bytes(png(noise(n, bright=bright)))
    (root / "images" / "yes" / "broken.png").write_bytes(b"stump")
    return root


def test_images_to_a_probe_that_q16_takes(folder: Path, tmp_path: Path) -> None:
    into = tmp_path / "p.safetensors"
    made = json.loads(run(folder / "images", "--encoder", folder / "clip", "--into", into, "--format", "json"))
    assert made["accuracy"].startswith("48 of 48")  # dark and bright are easily told apart, even at random weights
    assert {row["group"] for row in made["wrongly flagged"]} == {"a", "b"}
    assert [row["labels"] for row in made["labels needed"]] == [10, 20]
    screener = screen(encoder=folder / "clip", probe=into)
    (errors,) = screener.errors
    assert (errors.positives, errors.negatives) == (24, 24)
    scores = screener.score(Batch(["a", "b"], images=[png(noise(99)), png(noise(99, bright=120))])).score
    assert scores[0] < 0.5 < scores[1]
    again = tmp_path / "again.safetensors"
    run(folder / "images", "--encoder", folder / "clip", "--into", again)
    assert again.read_bytes() == into.read_bytes()


def test_texts_to_start_from(folder: Path, tmp_path: Path) -> None:
    into = tmp_path / "p.safetensors"
    text = run(folder / "images", "--encoder", folder / "clip", "--into", into, "--words", "fine", "bad")
    assert text.startswith("accuracy out of fold: ")
    assert "gate 0.9" in text


def test_embeddings_and_their_labels(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    np.save(tmp_path / "e.npy", rng.normal(size=(60, 8)) + labels[:, None])
    (tmp_path / "l.csv").write_text("label,group\n" + "".join(f"{one},g{n % 3}\n" for n, one in enumerate(labels)))
    into = tmp_path / "p.safetensors"
    run(tmp_path / "e.npy", "--labels", tmp_path / "l.csv", "--into", into)
    assert probe.load(into).vectors.shape == (2, 8)
    assert "encoder" not in probe.load(into).notes
    run(tmp_path / "e.npy", "--labels", tmp_path / "l.csv", "--into", tmp_path / "q.safetensors", "--start", into)


@pytest.mark.parametrize(
    ("labels", "says"),
    [("label\n" + "1\n" * 60, "60 of 60 rows are sought"), ("label\n1\n", "do not match"), ("x\n1\n", "cannot be read"),
     ("label\n" + "2\n" * 60, "do not match")],
)  # fmt: skip
def test_wrong_labels_are_one_error(tmp_path: Path, labels: str, says: str) -> None:
    np.save(tmp_path / "e.npy", np.ones((60, 8)))
    (tmp_path / "l.csv").write_text(labels)
    with pytest.raises(BadInput, match=says):
        run(tmp_path / "e.npy", "--labels", tmp_path / "l.csv", "--into", tmp_path / "p.safetensors")


def test_wrong_calls_are_one_error(tmp_path: Path) -> None:
    np.save(tmp_path / "e.npy", np.ones((60, 8)))
    with pytest.raises(UsageError, match="give --labels FILE"):
        run(tmp_path / "e.npy", "--into", tmp_path / "p.safetensors")
    with pytest.raises(UsageError, match="give --encoder DIR"):
        run(tmp_path, "--into", tmp_path / "p.safetensors")
    with pytest.raises(UsageError, match=r"no \.safetensors file"):
        run(tmp_path, "--into", tmp_path / "p.pkl")


def test_data_that_cannot_be_used_is_one_error(tmp_path: Path) -> None:
    rng, labels = np.random.default_rng(0), "label\n" + "0\n1\n" * 30
    good = rng.normal(size=(60, 8))
    holed, empty = good.copy(), good.copy()
    holed[3, 2], empty[5] = np.nan, 0
    for name, made in (("good", good), ("holed", holed), ("empty", empty)):
        np.save(tmp_path / f"{name}.npy", made)
    np.savez(tmp_path / "several.npz", a=good)
    (tmp_path / "l.csv").write_text(labels, encoding="utf-8-sig")  # as spreadsheets write it
    (tmp_path / "long.csv").write_text("label,group\n1," + "x" * 200_000 + "\n")
    into = tmp_path / "new" / "p.safetensors"
    for data, file, says in (
        ("holed.npy", "l.csv", "1 of 60 embeddings"),
        ("empty.npy", "l.csv", "1 of 60 embeddings"),
        ("several.npz", "l.csv", "cannot be read"),
        ("good.npy", "long.csv", "cannot be read"),
    ):
        with pytest.raises(BadInput, match=says):
            run(tmp_path / data, "--labels", tmp_path / file, "--into", into)
    for gate in (0.4, 1, float("nan")):
        with pytest.raises(UsageError, match="is not from"):
            run(tmp_path / "good.npy", "--labels", tmp_path / "l.csv", "--into", into, "--gate", gate)
    assert not into.parent.exists()
    run(tmp_path / "good.npy", "--labels", tmp_path / "l.csv", "--into", into)
    assert into.exists()
