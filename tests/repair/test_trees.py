from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair.boosted import chances, raw
from headgate.repair.examples import examples
from headgate.repair.trees import TREES, boosted
from tests.stumps import ANSWERS, ROWS, two_stumps


def test_plain_arrays_are_a_subject_without_scikit_learn() -> None:
    items = examples(ROWS, ANSWERS)
    found = raw(two_stumps(), ROWS)[:, 0]
    np.testing.assert_allclose(TREES.losses(two_stumps(), items), (found - ANSWERS) ** 2 / 2)
    np.testing.assert_allclose(TREES.outcomes(two_stumps(), items), np.exp(-((found - ANSWERS) ** 2) / 2))
    np.testing.assert_allclose(TREES.features(two_stumps(), items).sum(1) + 3.5, found)
    two = replace(two_stumps(), loss="logistic", classes=np.array([0, 1]))
    labelled = examples(ROWS, np.array([0, 1, 1, 1]))
    np.testing.assert_allclose(TREES.probabilities(two, labelled), chances(two, ROWS))
    np.testing.assert_allclose(TREES.outcomes(two, labelled), [0, 1, 1, 1])
    np.testing.assert_allclose(TREES.losses(two, labelled), -np.log(chances(two, ROWS)[range(4), labelled.y]))


datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
ensemble = pytest.importorskip("sklearn.ensemble")
linear = pytest.importorskip("sklearn.linear_model")
CLASSIFIERS = ["GradientBoostingClassifier", "HistGradientBoostingClassifier"]
REGRESSORS = ["GradientBoostingRegressor", "HistGradientBoostingRegressor"]


def fitted(name: str, x: np.ndarray, y: np.ndarray, **more: object) -> object:
    rounds = {"max_iter" if name.startswith("Hist") else "n_estimators": 12}
    return getattr(ensemble, name)(random_state=0, **rounds, **more).fit(x, y)


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("load", ["load_breast_cancer", "load_iris"])
def test_the_sums_of_a_classifier_are_its_own(name: str, load: str) -> None:
    x, y = getattr(datasets, load)(return_X_y=True)
    model = fitted(name, x, y)
    arrays = boosted(model)
    np.testing.assert_allclose(raw(arrays, x), model.decision_function(x).reshape(len(x), -1), atol=1e-9)
    np.testing.assert_allclose(chances(arrays, x), model.predict_proba(x), atol=1e-9)
    assert len(arrays.rounds) == 12
    items = examples(x, y)
    np.testing.assert_allclose(TREES.losses(model, items), TREES.losses(arrays, items), atol=1e-9)
    assert TREES.features(model, items).shape == (len(x), 12 * arrays.start.size)


@pytest.mark.parametrize("name", REGRESSORS)
def test_the_sums_of_a_regressor_are_its_own_missing_values_too(name: str) -> None:
    x, y = datasets.load_diabetes(return_X_y=True)
    if name.startswith("Hist"):
        x = np.where(np.random.default_rng(0).random(x.shape) < 0.1, np.nan, x)
    model = fitted(name, x, y)
    np.testing.assert_allclose(raw(boosted(model), x)[:, 0], model.predict(x))
    np.testing.assert_allclose(TREES.losses(model, examples(x, y)), (model.predict(x) - y) ** 2 / 2)


def test_an_array_form_is_given_back() -> None:
    assert boosted(two_stumps()).rate == 0.5


def test_what_cannot_be_read_is_refused() -> None:
    x, y = datasets.load_diabetes(return_X_y=True)
    with pytest.raises(UsageError, match="Ridge is no gradient boosting"):
        boosted(linear.Ridge().fit(x, y))
    for name in REGRESSORS:
        loss = "absolute_error"
        with pytest.raises(UsageError, match="absolute_error"):
            boosted(fitted(name, x, y, loss=loss))
    with pytest.raises(UsageError, match="init"):
        boosted(fitted("GradientBoostingRegressor", x, y, init=linear.LinearRegression()))
    coded = np.column_stack([x, np.arange(len(x)) % 3])
    with pytest.raises(UsageError, match="categorical"):
        boosted(fitted("HistGradientBoostingRegressor", coded, y, categorical_features=[x.shape[1]]))
