from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from headgate.errors import BadInput, UsageError
from headgate.pictures import probe


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Stand-in embeddings: 32 principal components of the digits; sought is 5 to 9."""
    held = load_digits()
    return PCA(32, random_state=0).fit_transform(held.data), (held.target >= 5).astype(int)


def test_the_chance_is_the_softmax_of_100_cosines() -> None:
    rng = np.random.default_rng(0)
    rows, vectors = rng.normal(size=(7, 5)), rng.normal(size=(2, 5))
    cosine = (rows @ vectors.T) / np.linalg.norm(rows, axis=1)[:, None] / np.linalg.norm(vectors, axis=1)
    raised = np.exp(100 * (cosine - cosine.max(axis=1, keepdims=True)))
    assert probe.chances(rows, vectors) == pytest.approx(raised[:, 1] / raised.sum(axis=1), abs=1e-6)
    alone = np.concatenate([probe.chances(row[None], vectors) for row in rows])
    assert alone.tobytes() == probe.chances(rows, vectors).tobytes()


def test_40_labels_beat_the_class_means_they_start_from(digits: tuple[np.ndarray, np.ndarray]) -> None:
    rows, labels = digits
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = []
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(labels))
        known, rest = order[:40], order[40:]
        means = probe.class_means(rows[known], labels[known])
        tuned = probe.train(rows[known], labels[known], seed=seed).vectors
        right = [((probe.chances(rows[rest], each) >= 0.5) == labels[rest]).mean() for each in (means, tuned)]
        logistic = LogisticRegression(max_iter=1000).fit(unit[known], labels[known])
        found.append([*right, logistic.score(unit[rest], labels[rest])])
    nearest, tuned_, logistic_ = np.mean(found, axis=0)
    assert np.sum([one[1] > one[0] for one in found]) >= 15
    assert tuned_ > nearest + 0.03
    assert tuned_ > logistic_ - 0.02


def test_training_is_deterministic_and_starts_where_told(digits: tuple[np.ndarray, np.ndarray]) -> None:
    rows, labels = digits[0][:60], digits[1][:60]
    start = np.random.default_rng(1).normal(size=(2, 32))
    one, two = (probe.train(rows, labels, start=start, seed=3) for _ in range(2))
    assert one.vectors.tobytes() == two.vectors.tobytes()
    assert np.linalg.norm(one.vectors, axis=1) == pytest.approx([1, 1], abs=1e-6)
    other = probe.train(rows, labels, seed=3)
    assert not np.allclose(one.vectors, other.vectors)
    few = probe.train(rows[:6], np.array([0, 1, 0, 1, 0, 1]), start=start)
    assert few.notes["steps"] == "0"  # too few to choose by
    assert few.vectors == pytest.approx(start / np.linalg.norm(start, axis=1, keepdims=True), abs=1e-6)


def test_out_of_fold_knows_no_label_of_the_row() -> None:
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(200, 20)), rng.integers(0, 2, 200)
    found = ((probe.out_of_fold(rows, labels) >= 0.5) == labels).mean()
    assert 0.38 < found < 0.62  # nothing to learn
    seen = ((probe.chances(rows, probe.train(rows, labels).vectors) >= 0.5) == labels).mean()
    assert seen > found


def test_wrong_shapes_and_one_class_are_refused() -> None:
    rows = np.eye(4)
    with pytest.raises(UsageError, match="one class only"):
        probe.train(rows, np.zeros(4))
    with pytest.raises(UsageError, match="do not match"):
        probe.train(rows, np.zeros(3))
    with pytest.raises(UsageError, match="do not match"):
        probe.train(rows, np.array([0, 1, 0, 1]), start=np.ones((2, 3)))


def test_files_come_back_and_pickles_do_not(tmp_path: Path) -> None:
    made = probe.Probe(np.array([[1, 0, 0], [0, 1, 0]], np.float32), {"steps": "3"})
    probe.save(made, tmp_path / "p.safetensors")
    again = probe.load(tmp_path / "p.safetensors")
    assert again.vectors.tolist() == made.vectors.tolist()
    assert again.notes == {"steps": "3"}
    np.save(tmp_path / "p.npy", made.vectors.astype(np.float16))
    assert probe.load(tmp_path / "p.npy").vectors.tolist() == made.vectors.tolist()
    (tmp_path / "prompts.p").write_bytes(pickle.dumps(made.vectors))
    np.save(tmp_path / "objects.npy", np.array([[{}], [{}]]), allow_pickle=True)
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "p.safetensors").read_bytes()[:-3])
    for name in ("prompts.p", "objects.npy", "cut.safetensors", "absent.npy"):
        with pytest.raises(BadInput, match="is no probe"):
            probe.load(tmp_path / name)
    for number, wrong in enumerate((np.ones((3, 4)), np.array([[1.0, np.nan], [1, 1]]), np.zeros((2, 4)), np.ones(2))):
        np.save(tmp_path / f"{number}.npy", wrong)
        with pytest.raises(BadInput, match="no two class vectors"):
            probe.load(tmp_path / f"{number}.npy")


def test_notes_are_texts(digits: tuple[np.ndarray, np.ndarray]) -> None:
    notes = probe.train(digits[0][:50], digits[1][:50]).notes
    assert json.loads(json.dumps(notes)) == notes
    assert notes["rows"] == "50"
