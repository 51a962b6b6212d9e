"""Damage to clean items near the forget items: planted, absent, and measured on digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.prove.neighbour_damage import distances, nearest, prove
from headgate.repair.examples import examples
from headgate.repair.shapes import Adapter, Behaviour, Case, Examples, ForgetSet, Model, Subject


def said(model: Model, items: Examples) -> np.ndarray:
    """A model that is right on an item where its rule says so."""
    return np.asarray([float(model(one)) for one in items.x[:, 0]])


ADAPTER = Adapter("classes", said, said, lambda _, items: items.x, lambda model: model)
RIGHT = lambda _: True  # noqa: E731


def case_of(after: Model, references: tuple[Model, ...] = (RIGHT,), clean: int = 200) -> Case:
    """Items on a line: those to forget below 0, those to keep and the clean ones at 0, 1, 2 ..."""
    line = np.arange(-5, 200, dtype=float)[:, None]
    train = examples(line, np.zeros(len(line), int), ids=[f"train-{n}" for n in range(len(line))])
    proof = examples(line[5 : 5 + clean], np.zeros(clean, int), ids=[f"proof-{n}" for n in range(clean)])
    return Case(Subject("line", RIGHT, train, ADAPTER), after, references, ForgetSet(train.ids[:5], ""),
                Behaviour("proof", proof, proof))  # fmt: skip


def test_damage_near_the_forget_items_is_over_and_far_from_them_holds() -> None:
    near, far = prove(case_of(lambda x: x >= 40))
    assert (near.axis, near.n, near.verdict, near.before, near.after, near.reference) == ("near", 40, "over", 1, 0, 1)
    assert (far.axis, far.n, far.verdict, far.after) == ("far", 160, "held", 1)
    assert near.high is not None
    assert near.high < -0.1
    assert "40 clean items nearest to the forget items: 1.000 under the retrained models" in near.evidence
    assert "near loses +1.000" in near.evidence


def test_damage_all_over_is_told_from_damage_near() -> None:
    near, far = prove(case_of(lambda x: x % 2))
    assert near.after == far.after == 0.5
    assert (near.verdict, far.verdict) == ("over", "over")
    assert "near loses +0.000" in near.evidence


def test_no_damage_holds_and_being_right_more_often_harms_nobody() -> None:
    assert [one.verdict for one in prove(case_of(RIGHT))] == ["held", "held"]
    better = prove(case_of(RIGHT, references=(lambda x: x % 2,)))
    assert [one.verdict for one in better] == ["held", "held"]
    assert better[1].low is not None
    assert better[1].low > 0.1  # a two-sided check would call it a leak
    assert "0.500 over the retrained models" in better[1].evidence


def test_a_model_that_was_wrong_before_and_would_be_after_retraining_is_not_damaged() -> None:
    wrong = case_of(lambda x: x >= 40, references=(lambda x: x >= 40,))
    assert [one.verdict for one in prove(wrong)] == ["held", "held"]


def test_without_a_reference_it_is_inconclusive_but_tells_what_was_lost() -> None:
    near, far = prove(case_of(lambda x: x >= 40, references=()))
    assert (near.verdict, far.verdict) == ("inconclusive", "inconclusive")
    assert (near.reference, near.low) == (None, None)
    assert "1.000 under the model before" in near.evidence


def test_too_few_items_cannot_tell() -> None:
    # two items near, one of them lost: the interval reaches both sides of the margin
    assert prove(case_of(lambda x: x >= 1, clean=10))[0].verdict == "inconclusive"


def test_the_nearest_are_those_with_a_forget_item_close_by() -> None:
    assert np.flatnonzero(nearest(case_of(RIGHT), 0.025)).tolist() == [0, 1, 2, 3, 4]


def test_distances_are_euclidean_whatever_the_chunk() -> None:
    generator = np.random.default_rng(0)
    items, others = generator.normal(size=(1_100, 3)) + 50, generator.normal(size=(40, 3)) + 50
    brute = np.linalg.norm(items[:, None] - others[None], axis=2).min(1)
    assert distances(items, others) == pytest.approx(brute, abs=1e-6)


def test_far_from_nought_distances_keep_their_digits() -> None:
    items, others = np.array([[1.0, 2.0], [4.0, 6.0]]), np.array([[1.0, 2.25], [0.0, 0.0]])
    assert distances(items + 1e9, others + 1e9) == pytest.approx(distances(items, others), abs=1e-9)


def test_shares_that_leave_a_part_empty_and_the_wrong_part_are_refused() -> None:
    for share in (0.005, 0.995, float("nan"), float("inf"), -1.0):
        with pytest.raises(UsageError, match="Two must be near and two far"):
            prove(case_of(RIGHT), share=share)
    with pytest.raises(UsageError, match="query part"):
        prove(replace(case_of(RIGHT), behaviour=replace(case_of(RIGHT).behaviour, role="query")))
