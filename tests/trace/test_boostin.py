from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair.boosted import Boosted, fallen, raw
from headgate.repair.estimators import ESTIMATOR, refit
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, Subject
from headgate.repair.trees import TREES, boosted
from headgate.trace.boostin import derivatives, influence, trace
from tests.stumps import ANSWERS, ROWS, two_stumps

QUERY = np.array([[2.0]]), np.array([10.0])


def test_two_stumps_by_hand() -> None:
    # The query x = 2, y = 10 has the gradients f - y = -6.5 before round 1 and -5.25 before round 2.
    # Round 1, leaf 2.5 of rows 2 and 3 (gradients -0.5, -4.5): 1/2 x (g + leaf) / 2 = 0.5 and -0.5.
    # Round 2, leaf -13/12 of rows 0, 1, 2 (gradients 2.25, 0.25, 0.75): 1/2 x (g + leaf) / 3 = 7/36, -5/36, -1/18.
    expected = [7 / 36 * -5.25, -5 / 36 * -5.25, 0.5 * -6.5 - 1 / 18 * -5.25, -0.5 * -6.5]
    np.testing.assert_allclose(influence(two_stumps(), (ROWS, ANSWERS), QUERY), expected)
    np.testing.assert_allclose(expected, [-1.0208333, 0.7291667, -2.9583333, 3.25], atol=1e-7)


def test_a_query_in_another_leaf_gets_nothing() -> None:
    first = replace(two_stumps(), rounds=two_stumps().rounds[:1])
    assert influence(first, (ROWS, ANSWERS), (np.array([[0.0]]), np.array([9.0])))[2:].tolist() == [0, 0]


def test_the_sum_rule() -> None:
    # Weights that all grow alike leave a Newton step as it is: each leaf's derivatives sum to 0, or with a penalty p
    # to rate x leaf x p / (rows + p) short of that.
    assert influence(two_stumps(), (ROWS, ANSWERS), QUERY).sum() == pytest.approx(0.0, abs=1e-12)
    p = 2.0
    stumps = two_stumps(penalty=p)
    # leaves shrink by rows / (rows + p): 2.5 x 2/4 in round 1; the step then is 0.625 and the query lies at 4.125
    one = replace(stumps, rounds=((replace(stumps.rounds[0][0], value=np.array([0, -0.625, 0.625])),),))
    # (g + leaf) over rows 2 and 3: -5 + 2 x 1.25 = -2.5 = -p x leaf
    assert influence(one, (ROWS, ANSWERS), QUERY).sum() == pytest.approx(0.5 * -2.5 / 4 * -6.5)


def test_queries_are_averaged() -> None:
    more = np.array([[0.0], [3.0]]), np.array([1.0, 1.0])
    each = [influence(two_stumps(), (ROWS, ANSWERS), (x[None], y[None])) for x, y in zip(*more, strict=True)]
    np.testing.assert_allclose(influence(two_stumps(), (ROWS, ANSWERS), more), np.mean(each, axis=0))


datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
ensemble = pytest.importorskip("sklearn.ensemble")


def leaves_by_weight(model: Boosted, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> list[list[np.ndarray]]:
    """Leaf values refitted by `weight`, each round as if the ones before were as they are."""
    leaves, steps = fallen(model, x)
    slope, curve = derivatives(model, steps, y)
    return [
        [
            -model.rate * model.scale * np.bincount(leaves[:, n, k], weight * slope[:, n, k], len(tree.value))
            / np.maximum(np.bincount(leaves[:, n, k], weight * curve[:, n, k], len(tree.value)) + model.penalty, 1e-300)
            for k, tree in enumerate(row)
        ]
        for n, row in enumerate(model.rounds)
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["GradientBoostingClassifier", "HistGradientBoostingClassifier"])
@pytest.mark.parametrize("classes", [2, 3])
def test_it_is_how_leaves_move_with_a_row_s_weight(name: str, classes: int) -> None:
    x, y = datasets.load_iris(return_X_y=True)
    x, y = x[y < classes] + np.random.default_rng(0).normal(0, 1, (50 * classes, 4)), y[y < classes]
    rounds = (
        {"max_iter": 6, "l2_regularization": 0.7} if name.startswith("Hist") else {"n_estimators": 6, "max_depth": 2}
    )
    model = boosted(getattr(ensemble, name)(random_state=0, **rounds).fit(x, y))
    asked, unwanted = x[:1], np.array([1])
    at, steps = fallen(model, asked)
    pull, _ = derivatives(model, steps, unwanted)
    small, expected = 1e-5, []
    for row in range(0, len(x), 9):
        change = np.zeros(len(x))
        change[row] = small
        up, down = (leaves_by_weight(model, x, y, 1 + sign * change) for sign in (1, -1))
        moved = [
            pull[0, n, k] * (up[n][k] - down[n][k])[at[0, n, k]] / (2 * small)
            for n in range(6)
            for k in range(model.start.size)
        ]
        expected.append(-sum(moved))
    found = influence(model, (x, y), (asked, unwanted))[::9]
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-7)


@pytest.mark.parametrize("name", ["GradientBoostingClassifier", "HistGradientBoostingClassifier"])
def test_leaves_are_the_newton_steps_that_it_takes_them_for(name: str) -> None:
    x, y = datasets.load_iris(return_X_y=True)
    rounds = {"max_iter": 5, "l2_regularization": 0.5} if name.startswith("Hist") else {"n_estimators": 5}
    model = boosted(getattr(ensemble, name)(random_state=0, **rounds).fit(x, y))
    again = leaves_by_weight(model, x, y, np.ones(len(x)))
    for n, row in enumerate(model.rounds):
        for k, tree in enumerate(row):
            leaf = tree.left < 0
            np.testing.assert_allclose(again[n][k][leaf], tree.value[leaf], rtol=1e-4, atol=1e-6)


@pytest.fixture(scope="module")
def subject() -> Subject:
    x, y = datasets.load_breast_cancer(return_X_y=True)
    items = examples(x[:400], y[:400], ids=[f"row-{n}" for n in range(400)])
    model = ensemble.GradientBoostingClassifier(n_estimators=20, max_depth=2, random_state=0).fit(items.x, items.y)
    return Subject("cancer", model, items, TREES, retrain=refit(model))


def asked(n: int = 5) -> Behaviour:
    x, y = datasets.load_breast_cancer(return_X_y=True)
    held = examples(x[400 : 400 + n], y[400 : 400 + n], ids=[f"held-{n}" for n in range(n)])
    return Behaviour("query", held, held)


def test_without_what_it_names_the_loss_grows_more_than_without_as_many_at_random(subject: Subject) -> None:
    behaviour = asked(20)
    score = trace(subject, behaviour).score
    draw = np.random.default_rng(0)

    def loss_without(out: np.ndarray) -> float:
        model = subject.retrain(take(subject.train, np.setdiff1d(np.arange(400), out)), 0)
        return float(TREES.losses(model, behaviour.queries).mean())

    top = loss_without(np.argsort(-score)[:40])
    random = [loss_without(draw.choice(400, 40, replace=False)) for _ in range(3)]
    assert top > max(random)
    assert loss_without(np.argsort(score)[:40]) < min(random)


def test_arrays_and_the_model_itself_give_the_same(subject: Subject) -> None:
    arrays = replace(subject, model=boosted(subject.model))
    np.testing.assert_allclose(trace(arrays, asked()).score, trace(subject, asked()).score)


def test_the_first_rounds_alone(subject: Subject) -> None:
    model = boosted(subject.model)
    short = replace(subject, model=replace(model, rounds=model.rounds[:3]))
    np.testing.assert_allclose(trace(subject, asked(), rounds=3).score, trace(short, asked()).score)
    np.testing.assert_array_equal(trace(subject, asked(), rounds=99).score, trace(subject, asked()).score)
    assert raw(short.model, subject.train.x).shape == (400, 1)


def test_an_answer_that_the_trees_do_not_know_is_refused(subject: Subject) -> None:
    for model in (subject.model, replace(boosted(subject.model), classes=None)):
        strange = replace(asked().queries, y=np.full(5, 7))
        with pytest.raises(UsageError, match="'7' is none of the 2 classes"):
            trace(replace(subject, model=model), Behaviour("query", strange, strange))


def test_leaves_that_ran_away_are_no_overflow() -> None:
    stumps = replace(two_stumps(), loss="logistic", start=np.array([-5_000.0]))
    assert np.isfinite(influence(stumps, (ROWS, ANSWERS > 2), (QUERY[0], np.array([True])))).all()


def test_other_kinds_and_the_proof_part_are_refused(subject: Subject) -> None:
    with pytest.raises(UsageError, match="kind estimator, not trees"):
        trace(replace(subject, adapter=ESTIMATOR), asked())
    with pytest.raises(UsageError, match="proof part"):
        trace(subject, replace(asked(), role="proof"))
    with pytest.raises(UsageError, match="rounds -1"):
        trace(subject, asked(), rounds=-1)
