from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra models is not installed")
pytest.importorskip("sklearn", reason="the extra learn is not installed")

from headgate import catalog
from headgate.errors import UsageError
from headgate.repair import loop
from headgate.repair.shapes import Case, ForgetSet, Influence
from tests.repairing import digits_subject


def test_what_is_asked_by_default_exists_for_every_kind() -> None:
    for stage, table in (("trace", loop.TRACERS), ("remove", loop.REMOVERS), ("prove", loop.TESTS)):
        assert set(table) == {"classes", "regression", "causal", "estimator", "trees"}
        for names in table.values():
            for name in names:
                catalog.find(stage, name)
    for names in loop.TRACERS.values():  # a model-free baseline always runs beside the others
        assert set(names) & {"neighbours", "text_overlap"}


def test_a_method_that_does_not_exist_is_told_before_anything_is_done() -> None:
    loop.check_methods(["tracin"], ["npo"], ["relearning"])
    with pytest.raises(UsageError, match="Did you mean tracin"):
        loop.check_methods(["tracim"], [], [])


def test_scores_that_are_no_numbers_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, planted = digits_subject()
    load = catalog.load
    broken = Influence(np.full(len(subject.train), np.nan))
    monkeypatch.setattr(catalog, "load", lambda one: (lambda *_: broken) if one.name == "tracin" else load(one))
    found, left = loop.traced(subject, planted.parts["query"], ["tracin", "neighbours"])
    assert [one.method for one in found] == ["neighbours"]
    assert left[0].startswith("tracin: it gave scores that are no numbers")


def test_methods_that_do_not_suit_are_left_out_with_their_reason(capsys: pytest.CaptureFixture[str]) -> None:
    subject, planted = digits_subject()
    found, left = loop.traced(subject, planted.parts["query"], ["neighbours", "boostin"])
    assert [one.method for one in found] == ["neighbours"]
    assert found[0].seconds > 0
    assert len(left) == 1
    assert left[0].startswith("boostin: ")
    assert "left out: boostin" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no method could trace digits"):
        loop.traced(subject, planted.parts["query"], ["boostin"])


def test_the_highest_items_that_support_the_behaviour_are_chosen() -> None:
    scores = np.array([0.5, -1.0, 3.0, 0.0, 2.0])
    traced = [loop.Traced("tracin", Influence(scores), 0.1)]
    assert loop.chosen(traced, list("abcde"), 2).ids == ("c", "e")
    assert loop.chosen(traced, list("abcde"), 5).ids == ("c", "e", "a")
    with pytest.raises(UsageError, match="Name a forget set"):
        loop.chosen([loop.Traced("tracin", Influence(-np.ones(5)), 0.1)], list("abcde"), 2)


def test_references_never_saw_the_forget_set_and_differ_by_seed() -> None:
    subject, planted = digits_subject()
    models = loop.references(subject, ForgetSet(planted.bad, "test"), 2)
    proof = planted.parts["proof"]
    rates = [subject.adapter.outcomes(one, proof.queries).mean() for one in models]
    assert max(rates) < 0.05
    assert subject.adapter.outcomes(subject.model, proof.queries).mean() > 0.8
    first, second = (subject.adapter.losses(one, proof.clean) for one in models)
    assert not np.array_equal(first, second)
    from dataclasses import replace

    assert loop.references(replace(subject, retrain=None), ForgetSet(planted.bad, "test"), 2) == ()


def test_every_test_is_run_on_the_proof_part() -> None:
    subject, planted = digits_subject()
    case = Case(subject, subject.model, (), ForgetSet(planted.bad, "test"), planted.parts["proof"])
    found, left = loop.proved(case, ["behaviour_rate", "extraction"])
    assert [one.test for one in found] == ["behaviour_rate"]
    assert found[0].checks[0].verdict == "leaks"
    assert left[0].startswith("extraction: ")
