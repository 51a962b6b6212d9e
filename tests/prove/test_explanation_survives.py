"""Advice to rejected rows of breast_cancer under deletions, by estimators and by a torch layer."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES
from headgate.prove.explanation_survives import linear_weights, prove
from headgate.repair.estimators import ESTIMATOR, refit
from headgate.repair.examples import examples, parted
from headgate.repair.shapes import Behaviour, Case, Examples, ForgetSet, Subject


def rows(places: np.ndarray) -> Examples:
    x, y = load_breast_cancer(return_X_y=True)
    x = ((x - x.mean(0)) / x.std(0))[:, :8]
    return examples(x[places], y[places], ids=[f"row-{n}" for n in places])


def case_of(model: Any, k: int) -> Case:
    """60 rows of training, the first `k` of them to forget, the model after and one reference trained without them."""
    order = np.random.default_rng(0).permutation(569)
    train, clean = rows(order[:60]), rows(order[60:160])
    model.fit(train.x, train.y)
    subject = Subject("cancer", model, train, ESTIMATOR, (), refit(model))
    forget = ForgetSet(train.ids[:k], "asked for")
    again = refit(model)(parted(train, forget)[1], 0)
    return Case(subject, again, (again,), forget, Behaviour("proof", clean, clean))


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize(
    ("model", "threshold"),
    [
        (LogisticRegression(C=0.05, tol=1e-9, max_iter=5_000), 0.0),
        (Ridge(alpha=10.0), 0.5),
        (RidgeClassifier(alpha=10.0), 0.0),
    ],
)
def test_the_true_worst_lies_between_the_bounds(model: Any, threshold: float, k: int) -> None:
    case = case_of(model, k)
    told, worst, robust = prove(case, threshold=threshold)
    # every deletion in truth, each model fitted again by scikit-learn; advice along the weights to 0.1 past the threshold
    weights = linear_weights(case.subject.model)
    score = case.behaviour.clean.x @ weights[:-1] + weights[-1]
    x, score = case.behaviour.clean.x[score <= threshold], score[score <= threshold]
    x = x + ((threshold + 0.1 - score) / (weights[:-1] @ weights[:-1]))[:, None] * weights[:-1]
    broken = np.zeros(len(x), bool)
    for gone in combinations(range(60), k) if k == 1 else list(combinations(range(60), k))[::7]:
        again = linear_weights(refit(model)(rows_without(case.subject.train, gone), 0))
        broken |= x @ again[:-1] + again[-1] <= threshold
    assert worst.n == len(x) > 20
    assert worst.low is not None
    assert worst.high is not None
    assert worst.high >= broken.mean()
    if k == 1:
        assert worst.low <= broken.mean()
    assert robust.after == 0
    assert "times the change" in robust.evidence
    assert robust.verdict == "held"
    assert told.verdict == "held"  # the model after is the one trained again
    assert told.before == 0


def rows_without(train: Examples, gone: tuple[int, ...]) -> Examples:
    stay = [n for n in range(len(train)) if n not in gone]
    return examples(train.x[stay], train.y[stay], ids=[train.ids[n] for n in stay])


def test_advice_that_breaks_is_a_leak() -> None:
    told, worst, _ = prove(case_of(LogisticRegression(C=0.1, tol=1e-9, max_iter=5_000), 2), beyond=1e-3)
    assert worst.verdict == "leaks"
    assert worst.low is not None
    assert worst.low > 0.9
    assert told.test == worst.test == "explanation_survives"


def test_an_after_model_that_turns_on_its_advice_is_told_from_the_retrained() -> None:
    case = case_of(Ridge(alpha=10.0), 1)
    after = Ridge(alpha=10.0).fit(case.subject.train.x, case.subject.train.y)
    after.intercept_ -= 0.4
    told = prove(replace(case, after=after), threshold=0.5)[0]
    assert told.verdict == "leaks"
    assert told.after == 1


def test_more_deletions_than_can_be_bounded_prove_nothing() -> None:
    worst, robust = prove(case_of(LogisticRegression(C=1.0, tol=1e-9, max_iter=5_000), 12), beyond=5.0)[1:]
    assert worst.high == robust.high == 1
    assert robust.verdict == "inconclusive"
    assert "no robust advice" in robust.evidence


def test_the_wanted_side_can_be_the_low_one() -> None:
    case = case_of(LogisticRegression(C=0.1, tol=1e-9, max_iter=5_000), 1)
    told, low = prove(case, wanted="low")[:2]
    assert (told.before, told.after) == (0.0, told.reference)  # its own advice holds for the model before
    flipped = examples(case.subject.train.x, 1 - case.subject.train.y, ids=case.subject.train.ids)
    model = LogisticRegression(C=0.1, tol=1e-9, max_iter=5_000).fit(flipped.x, flipped.y)
    turned = replace(case, subject=replace(case.subject, model=model, train=flipped))
    high = prove(replace(turned, after=model, references=()))[1]
    assert (low.low, low.high, low.n) == pytest.approx((high.low, high.high, high.n))


def test_a_torch_layer_of_two_outputs_tells_what_the_estimator_tells() -> None:
    case = case_of(LogisticRegression(C=0.1, tol=1e-9, max_iter=5_000), 1)
    weights = torch.tensor(linear_weights(case.subject.model), dtype=torch.float32)
    layer = torch.nn.Linear(8, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.stack([-weights[:-1] / 2, weights[:-1] / 2]))
        layer.bias.copy_(torch.stack([-weights[-1] / 2, weights[-1] / 2]))
    torched = replace(case, subject=replace(case.subject, model=layer, adapter=CLASSES), after=layer, references=())
    # the penalty on both outputs is twice that on half their difference each
    found, expected = prove(torched, strength=20.0)[1], prove(case)[1]
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    with pytest.raises(UsageError, match="from the optimum"):
        prove(torched, strength=1.0)


@pytest.mark.parametrize(
    ("model", "words"),
    [(KNeighborsClassifier(), "no bound is known"), (LogisticRegression(class_weight="balanced"), "class weights"),
     (LogisticRegression(solver="liblinear"), "lbfgs"), (Ridge(fit_intercept=False), "intercept"),
     (Ridge(positive=True), "limit on signs"), (RidgeClassifier(class_weight={0: 1.0, 1: 1.01}), "class weights"),
     (LogisticRegression(fit_intercept=False), "intercept")],
)  # fmt: skip
def test_models_without_a_bound_are_refused(model: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        prove(case_of(model, 1))


def test_what_is_no_advice_and_several_answers_a_row_are_refused() -> None:
    case = case_of(Ridge(alpha=10.0), 1)
    for flags in ({"beyond": 0.0}, {"beyond": float("nan")}, {"most": 0}, {"strength": -1.0}, {"ceiling": 2.0}):
        with pytest.raises(UsageError, match="Give a way past"):
            prove(case, threshold=0.5, **flags)  # type: ignore[arg-type]
    train = replace(case.subject.train, y=np.stack([case.subject.train.y] * 2, 1))
    two = replace(case.subject, model=Ridge().fit(train.x, train.y), train=train)
    with pytest.raises(UsageError, match="one answer a row"):
        prove(replace(case, subject=two), threshold=0.5)


def test_nobody_rejected_and_the_wrong_part_are_refused() -> None:
    case = case_of(Ridge(alpha=10.0), 1)
    with pytest.raises(UsageError, match="is rejected"):
        prove(case, threshold=-9.0)
    with pytest.raises(UsageError, match="validation part"):
        prove(replace(case, behaviour=replace(case.behaviour, role="validation")), threshold=0.5)


def test_a_model_of_several_scores_is_refused() -> None:
    with pytest.raises(UsageError, match="3 scores"):
        linear_weights(torch.nn.Linear(4, 3))
    with pytest.raises(UsageError, match="no linear model"):
        linear_weights(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 1)))
