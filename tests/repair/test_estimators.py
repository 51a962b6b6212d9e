from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair.estimators import ESTIMATOR, columns, refit
from headgate.repair.examples import examples

datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
linear = pytest.importorskip("sklearn.linear_model")
pipeline = pytest.importorskip("sklearn.pipeline")
preprocessing = pytest.importorskip("sklearn.preprocessing")
svm = pytest.importorskip("sklearn.svm")
ensemble = pytest.importorskip("sklearn.ensemble")

X, Y = datasets.load_iris(return_X_y=True)
IRIS = examples(X.reshape(-1, 2, 2), Y, ids=[f"iris-{n}" for n in range(150)])  # of any shape


@pytest.fixture(scope="module")
def model() -> object:
    return pipeline.make_pipeline(preprocessing.StandardScaler(), linear.LogisticRegression()).fit(X, Y)


def test_a_classifier_answers_loses_and_sees(model: object) -> None:
    given = model.predict_proba(X)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(ESTIMATOR.outcomes(model, IRIS), (given.argmax(1) == Y).astype(float))
    np.testing.assert_allclose(ESTIMATOR.losses(model, IRIS), -np.log(given[np.arange(150), Y]))
    np.testing.assert_allclose(ESTIMATOR.features(model, IRIS), (X - X.mean(0)) / X.std(0))
    np.testing.assert_allclose(ESTIMATOR.probabilities(model, IRIS), given)


def test_classes_that_are_not_in_a_row_have_columns_of_their_own() -> None:
    two = examples(X[50:], Y[50:] * 2)  # classes 2 and 4
    fitted = linear.LogisticRegression().fit(two.x, two.y)
    found = ESTIMATOR.probabilities(fitted, two)
    assert found.shape == (100, 5)
    assert not found[:, [0, 1, 3]].any()
    np.testing.assert_allclose(found.sum(1), 1.0)
    np.testing.assert_allclose(ESTIMATOR.losses(fitted, two), -np.log(found[np.arange(100), two.y]))


@pytest.mark.parametrize(
    ("names", "places"), [([0, 1, 2], [2, 0]), ([1, 4, 6], [6, 1]), ([-1, 0, 4], [2, 0]), (["a", "b", "c"], [2, 0])]
)
def test_each_answer_has_a_column_of_the_probabilities(names: list[object], places: list[int]) -> None:
    called = np.array(names)
    fitted = linear.LogisticRegression(max_iter=500).fit(X, called[Y])
    assert columns(fitted, called[[2, 0]]).tolist() == places
    found = ESTIMATOR.probabilities(fitted, examples(X, called[Y]))
    likely = found[np.arange(150), columns(fitted, called[Y])]
    np.testing.assert_allclose(-np.log(likely), ESTIMATOR.losses(fitted, examples(X, called[Y])))
    with pytest.raises(UsageError, match="none of the 3 classes"):
        columns(fitted, np.array(["z"]) if isinstance(names[0], str) else np.array([9]))
    assert columns(object(), np.array([3, 1])).tolist() == [3, 1]


def test_a_class_that_the_model_does_not_know_is_as_unlikely_as_can_be(model: object) -> None:
    strange = examples(X[:2], np.array([7, 7]))
    np.testing.assert_array_equal(ESTIMATOR.outcomes(model, strange), [0, 0])
    np.testing.assert_allclose(ESTIMATOR.losses(model, strange), -np.log(1e-12))


def test_a_regressor_is_near_or_far() -> None:
    rows = examples(np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 1.0, 5.0]))
    fitted = linear.LinearRegression().fit(rows.x[:2], rows.y[:2])
    np.testing.assert_allclose(ESTIMATOR.losses(fitted, rows), [0, 0, 4.5], atol=1e-12)
    np.testing.assert_allclose(ESTIMATOR.outcomes(fitted, rows), [1, 1, np.exp(-4.5)])
    np.testing.assert_array_equal(ESTIMATOR.features(fitted, rows), rows.x)


def test_without_probabilities_there_is_no_loss() -> None:
    fitted = svm.LinearSVC().fit(X, Y)
    with pytest.raises(UsageError, match="LinearSVC gives no probabilities"):
        ESTIMATOR.losses(fitted, IRIS)


def test_a_clone_can_be_changed_freely(model: object) -> None:
    copied = ESTIMATOR.clone(model)
    copied[-1].coef_[:] = 0
    assert model[-1].coef_.any()  # type: ignore[index]


def test_a_retrained_model_is_new_and_of_its_seed(model: object) -> None:
    forest = ensemble.RandomForestClassifier(n_estimators=5, random_state=9).fit(X, Y)
    again = refit(forest)
    first, second, other = (again(IRIS, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert (first.predict_proba(X) != other.predict_proba(X)).any()
    assert forest.random_state == 9
    assert refit(model)(IRIS, 0).named_steps.keys() == model.named_steps.keys()  # type: ignore[attr-defined]


def test_items_of_one_class_teach_that_class(model: object) -> None:
    fitted = refit(model)(examples(X[:5], Y[:5]), 0)
    np.testing.assert_array_equal(ESTIMATOR.outcomes(fitted, IRIS), (Y == 0).astype(float))
