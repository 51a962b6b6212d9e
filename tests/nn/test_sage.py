from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from headgate.evidence.splits import group_folds
from headgate.synthetic.population import matrix, plant

pytest.importorskip("torch_geometric", reason="the extra graph is not installed")


def test_finds_what_was_planted_and_gives_the_same_again() -> None:
    from headgate.nn.sage import sage_scores

    population = plant(1_500, 1, begins=0.05)
    line, models = population.lineage, 1_500
    fold = np.full(line.size, -1, np.int32)
    fold[:models] = group_folds(line.author[:models], population.says[:models], 4)
    tested = np.flatnonzero(fold == 3).astype(np.int32)
    known = np.where(fold == 3, 0, population.says).astype(np.float32)
    inner = np.where(fold < 3, fold, -1)
    among = line.model & (fold != 3)
    grid = ((32, 0.01, 0.0),)
    found = sage_scores(line, matrix(population), known, among, inner, tested, grid=grid)
    truth = population.truth[tested]
    assert found.shape == tested.shape
    assert average_precision_score(truth, found) > 2 * truth.mean()
    again = sage_scores(line, matrix(population), known, among, inner, tested, grid=grid)
    assert np.allclose(found, again, atol=1e-4)


def test_no_label_of_a_tested_artifact_reaches_its_score() -> None:
    from headgate.nn.sage import sage_scores

    population = plant(600, 2, begins=0.05)
    line = population.lineage
    fold = np.where(line.model, np.arange(line.size) % 3, -1).astype(np.int32)
    tested, among = np.flatnonzero(fold == 2).astype(np.int32), line.model & (fold != 2)
    seeds = population.says.astype(np.float32)
    other = seeds.copy()
    other[tested] = 1 - other[tested]
    grid = ((16, 0.01, 0.0),)
    first, second = (
        sage_scores(line, matrix(population), known, among, fold, tested, grid=grid) for known in (seeds, other)
    )
    assert np.allclose(first, second, atol=1e-5)
