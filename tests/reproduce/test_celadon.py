from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    f1_score,
    precision_score,
    recall_score,
)

from headgate.errors import BadInput
from headgate.reproduce.celadon import FILE, reproduce

COUNTS = np.array([[50, 3, 2, 1], [4, 20, 3, 1], [1, 2, 15, 2], [0, 1, 2, 9]])


def write(root: Path, counts: np.ndarray = COUNTS) -> Path:
    """A README of the published form with one head."""
    rows = ["   ".join(map(str, row)) for row in counts]
    (root / FILE).parent.mkdir(parents=True, exist_ok=True)
    (root / FILE).write_text(
        "### 6. Evaluation\n\n**Head 0: Race/Origin**\n\n| Metric | Value | Confusion Matrix |\n|---|---|---|\n"
        f"| **Precision** | 0.9 | `[[{rows[0]}]` |\n| **Recall** | 0.8 | `[ {rows[1]}]` |\n"
        f"| **F1 Score** | 0.8123 | `[ {rows[2]}]` |\n| **Accuracy** | 0.8103 | `[ {rows[3]}]]` |\n"
        "| **Balanced Accuracy** | 0.77 | |\n\n---\n"
    )
    return root


def test_figures_equal_scikit_learn_s(tmp_path: Path) -> None:
    found = {(one.about, one.name): one for one in reproduce(write(tmp_path)).figures}
    true, given = (np.repeat(side.ravel(), COUNTS.ravel()) for side in np.indices(COUNTS.shape))
    accuracy = found["Race/Origin", "accuracy"]
    assert accuracy.found / accuracy.of == pytest.approx(accuracy_score(true, given))
    assert accuracy.paper == "0.8103"
    value = {name: one.value for (about, name), one in found.items() if about == "Race/Origin"}
    assert value["weighted F1"] == pytest.approx(f1_score(true, given, average="weighted"))
    assert value["balanced accuracy"] == pytest.approx(balanced_accuracy_score(true, given))
    assert value["quadratic kappa"] == pytest.approx(cohen_kappa_score(true, given, weights="quadratic"))
    assert found["Race/Origin", "weighted F1"].paper == "0.8123"
    for least in (1, 2):
        where = f"Race/Origin, at least {least}"
        hard = true >= least, given >= least
        for name, theirs in (("precision", precision_score(*hard)), ("recall", recall_score(*hard))):
            assert found[where, name].found / found[where, name].of == pytest.approx(theirs)
        assert found[where, "F1"].value == pytest.approx(f1_score(*hard))


def test_other_files_are_one_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no data at"):
        reproduce(tmp_path)
    write(tmp_path)
    (tmp_path / FILE).write_text("nothing")
    with pytest.raises(BadInput, match=r"has no '\*\*Head 0"):
        reproduce(tmp_path)
    (tmp_path / FILE).write_text("**Head 0: A**\n`[[1 2 3 4]`\n")
    with pytest.raises(BadInput, match="no 4 x 4 matrix"):
        reproduce(tmp_path)


def test_the_published_file(data: Path) -> None:
    if not (data / FILE).exists():
        pytest.skip(f"no {FILE} in {data}: take src/README.md of Pleias/toxic-commons")
    for one in reproduce(data).figures:
        if one.paper:
            ours = one.found / one.of if one.value is None else one.value
            assert f"{ours:.4f}" == one.paper
