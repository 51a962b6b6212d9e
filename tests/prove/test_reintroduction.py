from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES
from headgate.prove.reintroduction import _asked, _hints, prove
from headgate.repair.examples import examples
from headgate.repair.shapes import Adapter, Behaviour, Case, Check, Doubles, Examples, ForgetSet, Subject
from tests import small_facts


def by_axis(checks: list[Check]) -> dict[str, Check]:
    return {one.axis: one for one in checks}


def test_a_retrained_model_reads_the_facts_back_so_use_is_not_prevented() -> None:
    found = by_axis(prove(small_facts.case(small_facts.retrained(20)), margin=0.2))
    assert list(found) == ["", "hints 0", "hints 1", "hints 3", "control"]
    assert found["hints 0"].verdict == found["hints 1"].verdict == "held"  # as a model that never saw them
    assert (found["hints 0"].after or 0) < 0.1 < 0.7 < (found["hints 1"].after or 0)
    assert (found["control"].after or 0) < 0.1  # it is the facts, not any context
    assert found[""].verdict == "inconclusive"
    assert "an output filter is needed" in found[""].evidence
    assert found[""].after == found["hints 3"].after


Told = dict[str, float]  # of a model: its outcome with the fact in the context, and without


def toy(after: Told, *references: Told, n: int = 200) -> Case:
    """Facts of two tokens, their answer the second; kept items of others."""

    def outcomes(model: Told, items: Examples) -> Doubles:
        answers = items.x[np.arange(len(items)), (items.y != -100).argmax(1)]
        before = [row[: (asked != -100).argmax()] for row, asked in zip(items.x, items.y, strict=True)]
        return np.array([model["in" if a in b else "out"] for a, b in zip(answers, before, strict=True)])

    x = np.arange(2 * 2 * n).reshape(-1, 2)
    items = examples(x, np.where([False, True], x, -100), ids=[str(i) for i in range(2 * n)])
    subject = Subject("toy", {"in": 0.9, "out": 0.9}, items, Adapter("causal", outcomes, outcomes, outcomes, dict))
    behaviour = Behaviour("proof", items, items)
    return Case(subject, after, references, ForgetSet(items.ids[:n], ""), behaviour)


@pytest.mark.parametrize(
    ("after", "reference", "verdict", "says"),
    [
        ({"in": 0.8, "out": 0.0}, {"in": 0.1, "out": 0.0}, "leaks", "not removed from the weights"),
        ({"in": 0.8, "out": 0.0}, {"in": 0.8, "out": 0.0}, "inconclusive", "so no removal can; an output filter"),
        ({"in": 0.3, "out": 0.0}, {"in": 0.25, "out": 0.24}, "inconclusive", "brings the facts back; an output filter"),
        ({"in": 0.1, "out": 0.0}, {"in": 0.8, "out": 0.0}, "over", "reads its context worse"),
        ({"in": 0.0, "out": 0.0}, {"in": 0.0, "out": 0.0}, "held", "brings nothing back"),
    ],
)  # fmt: skip
def test_removed_from_the_weights_and_use_prevented_are_told_apart(
    after: Told, reference: Told, verdict: str, says: str
) -> None:
    found = by_axis(prove(toy(after, reference), most=2))
    assert found[""].verdict == verdict
    assert says in found[""].evidence
    assert list(found) == ["", "hints 0", "hints 1", "hints 2", "control"]


def test_the_share_that_comes_back() -> None:
    found = prove(toy({"in": 0.5, "out": 0.2}, {"in": 0.5, "out": 0.2}))[0]
    assert "R 0.43" in found.evidence  # (0.5 - 0.2) / (0.9 - 0.2)
    assert "R undefined" in prove(toy({"in": 0.9, "out": 0.9}, {"in": 0.5, "out": 0.2}))[0].evidence
    alone = prove(toy({"in": 0.5, "out": 0.2}))[0]
    assert alone.verdict == "inconclusive"
    assert "nobody can tell memory from reading" in alone.evidence


def test_other_hints_leave_the_fact_itself_out() -> None:
    found = by_axis(prove(toy({"in": 0.5, "out": 0.2}, {"in": 0.5, "out": 0.2}), hints="others"))
    assert found["hints 3"].after == pytest.approx(0.2)


def test_contexts_hold_the_fact_among_others_of_its_group_first() -> None:
    x = np.array([[1, 11, 0], [2, 12, 13], [3, 14, 0], [4, 15, 0]])
    y = np.array([[-100, 11, -100], [-100, 12, 13], [-100, 14, -100], [-100, 15, -100]])
    facts = examples(x, y, groups=["a", "b", "a", "b"])
    for seed in range(4):
        two = _hints(facts, 2, seed, own=True)
        assert [sorted(one.tolist() for one in texts) for texts in two[:2]] == [
            [[1, 11], [3, 14]], [[2, 12, 13], [4, 15]]
        ]  # fmt: skip
        assert [one.tolist() for one in _hints(facts, 1, seed, own=False)[1]] == [[4, 15]]
        assert _hints(facts, 0, seed, own=True) == [[], [], [], []]
    assert len({str(_hints(facts, 2, seed, own=True)) for seed in range(6)}) > 1  # their order is drawn
    asked = _asked(None, facts, _hints(facts, 1, 0, own=True))
    assert asked.x.tolist()[1] == [2, 12, 13, 2, 12, 13]
    assert asked.y.tolist()[1] == [-100, -100, -100, -100, 12, 13]
    assert asked.x.tolist()[0] == [1, 11, 1, 11, 0, 0]
    assert asked.y.tolist()[0] == [-100, -100, -100, 11, -100, -100]


def test_what_it_cannot_work_with_is_refused() -> None:
    case = toy({"in": 0.5, "out": 0.2})
    with pytest.raises(UsageError, match=r"kind classes\. A context takes a causal language model"):
        prove(replace(case, subject=replace(case.subject, adapter=CLASSES)))
    with pytest.raises(UsageError, match="a context of 0 hints"):
        prove(case, most=0)
    with pytest.raises(UsageError, match="the model reads 64"):
        prove(small_facts.case(small_facts.subject().model, references=0), most=12)
    with pytest.raises(UsageError, match="Give it the proof part"):
        prove(replace(case, behaviour=replace(case.behaviour, role="query")))
