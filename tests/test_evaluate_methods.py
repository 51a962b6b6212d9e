from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headgate import run
from headgate.evaluate_methods import CONTROL, learned, stated
from headgate.evidence.splits import group_folds
from headgate.learn import lineage as lineages
from tests.build import collect, model
from tests.planted import write


def test_no_score_of_a_fold_moves_with_the_labels_of_that_fold(tmp_path: Path) -> None:
    ws, population, _ = write(tmp_path / "w", 1_500, 3, begins=0.04)
    nodes = lineages.load(ws.db)
    positive = nodes.says.astype(np.float32)
    fold = np.full(nodes.size, -1, np.int32)
    models = nodes.model
    fold[models] = group_folds(lineages.components(nodes)[models], positive[models], 2)
    changed = np.where(fold == 0, np.roll(positive, 7), positive).astype(np.float32)
    first, second = (
        learned(ws, nodes, p, fold, "random", "all", 0, False, lambda _: None) for p in (positive, changed)
    )
    tested = fold == 0
    for method in ("detector", "words only, logistic", "label propagation", CONTROL):
        # the inner folds are drawn anew from the labels, so only what is fitted on fold 1 alone must agree
        assert np.isfinite(first[method][tested]).all()
    assert np.allclose(first["label propagation"][tested], second["label propagation"][tested])
    assert population.says.sum() == positive.sum()


def test_what_a_detector_could_not_tell_comes_last(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/without"), model("a/with", cardData={"license": "mit"}),
                                     {"id": "a/unseen", "tags": [], "author": "a"}])  # fmt: skip
    run.run_method(ws, "detect", "licence_missing")
    nodes = lineages.load(ws.db)
    scores = stated(ws, nodes, "licence_missing")["detector"]
    at = dict(ws.db.execute(f"SELECT split_part(ref, '/', 2), id FROM {nodes.table}").fetchall())
    assert [scores[at[n]] for n in ("without", "with", "unseen")] == pytest.approx([1, 0, -1])
