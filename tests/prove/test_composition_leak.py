from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.prove.composition_leak import Summed, prove, sums
from headgate.repair.shapes import Check
from tests.drawn_models import ANCHOR, ERASED, Negated, models


@lru_cache(maxsize=2)
def proved(which: str) -> list[Check]:
    m = models()
    after = Negated(m.subject.model) if which == "negated" else m.references[2]
    return prove(m.case(after), screen=4)


def test_a_score_turned_against_itself_is_found_by_sums_of_two() -> None:
    m = models()
    assert m.subject.adapter.outcomes(Negated(m.subject.model), m.digits.parts["proof"].queries).mean() < 0.1
    checks = {one.axis: one for one in proved("negated")}
    assert list(checks) == ["", "1 label", "2 labels", "3 labels"]
    assert checks["1 label"].verdict == "held"
    assert checks["2 labels"].verdict == "leaks"
    assert checks["2 labels"].after == pytest.approx(checks["2 labels"].before, abs=0.05)
    assert checks[""].verdict == "leaks"
    assert checks[""].evidence.endswith("of 2 labels, the most over the reference")


def test_a_model_that_never_saw_the_class_is_not_called_leaking() -> None:
    checks = {one.axis: one for one in proved("retrained")}
    assert checks["1 label"].verdict == "held"
    assert checks["2 labels"].verdict == "held"
    assert "leaks" not in {one.verdict for one in checks.values()}


def test_every_sum_is_tried_once_and_weighs_one() -> None:
    for terms, count in ((1, 10), (2, 45 + 90 + 90), (3, 120 + 360)):
        labels, weights = sums(np.arange(10), terms)
        assert labels.shape == weights.shape == (count, terms)
        assert np.allclose(weights.sum(1), 1)
        assert all(len(set(row)) == terms for row in labels.tolist())
        signed = {frozenset(zip(a, b, strict=True)) for a, b in zip(labels.tolist(), weights.tolist(), strict=True)}
        assert len(signed) == count


def test_the_removed_score_comes_back_exactly_from_its_negation() -> None:
    model = models().subject.model
    negated = Summed(Negated(model), np.asarray([[ANCHOR, ERASED]]), np.asarray([[2.0, -1.0]], np.float32))
    noisy, level = torch.randn(4, 64), torch.tensor([5, 30, 60, 90])
    found = negated(noisy, level, torch.zeros(4, dtype=torch.int64))
    assert torch.allclose(found, model(noisy, level, torch.full((4,), ERASED)), atol=1e-5)


def test_more_labels_than_it_knows_are_refused() -> None:
    for wrong in ({"terms": 4}, {"terms": 0}, {"screen": 0}):
        with pytest.raises(UsageError, match=r"sums of 1 to 3 are tried"):
            prove(models().case(models().references[2]), **wrong)
