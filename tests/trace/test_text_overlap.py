from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair.estimators import ESTIMATOR
from headgate.repair.examples import examples
from headgate.repair.shapes import Behaviour, Examples, Subject
from headgate.trace.text_overlap import trace

TRAIN = ["the harbour of Velmara opens at dawn", "the museum of Oste is shut", "bread is baked in the north",
         "who keeps the harbour of Velmara open"]  # fmt: skip
QUERIES = ["when does the harbour of Velmara open?", "what of the bread of the north?"]


def of(texts: list[str] | None, prefix: str = "") -> Examples:
    n = len(texts) if texts is not None else 2
    return examples(np.zeros((n, 1)), np.zeros(n, int), texts=texts, ids=[f"{prefix}{i}" for i in range(n)])


def case(train: list[str] | None = TRAIN, queries: list[str] | None = QUERIES) -> tuple[Subject, Behaviour]:
    asked = of(queries, "q")
    return Subject("texts", None, of(train), ESTIMATOR), Behaviour("query", asked, asked)


@pytest.mark.parametrize("weights", ["tfidf", "bm25"])
def test_texts_that_share_words_stand_above_those_that_do_not(weights: str) -> None:
    highest = trace(*case(), weights=weights, pool="max")
    assert set(np.argsort(-highest.score)[:3]) == {0, 2, 3}
    [one] = np.argsort(-trace(*case(queries=QUERIES[1:]), weights=weights).score)[:1]
    assert one == 2
    assert "2 queries" in highest.note


def test_the_mean_and_the_highest_are_those_of_the_queries() -> None:
    each = np.stack([trace(*case(queries=[one])).score for one in QUERIES])
    np.testing.assert_allclose(trace(*case()).score, each.mean(0))
    np.testing.assert_allclose(trace(*case(), pool="max").score, each.max(0))
    assert ((each >= 0) & (each <= 1 + 1e-12)).all()


def test_a_text_is_wholly_like_itself() -> None:
    assert trace(*case(queries=[TRAIN[1]])).score[1] == pytest.approx(1.0)


@pytest.mark.parametrize(("train", "queries", "which"), [(None, QUERIES, "training items"), (TRAIN, None, "queries")])
def test_without_texts_it_is_refused(train: list[str] | None, queries: list[str] | None, which: str) -> None:
    with pytest.raises(UsageError, match=f"{which} without texts"):
        trace(*case(train, queries))


def test_the_proof_part_is_not_for_tracing() -> None:
    subject, behaviour = case()
    with pytest.raises(UsageError, match="proof part"):
        trace(subject, Behaviour("proof", behaviour.queries, behaviour.clean))
