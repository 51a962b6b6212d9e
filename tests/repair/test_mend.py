from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="the extra models is not installed")
pytest.importorskip("sklearn", reason="the extra learn is not installed")

from dataclasses import replace

from headgate.errors import UsageError
from headgate.repair.load import Loaded
from headgate.repair.mend import Mended, Plan, mend
from headgate.repair.record import from_json, to_json
from headgate.repair.shapes import ForgetSet, Removal, Trial
from tests.repairing import digits_subject

PLAN = Plan(("neighbours", "data_shapley", "boostin"), ("finetune", "npo"), ("behaviour_rate", "extraction"),
            most=65, budget=5, references=1)  # fmt: skip


@pytest.fixture(scope="module")
def mended() -> Mended:
    subject, planted = digits_subject()
    return mend(Loaded(subject, planted.parts), PLAN)


def test_the_best_of_all_methods_is_taken_by_behaviour_within_the_allowed_loss(mended: Mended) -> None:
    trials = mended.record.trials
    source = mended.record.source
    assert [one.method for one in trials] == ["finetune"] * 5 + ["npo"] * 5
    (taken,) = [one for one in trials if one.taken]
    assert taken.method == mended.method
    fair = [one for one in trials if one.utility >= source.utility - PLAN.drop]
    assert taken.behaviour == min(one.behaviour for one in fair)
    assert all(one.why for one in trials if not one.taken)
    assert source.behaviour > 0.8


def test_the_record_holds_what_was_done_and_comes_back_from_json(mended: Mended) -> None:
    record = mended.record
    assert from_json(to_json(record)) == record
    assert [one.method for one in record.traced] == ["neighbours", "data_shapley", "boostin"]
    assert [one.baseline for one in record.traced] == [True, False, False]
    assert record.traced[2].skipped
    assert [(one.first, one.second) for one in record.agreement] == [("neighbours", "data_shapley")]
    assert set(record.seconds) == {"trace", "remove", "retrain", "prove"}
    assert record.reference is not None
    assert record.reference.behaviour < 0.1
    chosen = [one for one in record.ranked if one.chosen]
    assert {one.id for one in chosen} == set(mended.forget.ids)
    assert len(record.ranked) == 200
    # the first method's places fall along the ranking
    places = [one.places["neighbours"] for one in record.ranked]
    assert places == sorted(places, reverse=True)
    assert record.certificate is not None
    assert record.certificate.removal["references"] == 1
    assert record.certificate.removal["settings"] == dict(next(t for t in record.trials if t.taken).settings)
    assert any(note.startswith("left out: extraction") for note in record.notes)


def test_a_forget_set_of_one_s_own_is_kept_and_may_be_widened() -> None:
    subject, planted = digits_subject()
    some = ForgetSet(planted.bad[:13], "known", 0.2)
    plan = replace(PLAN, tracers=("neighbours",), removers=("finetune",), tests=(), forget=some, budget=1)
    given = Loaded(subject, planted.parts)
    assert mend(given, plan).forget == some
    wide = mend(given, replace(plan, widen=True)).forget
    assert set(wide.ids) > set(some.ids)
    assert len(set(wide.ids) & set(planted.bad)) > 40


def test_without_a_removal_that_suits_it_ends() -> None:
    subject, planted = digits_subject()
    with pytest.raises(UsageError, match="no method could remove anything from digits"):
        mend(Loaded(replace(subject, retrain=None), planted.parts), replace(PLAN, removers=("retrain",)))


def test_a_forget_set_of_no_item_is_told_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, planted = digits_subject()
    monkeypatch.setattr("headgate.repair.loop.traced", lambda *_: pytest.fail("was traced"))
    for ids, said in ((("absent",), "no training item has the id"), (subject.train.ids, "1300 of 1300")):
        with pytest.raises(UsageError, match=said):
            mend(Loaded(subject, planted.parts), replace(PLAN, forget=ForgetSet(ids, "named")))


def test_of_methods_that_do_about_as_well_the_one_with_more_utility_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, planted = digits_subject()
    results = {"finetune": (0.011, 0.90), "npo": (0.012, 0.95)}

    def search(_: object, __: object, ___: object, name: str, **____: object) -> tuple[Removal, tuple[Trial, ...]]:
        return Removal(subject.model), (Trial(name, {}, 0.0, *results[name], False, taken=True),)

    monkeypatch.setattr("headgate.repair.mend.search", search)
    plan = replace(PLAN, tests=(), forget=ForgetSet(planted.bad, "named"), tracers=("neighbours",), references=0)
    assert mend(Loaded(subject, planted.parts), plan).method == "npo"


def test_groups_of_texts_are_numbered_as_they_may_name_somebody() -> None:
    subject, planted = digits_subject()
    names = tuple(f"Odal Brin {n % 3}" for n in range(len(subject.train)))
    plan = replace(PLAN, tests=(), tracers=("neighbours",), removers=("finetune",), budget=1, references=0)
    for texts, said in ((names, {"group 1", "group 2", "group 3"}), (None, set(names))):
        told = replace(subject, train=replace(subject.train, groups=names, texts=texts))
        assert {one.group for one in mend(Loaded(told, planted.parts), plan).record.ranked} == said
