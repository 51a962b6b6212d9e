from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.pictures import encoder, probe
from headgate.screen.q16 import screen
from headgate.shapes import Batch
from tests.tiny_clip import WIDTH, noise, png, save_clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip"))


def saved(folder: Path, **notes: str) -> Path:
    vectors = np.random.default_rng(0).normal(size=(2, WIDTH)).astype(np.float32)
    probe.save(probe.Probe(vectors, notes), folder / "probe.safetensors")
    return folder / "probe.safetensors"


def batch(images: list[bytes]) -> Batch:
    return Batch([hashlib.sha256(one).hexdigest() for one in images], images=images)


def test_scores_are_the_probe_s_of_the_encoder_s_vectors(folder: Path, tmp_path: Path) -> None:
    file = saved(tmp_path)
    images = [noise(n, bright=15 * n) for n in range(4)]
    made = screen(encoder=folder, probe=file).score(batch([png(one) for one in images]))
    loaded, vectors = encoder.load(folder), probe.load(file).vectors
    want = [float(probe.chances(loaded.image(one)[None], vectors)[0]) for one in images]
    assert made.score.tolist() == pytest.approx(want)
    assert made.score.dtype == np.float32
    assert made.axes.shape == (4, 0)
    assert len(set(want)) > 1


def test_what_cannot_be_decoded_is_not_judged(folder: Path, tmp_path: Path) -> None:
    good = png(noise(1))
    made = screen(encoder=folder, probe=saved(tmp_path)).score(batch([b"", good[:60], b"text", good]))
    assert np.isnan(made.score[:3]).all()
    assert not np.isnan(made.score[3])
    assert made.evidence is not None
    assert all((why or "").startswith("an image ") for why in made.evidence[:3])
    assert made.evidence[3] is None


def test_scores_do_not_depend_on_the_batch(folder: Path, tmp_path: Path) -> None:
    images = [png(noise(n)) for n in range(7)]
    file = saved(tmp_path)
    whole = screen(encoder=folder, probe=file).score(batch(images)).score
    again = screen(encoder=folder, probe=file)
    alone = np.concatenate([again.score(batch([one])).score for one in images])
    assert whole.tobytes() == alone.tobytes()


def test_errors_are_those_of_the_probe_s_file_at_its_gate(folder: Path, tmp_path: Path) -> None:
    file = saved(tmp_path, gate="0.9", hits="17", positives="20", passed="95", negatives="100", measured_on="120 rows")
    made = screen(encoder=folder, probe=file)
    assert made.threshold == 0.9
    (errors,) = made.errors
    assert (errors.hits, errors.positives, errors.passed, errors.negatives, errors.rows) == (
        17,
        20,
        95,
        100,
        "120 rows",
    )
    assert screen(encoder=folder, probe=file, gate=0.8).errors == ()
    assert screen(encoder=folder, probe=saved(tmp_path)).errors == ()


def test_wrong_calls_are_one_error(folder: Path, tmp_path: Path) -> None:
    file = saved(tmp_path)
    with pytest.raises(UsageError, match="needs --encoder DIR and --probe FILE"):
        screen(probe=file)
    with pytest.raises(UsageError, match="--gate 1"):
        screen(encoder=folder, probe=file, gate=1.0)
    np.save(tmp_path / "wide.npy", np.ones((2, WIDTH + 1)))
    with pytest.raises(UsageError, match=f"the encoder gives {WIDTH}"):
        screen(encoder=folder, probe=tmp_path / "wide.npy")
    with pytest.raises(UsageError, match="trained on another encoder"):
        screen(encoder=folder, probe=saved(tmp_path, encoder="0" * 64))


@pytest.mark.parametrize("wrong", [{"hits": "11"}, {"passed": "-1"}, {"negatives": "x"}])
def test_errors_that_no_count_can_be_are_not_believed(folder: Path, tmp_path: Path, wrong: dict[str, str]) -> None:
    counts = {"gate": "0.9", "hits": "9", "positives": "10", "passed": "8", "negatives": "10"}
    assert len(screen(encoder=folder, probe=saved(tmp_path, **counts)).errors) == 1
    assert screen(encoder=folder, probe=saved(tmp_path, **counts | wrong)).errors == ()
