from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair.estimators import ESTIMATOR
from headgate.repair.examples import examples
from headgate.repair.shapes import Behaviour, Subject
from headgate.trace.neighbours import trace


def case(answers: list[int], query: list[float], unwanted: int) -> tuple[Subject, Behaviour]:
    """Rows at 0, 60 and 90 degrees, as pictures so that they stay as they are, and one query."""
    rows = np.array([[1, 0], [0.5, np.sqrt(0.75)], [0, 3]]).reshape(3, 1, 1, 2)
    asked = examples(np.array(query).reshape(1, 1, 1, 2), np.array([unwanted]))
    return Subject("rows", None, examples(rows, np.array(answers)), ESTIMATOR), Behaviour("query", asked, asked)


def test_the_vote_by_hand() -> None:
    # cosines of the query at 0 degrees: 1, 1/2, 0; the weights of the two nearest are 2/3 and 1/3
    found = trace(*case([1, 1, 1], [5, 0], 1), k=2, over="input")
    np.testing.assert_allclose(found.score, [2 / 3, 1 / 3, 0], atol=1e-12)
    assert "of the 2 nearest, 100% of the vote is for the unwanted answer; 2 items" in found.note
    np.testing.assert_allclose(trace(*case([0, 1, 1], [5, 0], 1), k=2, over="input").score, [0, 1 / 3, 0], atol=1e-12)


def test_more_neighbours_than_items_are_all_items() -> None:
    np.testing.assert_allclose(
        trace(*case([1, 1, 1], [5, 0], 1), k=99, over="input").score, [2 / 3, 1 / 3, 0], atol=1e-12
    )


def test_queries_are_averaged() -> None:
    subject, first = case([1, 1, 0], [5, 0], 1)
    _, second = case([1, 1, 0], [0, 2], 0)
    both = examples(np.concatenate([first.queries.x, second.queries.x]), np.array([1, 0]))
    each = [trace(subject, one, k=2, over="input").score for one in (first, second)]
    np.testing.assert_allclose(
        trace(subject, Behaviour("query", both, both), k=2, over="input").score, np.mean(each, axis=0), atol=1e-12
    )


def test_the_planted_items_of_the_toy_come_first() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from tests.repairing import digits_subject

    subject, planted = digits_subject()
    bad = np.isin(subject.train.ids, planted.bad)
    score = trace(subject, planted.parts["query"]).score
    assert bad[np.argsort(-score, kind="stable")[: bad.sum()]].mean() >= 0.95


def test_what_cannot_be_done_is_refused() -> None:
    subject, behaviour = case([1, 1, 1], [5, 0], 1)
    with pytest.raises(UsageError, match="proof part"):
        trace(subject, replace(behaviour, role="proof"), over="input")
    with pytest.raises(UsageError, match="k 0"):
        trace(subject, behaviour, k=0, over="input")
