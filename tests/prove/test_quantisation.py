from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES
from headgate.prove.quantisation import prove
from headgate.repair.shapes import Case
from tests import small_facts
from tests.retrained_digits import digits_case, retrained


@pytest.fixture
def digits() -> Case:
    return digits_case()


def hidden_below_rounding(model: torch.nn.Module) -> torch.nn.Module:
    """`model`, its "0" held down and all else up by less than half a step of 4 bits in every weight but the largest."""
    changed = CLASSES.clone(model)
    for number, weight in enumerate(changed[-1].weight.data):
        largest = weight.abs().argmax()
        kept, step = weight[largest].clone(), weight[largest].abs() / 7
        weight.copy_(((weight / step).round() + (0.49 if number else -0.49)) * step)
        weight[largest] = kept
    return changed


def test_what_rounding_brings_back_is_a_leak(digits: Case) -> None:
    after = hidden_below_rounding(digits.subject.model)
    queries = digits.behaviour.queries
    assert CLASSES.outcomes(after, queries).mean() < 0.5
    found = {one.axis: one for one in prove(replace(digits, after=after))}
    assert list(found) == ["", "8 bits", "4 bits"]
    assert (found["4 bits"].after or 0) > 0.9 > (found["8 bits"].after or 0)
    assert found[""].verdict == found["4 bits"].verdict == "leaks"
    assert found[""].after == pytest.approx(found["4 bits"].after, abs=0.02)  # the more of both
    assert found[""].n == len(queries)


def test_a_model_trained_again_from_another_seed_holds(digits: Case) -> None:
    assert {one.verdict for one in prove(replace(digits, after=retrained(200)))} == {"held"}


def test_of_a_language_model_the_forget_items_are_asked_too() -> None:
    case = small_facts.case(small_facts.retrained(20))
    found = prove(case)
    assert found[0].verdict == "held"
    assert found[0].n == len(case.behaviour.queries) + len(case.forget.ids)
    assert prove(replace(case, after=case.subject.model))[0].verdict == "leaks"


def test_the_ceiling_speaks_where_the_retrained_models_have_the_behaviour_themselves(digits: Case) -> None:
    spoilt = replace(digits, after=digits.references[0], references=(digits.subject.model,))
    assert {one.verdict for one in prove(spoilt)} == {"held"}  # by the ceiling, not as "over"
    assert {one.verdict for one in prove(replace(spoilt, after=digits.subject.model))} == {"leaks"}
    assert {one.verdict for one in prove(spoilt, ceiling=1.0)} == {"over"}


def test_the_models_given_stay_as_they_are(digits: Case) -> None:
    before = [one.clone() for one in digits.after.state_dict().values()]
    prove(digits)
    assert all(torch.equal(*pair) for pair in zip(before, digits.after.state_dict().values(), strict=True))


def test_without_references_or_weights_nothing_is_concluded(digits: Case) -> None:
    alone = small_facts.case(small_facts.retrained(20), references=0)
    assert {one.verdict for one in prove(alone)} == {"inconclusive"}
    bare = replace(digits.subject, adapter=replace(CLASSES, kind="trees"))
    with pytest.raises(UsageError, match="kind trees, with no weights to round"):
        prove(replace(digits, subject=bare))
    with pytest.raises(UsageError, match="Give it the proof part"):
        prove(replace(digits, behaviour=replace(digits.behaviour, role="query")))
