from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from headgate.errors import BadInput
from headgate.reproduce.q16 import reproduce
from headgate.reproductions import Figure

RUN = "ViT-B-16/prompt_tuning_clip/cv_10/1.00_2.50_3.50/1600000000.0"
# label, softmax of inappropriate: two folds
FOLDS = [[(1, 0.95), (1, 0.7), (1, 0.2), (0, 0.1), (0, 0.6)], [(1, 0.99), (0, 0.97), (0, 0.4), (0, 0.3)]]


def write(root: Path, *, protocol: int = 4) -> Path:
    """Folds of the published form below `root`: lists of lists, a confusion list, numpy arrays of indices."""
    for number, rows in enumerate(FOLDS):
        folder = root / "q16" / RUN / str(number)
        folder.mkdir(parents=True)
        held = {
            "y_pred": [[1 - p, p] for _, p in rows], "y_gt": [label for label, _ in rows],
            "y_pred_zero": [[0.4, 0.6] for _ in rows], "y_gt_zero": [label for label, _ in rows],
            "epoch_cmt": [[1, 0], [0, 1]], "epoch_acc": np.float64(0.5), "test_samples": np.arange(len(rows)),
        }  # fmt: skip
        (folder / "results.p").write_bytes(pickle.dumps(held, protocol=protocol))
    return root


def by_name(root: Path) -> dict[str, Figure]:
    return {one.name: one for one in reproduce(root).figures}


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_figures_equal_those_counted_by_hand(tmp_path: Path, protocol: int) -> None:
    found = by_name(write(tmp_path, protocol=protocol))
    counts = {name: (one.found, one.of) for name, one in found.items()}
    assert counts == {
        "accuracy": (6, 9), "spread over folds, %": (0, 0), "untuned accuracy": (4, 9), "precision": (3, 5),
        "recall": (3, 4), "precision at the gate": (2, 3), "recall at the gate": (2, 4),
    }  # fmt: skip
    assert found["spread over folds, %"].value == pytest.approx(abs(60 - 75) / 2)
    assert found["accuracy"].paper == "96.3 % ±1.1"
    assert found["precision"].paper is None


def test_absent_or_other_files_are_one_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no results\.p"):
        reproduce(tmp_path)
    file = write(tmp_path) / "q16" / RUN / "0" / "results.p"
    for held in ({"y_pred": [[1, 0]]}, [1], {"y_pred": [[1, 0]], "y_gt": [1, 0]}, {"y_pred": ["a"], "y_gt": [1]}):
        file.write_bytes(pickle.dumps(held))
        with pytest.raises(BadInput, match=r"results\.p"):
            reproduce(tmp_path)
    file.write_bytes(b"not a pickle")
    with pytest.raises(BadInput, match=r"results\.p holds no fold"):
        reproduce(tmp_path)


def test_the_published_folds(data: Path) -> None:
    if not (data / "q16").is_dir():
        pytest.skip(f"no q16 in {data}: results.p of ml-research/Q16 is not there")
    for one in reproduce(data).figures:
        if one.name == "accuracy" and one.paper:
            assert 100 * one.found / one.of == pytest.approx(96.3, abs=0.1)


def test_this_reads_and_never_unpickles() -> None:
    source = Path(__file__).parents[2] / "src" / "headgate"
    for name in ("plain_pickles.py", os.path.join("reproduce", "q16.py")):
        assert "import pickle\n" not in (source / name).read_text()
