from __future__ import annotations

import pytest

from headgate.errors import UsageError
from headgate.prove.condition_space import prove
from headgate.repair.shapes import Case
from tests.drawn_models import models, swapped


def test_an_erasure_of_the_label_alone_is_found() -> None:
    m = models()
    weak = swapped(m.subject.model)
    assert m.subject.adapter.outcomes(weak, m.digits.parts["proof"].queries).mean() == 0
    checks = prove(m.case(weak))
    assert [one.axis for one in checks] == ["", "40 steps", "10 steps", "0 steps"]
    whole = checks[0]
    assert whole.verdict == "leaks"
    assert whole.after is not None
    assert whole.reference is not None
    assert whole.after > 0.7 > 0.3 > whole.reference
    assert checks[3].after == pytest.approx(0, abs=0.2)
    assert whole.n == len(m.digits.parts["proof"].queries)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_model_that_never_saw_the_class_passes(seed: int) -> None:
    m = models()
    found = prove(m.case(m.references[2]), seed=seed)[0]
    assert found.verdict == "held"
    assert found.before is not None
    assert found.before > 0.7  # the search has the power to find what is there


def test_without_references_it_is_inconclusive() -> None:
    m = models()
    found = prove(m.case(swapped(m.subject.model), references=0), steps=12)
    assert {one.verdict for one in found} == {"inconclusive"}


def test_it_repeats_itself_and_no_condition_leaves_it() -> None:
    m = models()
    case = m.case(m.references[2], references=1)
    first = prove(case, steps=12, seed=4)
    assert first == prove(case, steps=12, seed=4)
    assert all("tensor" not in one.evidence and len(one.evidence) < 120 for one in first)


def test_only_the_proof_part_is_taken() -> None:
    m = models()
    with pytest.raises(UsageError, match="prove was given the query part"):
        prove(Case(m.subject, m.subject.model, (), m.digits.forget, m.digits.parts["query"]))
