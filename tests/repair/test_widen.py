from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.repair.examples import examples
from headgate.repair.shapes import Checkpoint, ForgetSet, Subject
from headgate.repair.widen import _views, widened
from tests.forgetting import point_subject
from tests.repairing import digits_subject


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_from_a_part_of_the_poisons_it_finds_the_rest(share: float) -> None:
    subject, planted = digits_subject(0)
    some = np.random.default_rng(5).choice(planted.bad, round(share * len(planted.bad)), replace=False).tolist()
    made = widened(subject, ForgetSet(tuple(some), "reported", share))
    assert set(some) <= set(made.ids)
    right = len(set(made.ids) & set(planted.bad))
    assert right / len(planted.bad) >= 0.95
    assert right / len(made.ids) >= 0.9
    assert list(made.ids) == [one for one in subject.train.ids if one in set(made.ids)]
    assert made.reason.startswith("reported; widened by ")
    stated = float(made.reason.rsplit("about ", 1)[1].split("%")[0]) / 100
    assert stated == pytest.approx(share, abs=0.05)
    assert made.known is not None
    assert made.known >= 0.8


def test_items_that_are_like_no_others_widen_to_nothing() -> None:
    subject, planted = digits_subject(0)
    clean = sorted(set(subject.train.ids) - set(planted.bad))
    some = tuple(np.random.default_rng(1).choice(clean, 30, replace=False).tolist())
    made = widened(subject, ForgetSet(some, "drawn", 0.3))
    assert made.ids == some
    assert made.known == 0.3
    assert "not widened" in made.reason


def test_too_few_known_items_and_unknown_ids() -> None:
    subject, planted = digits_subject(0)
    four = ForgetSet(planted.bad[:4], "reported")
    assert widened(subject, four).ids == four.ids
    assert "fewer than 5" in widened(subject, four).reason
    with pytest.raises(UsageError, match="no training item has the id"):
        widened(subject, ForgetSet((*planted.bad[:5], "nobody"), "reported"))


def test_numbers_as_answers_and_inputs_that_are_no_numbers_do() -> None:
    points = point_subject()
    generator = np.random.default_rng(0)
    x = generator.normal(size=(80, 2))
    x[:30] += 6
    train = examples(x.astype(np.float32), generator.normal(size=80), ids=[str(n) for n in range(80)])
    subject = Subject("numbers", points.model, train, points.adapter)
    known = ForgetSet(tuple(str(n) for n in range(12)), "reported")
    assert set(widened(subject, known).ids) == {str(n) for n in range(30)}
    # token ids are no places in a space: then only the features of the model tell
    tokens = replace(points.adapter, features=lambda _, items: x)
    subject = Subject(
        "tokens", points.model, replace(train, x=np.zeros((80, 4), int), y=np.zeros((80, 4), int)), tokens
    )
    assert set(widened(subject, known).ids) == {str(n) for n in range(30)}
    assert "in 1 views" in widened(subject, known).reason


@pytest.mark.parametrize("number", [5, 6, 7])
def test_a_few_items_that_have_nothing_in_common_widen_to_nothing(number: int) -> None:
    subject, planted = digits_subject(0)
    clean = sorted(set(subject.train.ids) - set(planted.bad))
    generator = np.random.default_rng(11)
    for _ in range(6):
        some = tuple(generator.choice(clean, number, replace=False).tolist())
        assert widened(subject, ForgetSet(some, "drawn")).ids == some


def test_five_known_poisons_are_enough_and_all_items_leave_nothing_to_find() -> None:
    subject, planted = digits_subject(0)
    assert len(set(widened(subject, ForgetSet(planted.bad[:5], "reported")).ids) & set(planted.bad)) > 50
    whole = widened(subject, ForgetSet(subject.train.ids, "all"))
    assert whole.ids == subject.train.ids
    assert "there are no other items" in whole.reason


def test_inputs_and_models_are_looked_at_and_very_wide_inputs_left_out() -> None:
    points = point_subject()
    seeing = replace(points.adapter, features=lambda model, items: np.full((80, 1), 3.0 * (model == "early")))
    for width, views in ((4, 3), (4_096, 3), (4_097, 2)):
        train = examples(np.zeros((80, width), np.float32), np.arange(80) % 4, ids=[str(n) for n in range(80)])
        found = _views(Subject("wide", "late", train, seeing, (Checkpoint("early", 1.0),)))
        assert [one.shape for one in found] == [(80, 1 + 4), (80, 1 + 4), (80, width + 4)][:views]
        assert all(np.array_equal(one[:, -4:], np.eye(4)[train.y]) for one in found)
