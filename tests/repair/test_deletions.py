"""Bounds on what deletions do to a linear model, against deleting every row, pair and triple in truth."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression, Ridge

from headgate.errors import UsageError
from headgate.repair import deletions
from headgate.repair.deletions import Linear, Loss


def table(features: int, rows: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standardised rows of breast_cancer, `rows` to train on with their answers, and 100 others."""
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(0)) / x.std(0)
    order = np.random.default_rng(seed).permutation(len(x))
    train, others = order[:rows], order[rows : rows + 100]
    return x[train, :features], y[train], x[others, :features]


def model_of(loss: Loss, strength: float, features: int = 8, rows: int = 60) -> tuple[Linear, np.ndarray, float]:
    x, y, others = table(features, rows)
    return deletions.fitted(x, y, loss, strength), others, 0.5 if loss == "ridge" else 0.0


@pytest.mark.parametrize("loss", ["ridge", "logistic"])
def test_the_optimum_is_scikit_learn_s(loss: Loss) -> None:
    x, y, _ = table(8)
    ours = deletions.fitted(x, y, loss, 5.0)
    peer = Ridge(alpha=5.0) if loss == "ridge" else LogisticRegression(C=0.2, tol=1e-10, max_iter=10_000)
    peer.fit(x, y)
    assert ours.weights[:-1] == pytest.approx(np.ravel(peer.coef_), abs=1e-5)
    assert ours.weights[-1] == pytest.approx(float(np.ravel(peer.intercept_)[0]), abs=1e-5)


@pytest.mark.parametrize("loss", ["ridge", "logistic"])
def test_without_is_training_again(loss: Loss) -> None:
    x, y, _ = table(8)
    model = deletions.fitted(x, y, loss, 5.0)
    again = deletions.fitted(np.delete(x, [3, 17], 0), np.delete(y, [3, 17]), loss, 5.0)
    assert deletions.without(model, [3, 17]) == pytest.approx(again.weights, abs=1e-9)


def test_a_single_deletion_from_ridge_is_exact() -> None:
    model, others, _ = model_of("ridge", 1.0)
    points = np.column_stack([others, np.ones(len(others))])
    truth = np.stack([points @ (deletions.without(model, [n]) - model.weights) for n in range(60)], axis=1)
    assert deletions.effects(model, points) == pytest.approx(truth, abs=1e-9)
    assert deletions.falls(model, points, 1) == pytest.approx(np.maximum(-truth, 0).max(1), abs=1e-9)


@pytest.mark.parametrize(
    ("loss", "strength", "k", "tight"),
    [("ridge", 1.0, 1, 1.01), ("ridge", 1.0, 2, 2.0), ("ridge", 10.0, 2, 1.5), ("logistic", 8.0, 1, 4.0),
     ("logistic", 20.0, 1, 2.0), ("logistic", 20.0, 2, 2.6)],
)  # fmt: skip
def test_no_deletion_makes_a_score_fall_further_than_the_bound(
    loss: Loss, strength: float, k: int, tight: float
) -> None:
    model, others, _ = model_of(loss, strength)
    points = np.column_stack([others, np.ones(len(others))])
    worst = np.zeros(len(points))
    for size in range(1, k + 1):
        for gone in combinations(range(60), size):
            worst = np.maximum(worst, points @ (model.weights - deletions.without(model, gone)))
    bound = deletions.falls(model, points, k)
    assert (bound >= worst - 1e-9).all()
    assert np.median(bound / worst) < tight  # a bound that says nothing would be right too


def test_triples_too() -> None:
    model, others, _ = model_of("ridge", 5.0, features=4, rows=24)
    points = np.column_stack([others, np.ones(len(others))])
    worst = np.max(
        [points @ (model.weights - deletions.without(model, gone)) for gone in combinations(range(24), 3)], axis=0
    )
    assert (deletions.falls(model, points, 3) >= worst - 1e-9).all()


@pytest.mark.parametrize("unit", [1e3, 1e6, 1e9])
def test_ridge_is_the_same_in_any_unit(unit: float) -> None:
    x, y, others = table(8)
    ours, large = (deletions.fitted(x, y * by, "ridge", 1.0) for by in (1.0, unit))
    assert large.weights / unit == pytest.approx(ours.weights, abs=1e-9)
    points = deletions.extended(others)
    assert deletions.falls(large, points, 2) / unit == pytest.approx(deletions.falls(ours, points, 2), rel=1e-6)


def test_the_remainder_is_that_of_the_hessian_at_its_least() -> None:
    # curvature may fall to exp(-r t) on the way: r / (1 - exp(-r)) - 1, more than 1 - r / (exp(r) - 1)
    assert deletions._excess(1.0) == pytest.approx(1 / (1 - np.exp(-1)) - 1)
    assert deletions._excess(1e-6) == pytest.approx(5e-7, rel=1e-3)
    assert deletions._excess(np.inf) == np.inf


def test_a_model_without_an_optimum_is_refused() -> None:
    with pytest.raises(UsageError, match="no optimum"):
        deletions.fitted([[-1.0], [1.0]], [0, 1], "logistic", 0.0)
    with pytest.raises(UsageError, match="no optimum"):
        deletions.fitted([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]], [0, 1, 1], "ridge", 0.0)
