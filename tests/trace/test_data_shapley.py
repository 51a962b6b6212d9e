from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair.estimators import ESTIMATOR
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, Subject
from headgate.trace.data_shapley import monte_carlo, trace
from tests.voting import vote, voting


def by_every_subset(subject: Subject, asked: object, players: list[np.ndarray]) -> np.ndarray:
    """Shapley values by the sum over subsets, of players who each bring the items at some places."""
    n = len(players)

    def worth(held: tuple[int, ...]) -> float:
        if not held:
            return 0.0
        return float(
            vote(
                (take(subject.train, np.sort(np.concatenate([players[p] for p in held]))), subject.model[1]), asked
            ).mean()
        )

    value = np.zeros(n)
    for player in range(n):
        others = [one for one in range(n) if one != player]
        for size in range(n):
            for held in combinations(others, size):
                value[player] += (worth((*held, player)) - worth(held)) / (n * comb(n - 1, size))
    return value


@pytest.mark.parametrize(("n", "k"), [(10, 3), (7, 1), (4, 5)])
def test_the_exact_form_is_the_enumeration_of_all_subsets(n: int, k: int) -> None:
    subject, behaviour = voting(n, k, seed=n)
    alone = [np.array([one]) for one in range(n)]
    for over in ("input", "features"):
        np.testing.assert_allclose(
            trace(subject, behaviour, k=k, over=over).score,
            by_every_subset(subject, behaviour.queries, alone),
            atol=1e-12,
        )
    np.testing.assert_allclose(
        trace(subject, behaviour, k=k, over="input", against="clean").score,
        -by_every_subset(subject, behaviour.clean, alone), atol=1e-12,
    )  # fmt: skip


def test_monte_carlo_is_within_three_standard_errors() -> None:
    subject, behaviour = voting(9, 2, seed=1)
    exact = by_every_subset(subject, behaviour.queries, [np.array([one]) for one in range(9)])
    found = trace(subject, behaviour, method="tmc", permutations=400, tolerance=0.0)
    assert found.error is not None
    assert (np.abs(found.score - exact) <= 3 * found.error + 1e-12).all()
    assert found.error.max() < 0.05
    assert "400 walks, 3,201 trainings" in found.note  # of each walk the last set is all items, which was trained once
    clean = trace(subject, behaviour, method="tmc", permutations=400, tolerance=0.0, against="clean")
    worse = -by_every_subset(subject, behaviour.clean, [np.array([one]) for one in range(9)])
    assert (np.abs(clean.score - worse) <= 3 * clean.error + 1e-12).all()


@pytest.mark.parametrize("method", ["knn", "tmc"])
def test_values_sum_to_what_all_do_less_what_nobody_does(method: str) -> None:
    subject, behaviour = voting(12, 3, seed=2)
    found = trace(subject, behaviour, method=method, k=3, over="input", permutations=20, tolerance=0.0)
    assert found.score.sum() == pytest.approx(vote(subject.model, behaviour.queries).mean())


def test_an_order_ends_where_nothing_is_left_to_gain() -> None:
    asked: list[int] = []

    def worth(players: np.ndarray) -> float:
        asked.append(len(players))
        return min(len(players), 3) / 3

    gains, whole, calls = monte_carlo(50, worth, nothing=0.0, permutations=5, tolerance=0.01, seed=0)
    assert whole == 1.0
    assert calls == len(asked) == 1 + 5 * 3
    assert max(asked[1:]) == 3
    np.testing.assert_allclose(gains.sum(1), 1.0)
    assert ((gains > 0).sum(1) == 3).all()
    full, _, calls = monte_carlo(50, worth, nothing=0.0, permutations=5, tolerance=0.0, seed=0)
    assert calls == 1 + 5 * 49
    np.testing.assert_allclose(full, gains)


def test_groups_are_players_and_share_alike() -> None:
    subject, behaviour = voting(9, 2, seed=3, groups=["a"] * 4 + ["b"] * 3 + ["c"] * 2)
    exact = by_every_subset(subject, behaviour.queries, [np.arange(4), np.arange(4, 7), np.arange(7, 9)])
    found = trace(subject, behaviour, method="tmc", by_group=True, permutations=300, tolerance=0.0)
    assert (np.abs(found.score - np.repeat(exact / [4, 3, 2], [4, 3, 2])) <= 3 * found.error + 1e-12).all()
    # what one of two groups does not bring the other does: what is not known of them is the same
    pair, asked = voting(8, 2, seed=3, groups=["a"] * 6 + ["b"] * 2)
    error = trace(pair, asked, method="tmc", by_group=True, permutations=10, tolerance=0.0).error
    assert error is not None
    assert error[0] * 6 == pytest.approx(error[7] * 2)
    assert error[0] > 0
    own = trace(subject, behaviour, k=2, over="input").score
    shared = trace(subject, behaviour, k=2, over="input", by_group=True).score
    np.testing.assert_allclose(shared, np.repeat([own[:4].mean(), own[4:7].mean(), own[7:].mean()], [4, 3, 2]))
    assert shared.sum() == pytest.approx(own.sum())


def test_the_same_seed_gives_the_same_walks() -> None:
    subject, behaviour = voting(6, 2)
    first, second, other = (trace(subject, behaviour, method="tmc", permutations=4, seed=s).score for s in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_a_model_of_classes_that_was_taught_nothing_guesses() -> None:
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is not installed")
    from headgate.repair.estimators import refit

    subject, behaviour = voting(12)
    model = linear.LogisticRegression().fit(subject.train.x, subject.train.y)
    real = replace(subject, model=model, adapter=ESTIMATOR, retrain=refit(model))
    found = trace(real, behaviour, method="tmc", permutations=3, tolerance=0.0)
    assert found.score.sum() == pytest.approx(ESTIMATOR.outcomes(model, behaviour.queries).mean() - 0.5)


def noisy(seed: int) -> tuple[Subject, Behaviour, np.ndarray]:
    """200 digits of which 20 have a wrong class, and 200 others as clean items."""
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn, whose digits are used, is not installed")
    x, y = datasets.load_digits(return_X_y=True)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(x))[:400]
    train, held = order[:200], order[200:]
    wrong = np.zeros(200, bool)
    wrong[draw.choice(200, 20, replace=False)] = True
    answers = np.where(wrong, (y[train] + draw.integers(1, 10, 200)) % 10, y[train])
    items = examples(x[train].reshape(-1, 1, 8, 8), answers, ids=[f"digit-{n}" for n in train])
    clean = examples(x[held].reshape(-1, 1, 8, 8), y[held], ids=[f"digit-{n}" for n in held])
    return Subject("digits", None, items, ESTIMATOR), Behaviour("query", clean, clean), wrong


@pytest.mark.parametrize("seed", range(3))
def test_wrong_labels_are_among_the_worst_fifth(seed: int) -> None:
    subject, behaviour, wrong = noisy(seed)
    score = trace(subject, behaviour, over="input", against="clean").score
    assert wrong[np.argsort(-score)[:40]].sum() >= 19


def test_the_planted_items_of_the_toy_come_first() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from tests.repairing import digits_subject

    subject, planted = digits_subject()
    bad = np.isin(subject.train.ids, planted.bad)
    for over, least in (("both", 0.95), ("input", 0.95), ("features", 0.6)):
        score = trace(subject, planted.parts["query"], over=over).score
        assert bad[np.argsort(-score, kind="stable")[: bad.sum()]].mean() >= least, over
    early = trace(subject, planted.parts["query"], over="features", checkpoint=0).score
    assert bad[np.argsort(-early, kind="stable")[: bad.sum()]].mean() >= 0.8
    assert (early != score).any()  # of the finished model's features


def test_the_nearest_need_neither_torch_nor_scikit_learn() -> None:
    code = """
import sys
import numpy as np
from headgate.repair.estimators import ESTIMATOR
from headgate.repair.examples import examples
from headgate.repair.shapes import Behaviour, Subject
from headgate.trace.data_shapley import trace
items = examples(np.arange(6.0).reshape(-1, 1), np.array([0, 0, 0, 1, 1, 1]))
asked = examples(np.array([[4.5]]), np.array([1]))
score = trace(Subject("rows", None, items, ESTIMATOR), Behaviour("query", asked, asked), k=2, over="input").score
assert score[3:].min() > score[:3].max()
assert not {"torch", "sklearn", "scipy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_cannot_be_done_is_refused() -> None:
    subject, behaviour = voting()
    with pytest.raises(UsageError, match="proof part"):
        trace(subject, replace(behaviour, role="proof"))
    with pytest.raises(UsageError, match="cannot be trained again"):
        trace(replace(subject, retrain=None), behaviour, method="tmc")
    with pytest.raises(UsageError, match="without groups"):
        trace(subject, behaviour, by_group=True)
    with pytest.raises(UsageError, match="permutations 1"):
        trace(subject, behaviour, method="tmc", permutations=1)
