"""The hardest forget set of logistic regression on digits, against random sets and against all of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES, class_losses
from headgate.nn.networks import perceptron
from headgate.nn.training import train
from headgate.prove import worst_case_forget
from headgate.prove.worst_case_forget import prove
from headgate.remove.finetune import remove
from headgate.repair.estimators import ESTIMATOR, refit
from headgate.repair.examples import digest, examples, parted, take
from headgate.repair.shapes import Behaviour, Case, Check, Examples, ForgetSet, Subject


@cache
def case_of(number: int, size: int, seed: int = 0) -> Case:
    """Logistic regression on `number` digits, of which the first `size` are to go, and 50 clean proof items."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))[: number + 50]
    items = examples((x[order] / 16).astype(np.float32), y[order], ids=[f"digit-{n}" for n in order])
    rows, clean = take(items, np.arange(number)), take(items, np.arange(number, number + 50))

    def retrain(kept: Examples, again: int) -> torch.nn.Module:
        model = perceptron(64, 10, hidden=(), seed=again)
        train(model, kept, class_losses, epochs=15, rate=1e-2, seed=again)
        return model

    subject = Subject("digits", retrain(rows, seed), rows, CLASSES, (), retrain)
    return Case(subject, subject.model, (), ForgetSet(rows.ids[:size], "asked for"), Behaviour("proof", clean, clean))


def left(case: Case, ids: tuple[str, ...], seed: int = 0) -> float:
    """The mean probability of their classes after fine-tuning without the items `ids`, worked out apart."""
    out, kept = parted(case.subject.train, ForgetSet(ids, ""))
    model = remove(case.subject, ForgetSet(ids, ""), Behaviour("validation", kept, kept), seed=seed).model
    with torch.no_grad():
        p = model(torch.as_tensor(out.x)).softmax(1).numpy()
    return float(p[np.arange(len(out)), out.y].mean())


def named(check: Check, case: Case, size: int) -> tuple[str, ...]:
    """The ids of the set that a check names by its hash, of a small subject."""
    sets = (tuple(case.subject.train.ids[n] for n in one) for one in combinations(range(len(case.subject.train)), size))
    return next(one for one in sets if digest(one)[:12] in check.evidence)


def test_the_set_found_is_harder_than_the_95th_percentile_of_random_sets() -> None:
    case = case_of(100, 8)
    hardest, typical = prove(case, random=100, budget=15)
    generator = np.random.default_rng(99)  # other sets than the method drew
    others = [left(case, tuple(generator.choice(case.subject.train.ids, 8, replace=False))) for _ in range(100)]
    assert hardest.after is not None
    assert hardest.after > np.percentile(others, 95)
    assert typical.after == pytest.approx(np.median(others), abs=0.05)
    assert hardest.n == typical.n == 8
    assert hardest.reference is not None
    assert "more than of 100% of 100 random sets" in hardest.evidence


def test_among_all_sets_of_a_few_items_it_ranks_in_the_top_twentieth() -> None:
    case, seed = case_of(14, 3, 1), 1
    hardest = prove(case, random=20, budget=18, seed=seed)[0]
    every = [left(case, tuple(case.subject.train.ids[n] for n in one), seed) for one in combinations(range(14), 3)]
    assert len(every) == 364
    found = left(case, named(hardest, case, 3), seed)
    assert hardest.after == pytest.approx(found)
    assert np.mean([one > found + 1e-9 for one in every]) < 0.05


def test_the_verdict_is_by_the_distance_to_the_model_retrained_without_that_set() -> None:
    case = case_of(14, 3)
    found = prove(case, random=5, budget=3, references=2)[0]
    ids = named(found, case, 3)
    out, kept = parted(case.subject.train, ForgetSet(ids, ""))
    assert case.subject.retrain is not None
    gold = [np.exp(-CLASSES.losses(case.subject.retrain(kept, 2_000 + n), out)).mean() for n in (0, 1)]
    assert found.reference == pytest.approx(np.mean(gold))
    assert found.before == pytest.approx(np.exp(-CLASSES.losses(case.subject.model, out)).mean())
    lone = replace(case, subject=replace(case.subject, retrain=None))
    assert {one.verdict for one in prove(lone, random=5, budget=3)} == {"inconclusive"}


def test_methods_without_a_seed_run_too_and_the_size_can_be_told() -> None:
    found = prove(case_of(14, 3), method="ssd", size=2, random=4, budget=3)
    assert [one.n for one in found] == [2, 2]


def test_it_removes_without_seeing_a_proof_item(monkeypatch: pytest.MonkeyPatch) -> None:
    case, seen = case_of(14, 3), set()

    def watching(subject: Subject, forget: ForgetSet, behaviour: Behaviour, *, seed: int = 0):  # type: ignore[no-untyped-def]
        seen.update(behaviour.clean.ids, behaviour.queries.ids)
        assert not set(forget.ids) & set(behaviour.clean.ids)
        return remove(subject, forget, behaviour, seed=seed)

    monkeypatch.setattr(worst_case_forget.catalog, "load", lambda _: watching)
    prove(case, random=3, budget=3)
    assert seen <= set(case.subject.train.ids)


def test_the_random_set_beside_it_is_the_median_one() -> None:
    case, draw = case_of(14, 3), np.random.default_rng(1)
    sets = [np.sort(draw.choice(14, 3, replace=False)) for _ in range(3)]
    means = [left(case, tuple(case.subject.train.ids[n] for n in one), 1) for one in sets]
    assert means[0] != np.median(means)
    assert prove(case, random=3, budget=3, seed=1)[1].after == pytest.approx(np.median(means), abs=1e-5)


def test_what_cannot_be_searched_is_refused() -> None:
    case = case_of(14, 3)
    with pytest.raises(UsageError, match="no method 'finetun'"):
        prove(case, method="finetun")
    with pytest.raises(UsageError, match="14 of 14 items"):
        prove(case, size=14)
    with pytest.raises(UsageError, match="4 restarts in 3 removals"):
        prove(case, restarts=4, budget=3)
    with pytest.raises(UsageError, match="query part"):
        prove(replace(case, behaviour=replace(case.behaviour, role="query")))


def test_estimators_of_numbers_and_of_classes_by_any_name_are_searched() -> None:
    subject = case_of(40, 4).subject
    x, y = subject.train.x, subject.train.y % 2
    clean = case_of(40, 4).behaviour.clean
    found = []
    for model, answers in ((LogisticRegression(), y), (LogisticRegression(), np.array(["a", "b"])[y]),
                           (LogisticRegression(), 2 * y - 1), (Ridge(), x[:, 20].astype(float))):  # fmt: skip
        train = replace(subject.train, y=answers)
        made = Subject("table", model.fit(x, answers), train, ESTIMATOR, (), refit(model))
        proof = Behaviour("proof", *[replace(clean, y=answers[:1].repeat(len(clean)))] * 2)
        case = Case(made, made.model, (), ForgetSet(train.ids[:4], ""), proof)
        found.append(prove(case, method="retrain", random=3, budget=2, restarts=1)[0])
    assert found[1] == found[0]
    assert found[2] == found[0]
    assert all(one.after is not None for one in found)


def test_a_regression_s_residuals_are_the_roots_of_twice_its_losses() -> None:
    subject = replace(case_of(14, 3).subject, adapter=replace(CLASSES, probabilities=None))
    assert worst_case_forget.residuals(subject, np.asarray([0.5, 2.0]))[:, 0] == pytest.approx([1.0, 2.0])
