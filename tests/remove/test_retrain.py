from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.remove.retrain import remove
from headgate.repair.examples import take
from headgate.repair.shapes import Behaviour, Examples, ForgetSet
from tests.forgetting import point_subject, with_role


def test_it_is_the_subject_s_own_training_without_the_forget_items() -> None:
    subject = point_subject()
    out = subject.train.y == 2
    forget = ForgetSet(tuple(np.asarray(subject.train.ids)[out].tolist()), "asked for")
    behaviour = Behaviour("validation", take(subject.train, out), take(subject.train, ~out))
    made = remove(subject, forget, behaviour, seed=4)
    assert subject.retrain is not None
    expected = subject.retrain(take(subject.train, ~out), 4)
    for name, one in expected.state_dict().items():
        assert torch.equal(one, made.model.state_dict()[name])
    assert not made.collapsed
    assert subject.adapter.outcomes(made.model, behaviour.queries).max() == 0
    assert made.steps[0].utility == float(subject.adapter.outcomes(expected, behaviour.clean).mean())


def test_a_model_that_fails_to_train_again_is_not_what_comes_back() -> None:
    subject = point_subject()

    def poor(items: Examples, seed: int) -> torch.nn.Module:
        model: torch.nn.Module = subject.adapter.clone(subject.model)
        for one in model.parameters():
            torch.nn.init.zeros_(one)
        return model

    forget = ForgetSet(subject.train.ids[:6], "asked for")
    behaviour = Behaviour("validation", take(subject.train, np.arange(6)), take(subject.train, np.arange(6, 60)))
    made = remove(replace(subject, retrain=poor), forget, behaviour)
    assert made.collapsed
    assert "kept less than 0.9" in made.note
    for name, one in subject.model.state_dict().items():
        assert torch.equal(one, made.model.state_dict()[name])
    assert made.model is not subject.model


def test_it_needs_a_way_to_train_and_refuses_the_proof_part() -> None:
    subject = point_subject()
    forget = ForgetSet(subject.train.ids[:6], "asked for")
    behaviour = Behaviour("validation", subject.train, subject.train)
    with pytest.raises(UsageError, match="no way to be trained again"):
        remove(replace(subject, retrain=None), forget, behaviour)
    with pytest.raises(UsageError, match="proof part"):
        remove(subject, forget, with_role(behaviour, "proof"))


def test_a_model_that_gives_no_numbers_is_not_what_comes_back() -> None:
    subject = point_subject()

    def broken(items: Examples, seed: int) -> torch.nn.Module:
        model: torch.nn.Module = subject.adapter.clone(subject.model)
        for one in model.parameters():
            torch.nn.init.constant_(one, float("nan"))
        return model

    forget = ForgetSet(subject.train.ids[:6], "asked for")
    behaviour = Behaviour("validation", take(subject.train, np.arange(6)), take(subject.train, np.arange(6, 60)))
    # class 0 is what torch calls numbers that are none: the guard of the utility alone would let it pass
    made = remove(replace(subject, retrain=broken), forget, behaviour, floor=0.0)
    assert made.collapsed
    unsure = replace(subject.adapter, outcomes=lambda model, items: np.exp(-subject.adapter.losses(model, items)))
    made = remove(replace(subject, retrain=broken, adapter=unsure), forget, behaviour)
    assert made.collapsed
    assert all(bool(torch.isfinite(one).all()) for one in made.model.parameters())
    # the floor is a share of what the source can do, however little that is
    poor = replace(subject, model=broken(subject.train, 0), retrain=lambda items, seed: subject.model)
    again = replace(poor, adapter=replace(subject.adapter, outcomes=lambda model, items: np.full(len(items), 0.5)))
    assert not remove(again, forget, behaviour).collapsed


def test_its_step_tells_forget_and_retain_losses_apart() -> None:
    subject = point_subject()
    out = subject.train.y == 2
    forget = ForgetSet(tuple(np.asarray(subject.train.ids)[out].tolist()), "asked for")
    made = remove(subject, forget, Behaviour("validation", take(subject.train, out), take(subject.train, ~out)))
    assert made.steps[0].forget > 1 > made.steps[0].retain
