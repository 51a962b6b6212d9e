from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES
from headgate.nn.causal import CAUSAL
from headgate.nn.training import train
from headgate.prove.relearning import _earliness, _halves, prove
from headgate.repair.examples import parted
from headgate.repair.shapes import Case, Check
from tests import small_facts
from tests.repairing import RATE
from tests.retrained_digits import digits_case, retrained


def by_axis(checks: list[Check]) -> dict[str, Check]:
    return {one.axis: one for one in checks}


@pytest.fixture
def digits() -> Case:
    return digits_case()


def test_what_was_only_suppressed_comes_back_with_the_other_half() -> None:
    case = small_facts.case(small_facts.suppressed())
    out, _ = parted(case.subject.train, case.forget)
    outcomes = case.subject.adapter.outcomes
    # asked directly it is as good as retrained
    assert outcomes(case.after, out).mean() - outcomes(case.references[0], out).mean() < 0.08
    found = by_axis(prove(case, runs=1))
    assert list(found) == ["", "way", "steps"]
    assert found[""].verdict == "leaks"
    assert (found[""].after or 0) > 0.2 > 0.1 > (found[""].reference or 0)
    assert found[""].n == len(out)


def test_a_model_trained_again_from_another_seed_holds() -> None:
    found = prove(small_facts.case(small_facts.retrained(20)), runs=1)
    assert found[0].verdict == "held"
    assert not {one.verdict for one in found} & {"leaks", "over"}


def test_the_model_is_asked_about_what_it_was_not_taught() -> None:
    out, _ = parted(small_facts.subject().train, small_facts.forget())
    for seed in range(3):
        ways = _halves(out, seed)
        assert sorted(np.concatenate([one.places for one in ways]).tolist()) == list(range(len(out)))
        for way in ways:
            assert not set(way.relearned.groups or ()) & set(way.measured.groups or ())
            assert way.measured.ids == tuple(out.ids[n] for n in way.places)
            assert len(set(way.relearned.groups or ())) == small_facts.FORGOTTEN // 2
    alone = _halves(replace(out, groups=None), 0)
    assert [len(one.relearned) for one in alone] == [24, 24]


def test_a_backdoor_left_in_returns_at_once_and_a_retrained_model_takes_its_time(digits: Case) -> None:
    found = by_axis(prove(digits))
    assert list(found) == ["", "steps"]  # at the last step every classifier has learned it
    assert {one.verdict for one in found.values()} == {"leaks"}
    assert (found[""].before, found["steps"].n) == (found[""].after, len(digits.behaviour.queries))
    assert (found[""].reference or 0) < 0.7 < 0.95 < (found[""].after or 0)


def test_fine_tuning_on_kept_items_leaves_the_backdoor_and_retraining_does_not(digits: Case) -> None:
    kept = parted(digits.subject.train, digits.forget)[1]
    tuned = CLASSES.clone(digits.subject.model)
    train(tuned, kept, digits.subject.adapter.item_losses, epochs=3, rate=RATE, seed=5)
    assert prove(replace(digits, after=tuned))[0].verdict == "leaks"
    assert not {one.verdict for one in prove(replace(digits, after=retrained(200)))} & {"leaks", "over"}


def test_nothing_is_concluded_without_a_retrained_model(digits: Case) -> None:
    alone = prove(replace(digits, references=()), steps=3, runs=1)
    assert {(one.verdict, one.reference, one.low) for one in alone} == {("inconclusive", None, None)}


def test_retrained_models_that_have_the_behaviour_themselves_are_no_measure(digits: Case) -> None:
    spoilt = replace(digits, after=digits.references[0], references=(digits.subject.model,))
    found = prove(spoilt, runs=1)
    assert {one.verdict for one in found} == {"inconclusive"}
    assert found[0].evidence.endswith("the retrained models themselves lie over 0.1")
    assert prove(spoilt, runs=1, ceiling=1.0)[0].verdict == "over"
    assert prove(spoilt, runs=1, ceiling=1.0, two_sided=False)[0].verdict == "held"


def test_how_soon_is_the_first_point_of_the_way_that_reaches_the_bar() -> None:
    curve = np.array([[0.9, 0.0, 0.0, 0.0], [0.1, 0.5, 0.0, 0.4], [0.9, 0.2, 0.0, 0.4], [0.9, 0.2, 0.6, 0.4]])
    assert _earliness(curve, 0.5).tolist() == [1.0, 0.75, 0.25, 0.0]


def test_what_it_cannot_work_with_is_refused(digits: Case) -> None:
    bare = replace(digits.subject, adapter=replace(CLASSES, kind="trees", item_losses=None))
    with pytest.raises(UsageError, match="kind trees, without gradients"):
        prove(replace(digits, subject=bare))
    with pytest.raises(UsageError, match="0 steps"):
        prove(digits, steps=0)
    with pytest.raises(UsageError, match="Give it the proof part"):
        prove(replace(digits, behaviour=replace(digits.behaviour, role="validation")))


def test_a_model_without_numbers_proves_nothing() -> None:
    broken = CAUSAL.clone(small_facts.subject().model)
    for one in broken.parameters():
        one.data.fill_(float("nan"))
    found = prove(small_facts.case(broken), steps=2, runs=1)
    assert {(one.after, one.verdict) for one in found} == {(None, "inconclusive")}
    assert all("a model gives no number" in one.evidence for one in found)
