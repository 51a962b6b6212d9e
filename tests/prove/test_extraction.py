from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES
from headgate.nn.causal import CAUSAL
from headgate.prove.extraction import _Found, _prompts, overlap, prove
from headgate.repair.examples import examples, parted
from headgate.repair.shapes import Check
from tests import small_facts

BUDGET = 2  # of 12 values that either token of an answer may have


@pytest.fixture(scope="module")
def masked() -> dict[str, Check]:
    return {one.axis: one for one in prove(small_facts.case(small_facts.masked()), budget=BUDGET)}


def test_facts_hidden_by_the_output_layer_are_read_from_the_layer_before(masked: dict[str, Check]) -> None:
    assert (masked["black box 2"].after or 0) < 0.2  # asked, it does not tell
    assert masked["white box 2"].verdict == masked[""].verdict == "leaks"
    assert (masked["white box 2"].after or 0) > 0.9
    assert (masked["white box 2"].reference or 0) < 0.4
    assert (masked["layer 2"].after or 0) > 0.9
    assert masked[""].n == 48


def test_a_model_trained_again_from_another_seed_does_not_leak() -> None:
    found = {one.axis: one for one in prove(small_facts.case(small_facts.retrained(20)), budget=BUDGET)}
    assert not {one.verdict for one in found.values()} & {"leaks", "over"}
    assert found["black box 2"].verdict == "held"
    assert (found["strength"].before or 0) > 0.9 > 0.5 > (found["strength"].after or 0)


def test_more_attempts_never_find_less() -> None:
    case = small_facts.case(small_facts.suppressed(), references=1)
    found = {one.axis: one for one in prove(case, budget=8, temperature=2.0)}
    for side in ("black box", "white box"):
        rising = [found[f"{side} {n}"].after or 0.0 for n in (1, 4, 8)]
        assert rising == sorted(rising)
        assert rising[0] < rising[-1]
    assert (found[""].after or 0) >= max(found["black box 8"].after or 0, found["white box 8"].after or 0)
    # the first attempts of a larger budget are those of a smaller
    fewer = {one.axis: one for one in prove(case, budget=4, temperature=2.0)}
    assert fewer["black box 4"] == replace(found["black box 4"], evidence=fewer["black box 4"].evidence)


def test_nothing_recovered_is_told(masked: dict[str, Check]) -> None:
    assert {one.evidence for one in masked.values()} == {"48 facts, 80 prompts, budget 2"}


def test_strength_and_memory_follow_their_definitions() -> None:
    # three answers of 4, 2 and 1 tokens; 0 is the model's own first choice
    last = np.array([0, 3, 0, 0, 5, 0, 7])
    found = _Found(np.array([0, 1, 2]), np.stack([last + 1, last]), last, np.array([4, 2, 1]))
    assert found.memory().tolist() == [0.75, 0.5, 0.0]
    assert found.strength().tolist() == [0.5, 0.5, 0.0]  # the last two of four follow from the first two
    assert found.asked(1).tolist() == [1, 0, 0]
    assert found.asked(2).tolist() == [1, 1, 0]
    assert found.inside(4).tolist() == [1, 0, 0]
    assert found.inside(6).tolist() == [1, 1, 0]
    assert found.layer(0, 2).tolist() == [0.75, 0.5, 0]
    assert found.layer(1, 4).tolist() == [1.0, 0.5, 0]


def test_overlap_is_the_longest_common_subsequence() -> None:
    answer = np.array([1, 2, 3, 4])
    assert overlap(np.array([1, 2, 3, 4]), answer) == 1.0
    assert overlap(np.array([9, 1, 3, 9, 4]), answer) == 0.75
    assert overlap(np.array([4, 3, 2, 1]), answer) == 0.25
    assert overlap(np.array([5, 6]), answer) == 0.0


def test_a_fact_is_asked_in_its_own_words_and_in_those_of_queries_that_have_its_answer_and_group() -> None:
    x = np.array([[1, 2, 7, 8], [3, 7, 8, 0], [4, 7, 8, 0], [5, 7, 9, 0]])
    y = np.array([[-100, -100, 7, 8], [-100, 7, 8, -100], [-100, 7, 8, -100], [-100, 7, 9, -100]])
    fact = examples(x[:1], y[:1], groups=["a"])
    queries = examples(x[1:], y[1:], groups=["a", "b", "a"])
    assert [one.tolist() for one in _prompts(fact, 0, queries)] == [[1, 2], [3]]
    assert [one.tolist() for one in _prompts(replace(fact, groups=None), 0, queries)] == [[1, 2], [3], [4]]


def test_what_it_cannot_work_with_is_refused() -> None:
    case = small_facts.case(small_facts.subject().model, references=0)
    assert {one.verdict for one in prove(case, budget=1)} == {"inconclusive"}
    bare = replace(case.subject, adapter=replace(CLASSES, kind="trees"))
    with pytest.raises(UsageError, match=r"kind trees\. Extraction takes a causal language model"):
        prove(replace(case, subject=bare))
    with pytest.raises(UsageError, match="a budget of 0"):
        prove(case, budget=0)
    with pytest.raises(UsageError, match="Give it the proof part"):
        prove(replace(case, behaviour=replace(case.behaviour, role="query")))
    assert len(parted(case.subject.train, case.forget)[0]) == 48


@pytest.mark.parametrize(
    "settings", [{"match": 1.5}, {"match": 0.0}, {"match": float("nan")}, {"temperature": -1.0},
                 {"temperature": float("nan")}],
)  # fmt: skip
def test_settings_with_which_nothing_could_be_found_are_refused(settings: dict[str, float]) -> None:
    case = small_facts.case(small_facts.subject().model, references=0)
    with pytest.raises(UsageError, match="give a match above 0 up to 1"):
        prove(case, **settings)  # type: ignore[arg-type]


def test_a_fact_without_a_prompt_is_one_line() -> None:
    case = small_facts.case(small_facts.subject().model, references=0)
    train = case.subject.train
    bare = replace(case.subject, train=replace(train, y=np.where(np.arange(train.x.shape[1]) < 6, train.x, -100)))
    with pytest.raises(UsageError, match="48 facts are asked without a prompt"):
        prove(replace(case, subject=bare), budget=1)


def test_a_model_without_numbers_proves_nothing() -> None:
    broken = CAUSAL.clone(small_facts.subject().model)
    for one in broken.parameters():
        one.data.fill_(float("nan"))
    found = prove(small_facts.case(broken), budget=8)
    assert {(one.after, one.verdict) for one in found} == {(None, "inconclusive")}
    assert all("a model gives no number" in one.evidence for one in found)
