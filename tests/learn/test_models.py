from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from headgate.evidence.splits import group_folds
from headgate.learn import models, operators
from headgate.learn.lineage import components
from headgate.learn.propagated import names
from headgate.synthetic.population import Population, matrix, plant

MODELS = 2_000


@pytest.fixture(scope="module")
def planted() -> Population:
    return plant(MODELS, 0, begins=0.03)


@pytest.fixture(scope="module")
def inner(planted: Population) -> np.ndarray:
    folds = np.full(planted.lineage.size, -1, np.int32)
    folds[:MODELS] = group_folds(components(planted.lineage)[:MODELS], planted.says[:MODELS], 4)
    return folds


def test_rows_to_fit_on_hold_every_label_and_a_sample_of_the_rest() -> None:
    labelled, among = np.arange(100) < 10, np.arange(100) < 60
    rows = models.sample(labelled, among, 0, most=5)
    assert set(range(10)) < set(rows.tolist()) < set(range(60))
    assert len(rows) == 15
    assert models.sample(labelled, among, 0, most=5).tolist() == rows.tolist()


def test_a_label_does_not_move_the_score_of_its_own_words(planted: Population, inner: np.ndarray) -> None:
    words, among = matrix(planted), planted.lineage.model
    seeds = planted.says.astype(np.float32)
    node = int(np.flatnonzero(planted.says)[0])
    other = seeds.copy()
    other[node] = 0
    before, after = (models.word_scores(words, s, among, inner) for s in (seeds, other))
    same_fold = inner == inner[node]
    assert before[same_fold & among].tolist() == after[same_fold & among].tolist()
    assert (before[~same_fold] != after[~same_fold]).any()


def test_hidden_rows_see_no_label_of_their_own_fold(planted: Population, inner: np.ndarray) -> None:
    linked, seeds = operators.build(planted.lineage), planted.says.astype(np.float32)
    seen = models.view(planted.lineage, linked, matrix(planted), seeds, planted.lineage.model, inner)
    far = ("account", "trained", "spread", "walk")
    lines = [i for i, n in enumerate(names()) if n.startswith("seeds") and not any(word in n for word in far)]
    # folds keep components whole, so over lines of descent nothing at all is left; by accounts something is
    assert seen.table[:, lines].sum() > 100
    assert seen.hidden[:, lines].sum() == pytest.approx(0, abs=1e-4)
    assert seen.hidden[:, names().index("seeds account")].sum() > 1


def test_no_label_diffuses_back_to_its_own_node(planted: Population) -> None:
    linked, seeds = operators.build(planted.lineage), planted.says.astype(np.float32)
    node = int(np.flatnonzero(planted.says)[3])
    other = seeds.copy()
    other[node] = 0
    before, after = models.spread(linked, seeds, 0), models.spread(linked, other, 0)
    assert before[node].tolist() == pytest.approx(after[node].tolist(), abs=1e-6)
    moved = np.flatnonzero(np.abs(before[:, 0] - after[:, 0]) > 1e-6)
    assert len(moved) > 0


def test_the_graph_finds_those_whose_name_says_nothing(planted: Population, inner: np.ndarray) -> None:
    linked, seeds = operators.build(planted.lineage), planted.says.astype(np.float32)
    seen = models.view(planted.lineage, linked, matrix(planted), seeds, planted.lineage.model, inner)
    nodes = np.arange(MODELS, dtype=np.int32)
    hidden = np.flatnonzero(~planted.says[:MODELS])
    found = {kind: models.cross_scores(seen, nodes, inner, kind)[hidden] for kind in ("all", "graph")}
    truth = planted.truth[hidden]
    by_words = average_precision_score(truth, seen.table[hidden, 0])
    assert average_precision_score(truth, found["all"]) > 2 * by_words
    assert average_precision_score(truth, found["graph"]) > 2 * truth.mean()


def test_the_linear_model_takes_the_same_view(planted: Population, inner: np.ndarray) -> None:
    linked, seeds = operators.build(planted.lineage), planted.says.astype(np.float32)
    seen = models.view(planted.lineage, linked, matrix(planted), seeds, planted.lineage.model, inner)
    found = models.scores(seen, np.arange(MODELS, dtype=np.int32), make=models.linear)
    assert average_precision_score(planted.truth[:MODELS], found) > 0.3


def test_without_a_label_nothing_is_fitted(planted: Population, inner: np.ndarray) -> None:
    nothing = np.zeros(planted.lineage.size, np.float32)
    seen = models.view(
        planted.lineage, operators.build(planted.lineage), matrix(planted), nothing, planted.lineage.model, inner
    )
    assert models.scores(seen, np.arange(5, dtype=np.int32)).tolist() == [0] * 5
