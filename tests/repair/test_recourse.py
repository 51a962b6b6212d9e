"""Advice to rejected rows of breast_cancer, against deleting every row and pair in truth."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair import deletions, recourse
from headgate.repair.deletions import Loss
from tests.repair.test_deletions import model_of


@pytest.mark.parametrize(("loss", "strength"), [("ridge", 1.0), ("ridge", 10.0), ("logistic", 8.0), ("logistic", 20.0)])
def test_what_is_certified_never_breaks_and_robust_advice_is_certified(loss: Loss, strength: float) -> None:
    model, others, over = model_of(loss, strength)
    x = others[recourse.scores(model.weights, others) <= over]
    steps = recourse.moves(model, x, over + 0.1)
    told = recourse.moved(model, x, steps)
    for k in (1, 2):
        sure, robust = recourse.certified(model, told, over, k), recourse.robust_moves(model, x, over, k, steps)
        firm = recourse.moved(model, x, robust)[np.isfinite(robust)]
        assert (robust >= steps - 1e-12).all()
        assert recourse.certified(model, firm, over, k).all()
        broken = np.zeros(len(x), bool)
        for gone in combinations(range(60), k):
            weights = deletions.without(model, gone)
            broken |= recourse.scores(weights, told) <= over
            assert (recourse.scores(weights, firm) > over).all()
        assert not (sure & broken).any()
        assert not (recourse.attacked(model, told, over, k) & ~broken).any()
    assert np.isfinite(recourse.robust_moves(model, x, over, 1, steps)).all()


def test_advice_reaches_the_score_it_aims_at_and_no_further() -> None:
    model, others, _ = model_of("logistic", 5.0)
    x = others[recourse.scores(model.weights, others) <= 0]
    told = recourse.moved(model, x, recourse.moves(model, x, 0.25))
    assert recourse.scores(model.weights, told) == pytest.approx(0.25)
    away = (told - x) / np.linalg.norm(told - x, axis=1, keepdims=True)  # along the weights: the shortest way
    assert away == pytest.approx(np.broadcast_to(model.weights[:-1] / np.linalg.norm(model.weights[:-1]), x.shape))


def test_nothing_is_certified_where_nothing_can_be_proved() -> None:
    model, others, over = model_of("logistic", 0.01, features=30)
    assert np.isinf(deletions.falls(model, np.column_stack([others, np.ones(len(others))]), 2)).all()
    assert not recourse.certified(model, others, over, 2).any()
    assert np.isinf(recourse.robust_moves(model, others, over, 2, np.ones(len(others)))).all()


def test_deletions_that_leave_no_optimum_break_nothing_and_certify_nothing() -> None:
    # without a penalty two rows do not tell two weights and an intercept
    model = deletions.fitted([[0.0, 0.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0]], [0.0, 1.0, 2.0, 9.0], "ridge", 0.0)
    with pytest.raises(UsageError, match="no optimum"):
        deletions.without(model, [2, 3])
    asked = np.array([[3.0, 1.0], [-3.0, 1.0]])
    assert not recourse.attacked(model, asked, 0.0, 2).any()
    assert not recourse.certified(model, asked, 0.0, 2).any()


def test_weights_of_nought_give_no_advice() -> None:
    model = deletions.fitted([[1.0], [-1.0], [1.0], [-1.0]], [1, 1, 0, 0], "ridge", 1.0)
    with pytest.raises(UsageError, match="all 0"):
        recourse.moves(model, np.zeros((1, 1)), 1.0)
