import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from headgate.errors import UsageError
from headgate.fairness.counts import count
from headgate.fairness.estimator import FairThresholds
from headgate.fairness.measures import rate
from tests.fairness_data import adult


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    g = draw.integers(2, size=n)
    y = (draw.random(n) < 0.25 + 0.25 * g).astype(int)
    x = np.column_stack((draw.normal(size=n) + 1.5 * y, draw.normal(size=n) + 2.5 * g, draw.normal(size=n)))
    return x, y, np.where(g == 1, "one", "nought")


X, Y, G = drawn(4000, 0)
FRESH = drawn(4000, 1)


def gap(made: np.ndarray, y: np.ndarray, g: np.ndarray) -> float:
    return float(np.ptp(rate("selection_rate", count(y == 1, made == 1, g))))


def test_known_groups() -> None:
    model = FairThresholds(constraint="demographic_parity<=0.05").fit(X, Y, groups=G)
    made = model.predict(FRESH[0], groups=FRESH[2])
    unfair = model.estimator_.predict(FRESH[0])
    assert gap(unfair, *FRESH[1:]) > 0.2
    assert gap(made, *FRESH[1:]) <= 0.05
    assert (made == FRESH[1]).mean() > 0.6
    assert model.check(FRESH[0], FRESH[1], groups=FRESH[2]).met in (True, None)
    np.testing.assert_array_equal(made, model.predict(FRESH[0], groups=FRESH[2]))


def test_inferred_groups_need_none_to_predict_and_are_measured_by_the_true_ones() -> None:
    model = FairThresholds(constraint="demographic_parity<=0.05", groups="inferred", margin=0.5).fit(X, Y, groups=G)
    made = model.predict(FRESH[0])
    assert gap(made, *FRESH[1:]) <= 0.09 < gap(model.estimator_.predict(FRESH[0]), *FRESH[1:])
    assert "not sure" in model.thresholds_.parts
    assert model.thresholds_.inferred
    with pytest.raises(UsageError, match="takes none where they are inferred"):
        model.predict(FRESH[0], groups=FRESH[2])


def test_it_is_an_estimator_by_the_conventions() -> None:
    model = FairThresholds(LogisticRegression(C=0.5), constraint="recall<=0.1", margin=0.5, seed=3)
    again = clone(model)
    assert again is not model
    assert again.get_params()["constraint"] == "recall<=0.1"
    assert again.get_params()["estimator__C"] == 0.5
    again.set_params(estimator__C=2.0, margin=0.9)
    assert (again.estimator.C, again.margin) == (2.0, 0.9)
    with pytest.raises(NotFittedError):
        model.predict(X, groups=G)
    assert model.fit(X, Y, groups=G) is model
    assert not hasattr(model.estimator, "coef_")
    np.testing.assert_array_equal(model.classes_, [0, 1])


def test_prefit_uses_all_rows_as_validation() -> None:
    base = LogisticRegression().fit(X, Y)
    model = FairThresholds(base, prefit=True, margin=0.5).fit(*FRESH[:2], groups=FRESH[2])
    assert model.estimator_ is base
    assert gap(model.predict(FRESH[0], groups=FRESH[2]), *FRESH[1:]) == pytest.approx(model.thresholds_.excess)
    with pytest.raises(UsageError, match="prefit needs"):
        FairThresholds(prefit=True).fit(X, Y, groups=G)


def test_pandas_in_and_out_and_labels_of_any_name() -> None:
    frame = pd.DataFrame(X, columns=list("abc"), index=range(100, 4100))
    words = pd.Series(np.where(Y == 1, "yes", "no"))
    model = FairThresholds(margin=0.5).fit(frame, words, groups=pd.Series(G))
    made = model.predict(frame, groups=pd.Series(G))
    assert isinstance(made, pd.Series)
    assert made.index.equals(frame.index)
    assert set(made) == {"no", "yes"}
    plain = FairThresholds(margin=0.5).fit(X, Y, groups=G).predict(X, groups=G)
    np.testing.assert_array_equal(made == "yes", plain == 1)


def test_a_model_without_probabilities_starts_from_its_own_threshold() -> None:
    model = FairThresholds(LinearSVC(), constraint="recall<=1", margin=0.5).fit(X, Y, groups=G)
    assert model.thresholds_.baseline == 0.0
    assert (model.predict(X, groups=G) == Y).mean() > 0.7


def test_wrong_calls_are_one_line() -> None:
    model = FairThresholds().fit(X, Y, groups=G)
    for call, says in (
        (lambda: model.predict(X), "needs groups"),
        (lambda: model.predict(X, groups=np.full(len(X), "third")), "has no threshold"),
        (lambda: FairThresholds(groups="guessed").fit(X, Y, groups=G), "Choose from known, inferred"),
        (lambda: FairThresholds().fit(X, Y, groups=G[1:]), "do not fit"),
        (lambda: FairThresholds().fit(X, np.zeros(len(X)), groups=G), "1 values of y"),
        (lambda: FairThresholds(validation=1.5).fit(X, Y, groups=G), "no share"),
    ):
        with pytest.raises(UsageError, match=says):
            call()


def test_adult(data) -> None:
    train, test = adult(data)
    sex = train.groups["sex"]
    base = HistGradientBoostingClassifier(max_iter=20, random_state=0)
    model = FairThresholds(base, seed=1).fit(train.x, train.y, groups=sex)
    made = model.predict(test.x, groups=test.groups["sex"])
    assert gap(model.estimator_.predict(test.x), test.y, test.groups["sex"]) > 0.12
    assert gap(made, test.y, test.groups["sex"]) < 0.02
    assert (made == test.y).mean() > 0.83
