from __future__ import annotations

import numpy as np

from headgate.repair import ranking
from headgate.repair.examples import examples
from headgate.repair.loop import Traced
from headgate.repair.shapes import Adapter, ForgetSet, Influence, Subject


def subject(*, texts: bool = False) -> Subject:
    items = examples(np.zeros((4, 1)), np.zeros(4), ids=list("abcd"), groups=["ann", "bob", "ann", ""],
                     texts=list("wxyz") if texts else None)  # fmt: skip
    nothing = Adapter("estimator", *[lambda *_: np.zeros(4)] * 3, lambda model: model)
    return Subject("four", None, items, nothing)


TRACED = (
    Traced("tracin", Influence(np.array([0.0, 3.0, 1.0, 2.0])), 1.5),
    Traced("neighbours", Influence(np.array([9.0, 8.0, 7.0, 7.0])), 0.5),
)


def test_items_stand_as_the_first_method_ranks_them_with_their_place_by_each() -> None:
    found = ranking.ranked(subject(), ForgetSet(("b", "a"), "test"), TRACED)
    assert [one.id for one in found] == ["b", "d", "c", "a"]
    assert [one.chosen for one in found] == [True, False, False, True]
    assert [one.places["tracin"] for one in found] == [1.0, 0.6667, 0.3333, 0.0]
    # equal ones share the mean of their ranks
    assert [one.places["neighbours"] for one in found] == [0.6667, 0.1667, 0.1667, 1.0]
    assert [one.group for one in found] == ["bob", "", "ann", "ann"]


def test_of_a_long_list_the_highest_and_the_forget_set_are_kept(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(ranking, "SHOWN", 1)
    found = ranking.ranked(subject(), ForgetSet(("a",), "test"), TRACED)
    assert [one.id for one in found] == ["b", "a"]


def test_groups_of_texts_are_numbered_and_not_named() -> None:
    found = ranking.ranked(subject(texts=True), ForgetSet(("b",), "test"), TRACED)
    assert [one.group for one in found] == ["group 2", "", "group 1", "group 1"]


def test_methods_with_their_cost_and_what_was_left_out() -> None:
    found = ranking.methods(TRACED, ["boostin: it needs trees: none are here"])
    assert [(one.method, one.seconds, one.baseline, one.skipped) for one in found] == [
        ("tracin", 1.5, False, ""), ("neighbours", 0.5, True, ""),
        ("boostin", 0.0, False, "it needs trees: none are here"),
    ]  # fmt: skip


def test_how_far_two_methods_agree() -> None:
    (one,) = ranking.agreements(TRACED, 1)
    assert (one.first, one.second, one.shared) == ("tracin", "neighbours", 0.0)
    assert one.correlation is not None
    assert one.correlation < 0
    assert ranking.agreements(TRACED[:1], 1) == ()
