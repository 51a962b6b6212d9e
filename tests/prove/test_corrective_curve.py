from __future__ import annotations

import numpy as np
import pytest

from headgate import catalog
from headgate.errors import UsageError
from headgate.prove.corrective_curve import drawn, parsed, prove
from headgate.repair.examples import parted
from headgate.repair.shapes import Behaviour, Case, ForgetSet, Removal, Subject
from tests.repairing import digits_subject


def case(references: int = 1) -> Case:
    subject, planted = digits_subject(0)
    forget = ForgetSet(planted.bad, "planted", 1.0)
    assert subject.retrain is not None
    gold = tuple(subject.retrain(parted(subject.train, forget)[1], 50 + n) for n in range(references))
    return Case(subject, gold[0] if gold else subject.model, gold, forget, planted.parts["proof"])


def test_retraining_without_a_fifth_of_the_poisons_brings_the_behaviour_back() -> None:
    given = case()
    found = {one.axis: one for one in prove(given, method="retrain", shares="20 100")}
    assert list(found) == ["100 % known", "100 % known, clean errors", "", "20 % known, clean errors"]
    whole, part = found["100 % known"], found[""]
    assert whole.verdict == "held"
    assert part.verdict == "leaks"
    assert part.before is not None
    assert part.before > 0.9
    assert part.after is not None
    assert part.after > 0.7
    assert part.reference == whole.reference == 0.0
    assert part.n == len(given.behaviour.queries)
    assert "20 % known, retrain, 1 draw" in part.evidence
    errors = found["100 % known, clean errors"]
    gold = given.subject.adapter.outcomes(given.references[0], given.behaviour.clean)
    assert errors.reference == pytest.approx(1 - gold.mean())
    assert errors.n == len(given.behaviour.clean)
    widened = prove(given, method="retrain", shares="20", widen=True)
    assert widened[0].after is not None
    assert widened[0].after < 0.1
    assert "after widening" in widened[0].evidence


def test_a_gradient_method_is_guarded_by_training_items_and_averaged_over_draws() -> None:
    given = case(references=0)
    found = prove(given, method="ssd", shares="50", draws=2)
    assert [one.verdict for one in found] == ["inconclusive"] * 2
    assert "2 draws" in found[0].evidence
    assert found[0].reference is None
    again = prove(given, method="ssd", shares="50", draws=2)
    assert [one.after for one in again] == [one.after for one in found]


def test_shares_are_drawn_and_read() -> None:
    forget = ForgetSet(tuple("abcdefghij"), "planted")
    fifth = drawn(forget, 0.2, 0)
    assert len(fifth.ids) == 2
    assert fifth.known == 0.2
    assert set(drawn(forget, 1.0, 3).ids) == set(forget.ids)
    assert len(drawn(forget, 0.001, 0).ids) == 1
    assert len({drawn(forget, 0.2, n).ids for n in range(20)}) > 5
    assert parsed("20, 100 50 50") == [100, 50, 20]
    for wrong in ("", "0 50", "half", "120"):
        with pytest.raises(UsageError, match="are no shares"):
            parsed(wrong)


def test_it_wants_the_proof_part_and_a_method_there_is() -> None:
    subject, planted = digits_subject(0)
    forget = ForgetSet(planted.bad, "planted")
    with pytest.raises(UsageError, match="validation part"):
        prove(Case(subject, subject.model, (), forget, planted.parts["validation"]))
    with pytest.raises(UsageError, match="remove has no method"):
        prove(Case(subject, subject.model, (), forget, planted.parts["proof"]), method="nothing")
    assert np.isfinite(subject.train.x).all()


def test_the_removals_see_no_proof_item_and_each_draw_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    given = case(references=0)
    seen: list[tuple[ForgetSet, Behaviour, int]] = []
    models = iter([given.subject.model, given.subject.retrain(given.subject.train, 7)] * 2)  # type: ignore[misc]

    def remove(subject: Subject, forget: ForgetSet, behaviour: Behaviour, *, seed: int = 0) -> Removal:
        seen.append((forget, behaviour, seed))
        return Removal(next(models))

    monkeypatch.setattr(catalog, "load", lambda _: remove)
    found = prove(given, method="finetune", shares="50", draws=2, seed=3)
    assert [seed for _, _, seed in seen] == [3, 4]
    assert seen[0][0].ids != seen[1][0].ids
    proof = set(given.behaviour.queries.ids + given.behaviour.clean.ids)
    train = set(given.subject.train.ids)
    for forget, guard, _ in seen:
        assert guard.role == "validation"
        assert set(guard.queries.ids) == set(forget.ids)
        assert len(guard.clean) == 300
        assert not set(guard.clean.ids) & set(forget.ids)
        assert not set(guard.queries.ids + guard.clean.ids) & proof
        assert set(guard.clean.ids) <= train
    outcomes = given.subject.adapter.outcomes
    both = [given.subject.model, given.subject.retrain(given.subject.train, 7)]  # type: ignore[misc]
    wrong = np.mean([1 - outcomes(one, given.behaviour.clean).mean() for one in both])
    assert found[1].after == pytest.approx(wrong)
    assert found[0].after == pytest.approx(np.mean([outcomes(one, given.behaviour.queries).mean() for one in both]))


def test_shares_that_are_no_numbers_and_no_draws_are_refused() -> None:
    with pytest.raises(UsageError, match="are no shares"):
        parsed("100 nan")
    with pytest.raises(UsageError, match="draws = 0"):
        prove(case(references=0), draws=0)
