from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.fairness import fidelity
from tests.shifted_groups import shifted


def parted(seed: int, kind: str = "r2", **how: float) -> fidelity.Parts:
    x, scores, few = shifted(seed, rows=2000, **how)  # type: ignore[arg-type]
    random, features = np.random.default_rng(seed), fidelity.standardised(x)
    sides = [np.flatnonzero(few == one) for one in (False, True)]
    at = np.concatenate([one[:300] for one in sides])
    found = fidelity.explained(features, scores, at, np.arange(len(scores)))
    same = min(map(len, sides))
    even = np.stack([
        fidelity.explained(features, scores, at, np.concatenate([random.permutation(one)[:same] for one in sides]))
        for _ in range(2)
    ])  # fmt: skip
    worse = few[at].astype(float)
    odds = fidelity.like(features, few)[at]
    return fidelity.parts(scores[at], found, even, (1 - worse, worse, (1 - worse) * odds), kind)  # type: ignore[arg-type]


def test_scores_that_are_linear_are_explained_to_the_last_but_for_the_ridge() -> None:
    random = np.random.default_rng(0)
    x = fidelity.standardised(random.normal(size=(500, 3)))
    scores = 0.5 + x @ np.array([0.2, -0.1, 0.0])
    found = fidelity.explained(x, scores, np.arange(50), np.arange(500), neighbours=100)
    assert np.abs(found - scores[:50]).mean() < 0.02
    assert fidelity.fidelity(scores[:50], found, np.ones(50)) > 0.99


def test_an_explanation_is_the_weighted_ridge_of_scikit_learn() -> None:
    from sklearn.linear_model import Ridge

    random = np.random.default_rng(1)
    x, scores = random.normal(size=(60, 4)), random.random(60)
    far = np.sqrt(((x[1:] - x[0]) ** 2).sum(1))
    near = np.argsort(far)[:20]
    weight = (1 - (far[near] / (far[near].max() * 1.0001)) ** 3) ** 3
    model = Ridge(alpha=fidelity._RIDGE * weight.sum()).fit(x[1:][near], scores[1:][near], weight)
    found = fidelity.explained(x, scores, np.array([0]), np.arange(60), neighbours=20)
    assert found[0] == pytest.approx(float(model.predict(x[:1])[0]), abs=1e-9)


def test_the_row_itself_says_nothing_of_its_score() -> None:
    x, scores = np.arange(40.0)[:, None], np.zeros(40)
    scores[20] = 1.0
    assert fidelity.explained(x, scores, np.array([20]), np.arange(40), neighbours=10)[0] == pytest.approx(0)


def test_fidelity_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import accuracy_score, r2_score

    random = np.random.default_rng(2)
    scores, found, weight = random.random(30), random.random(30), random.integers(0, 4, 30).astype(float)
    assert fidelity.fidelity(scores, found, weight) == pytest.approx(r2_score(scores, found, sample_weight=weight))
    same = accuracy_score(scores >= 0.5, found >= 0.5, sample_weight=weight)
    assert fidelity.fidelity(scores, found, weight, "accuracy") == pytest.approx(same)
    many = fidelity.fidelity(scores, np.stack([found, scores])[:, None, :], np.stack([weight, weight]))
    assert many.shape == (2, 2)
    assert many[1].tolist() == [1, 1]


def test_what_is_not_defined_is_not_a_number() -> None:
    assert np.isnan(fidelity.fidelity(np.ones(3), np.ones(3), np.ones(3)))
    assert np.isnan(fidelity.fidelity(np.ones(3), np.ones(3), np.zeros(3), "accuracy"))


def test_without_shift_there_is_no_gap_and_with_another_concept_there_is() -> None:
    none = [float(parted(seed).raw) for seed in range(3)]
    other = [float(parted(seed, concept=0.5).raw) for seed in range(3)]
    assert max(map(abs, none)) < 0.02
    assert min(other) > 0.3


def test_a_minority_with_another_concept_suffers_from_its_size() -> None:
    for seed in range(2):
        made = parted(seed, concept=0.5)
        assert made.size > 0.5 * made.raw
        assert made.raw == pytest.approx(float(made.size + made.covariates + made.rest))


def test_rows_where_the_worse_group_is_weigh_more() -> None:
    x, _, few = shifted(0, moved=2.0)
    odds = fidelity.like(fidelity.standardised(x), few)
    assert (odds[few] == 1).all()
    assert np.corrcoef(x[~few, 0], odds[~few])[0, 1] > 0.5
    # weighted, the first feature of the majority has the mean of the minority, 2, as far as rows reach there
    assert np.average(x[~few, 0], weights=odds[~few]) > 1.2


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_parts_add_up_whatever_the_weights(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores, found, even = random.random(12), random.random(12), random.random((2, 12))
    better = (np.arange(12) < 6) * random.integers(0, 3, (5, 12)) * 1.0
    worse = (np.arange(12) >= 6) * random.integers(0, 3, (5, 12)) * 1.0
    made = fidelity.parts(scores, found, even, (better, worse, better * random.random(12)), "accuracy")
    whole = made.size + made.covariates + made.rest
    assert made.raw.shape == (5,)
    assert np.allclose(whole, made.raw, equal_nan=True) or np.isnan(whole).any()


def test_what_makes_no_sense_is_told_in_one_line() -> None:
    with pytest.raises(UsageError, match="neighbours among 10 rows"):
        fidelity.explained(np.ones((10, 2)), np.ones(10), np.arange(3), np.arange(10), neighbours=10)
    for wrong in (np.ones(3), np.full((2, 2), np.nan), np.ones((0, 3))):
        with pytest.raises(UsageError, match="features of shape"):
            fidelity.standardised(wrong)
