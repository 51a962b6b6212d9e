from __future__ import annotations

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.remove import finetune, retrain
from headgate.repair.examples import take
from headgate.repair.shapes import Behaviour, ForgetSet
from tests.forgetting import point_subject, with_role


def test_it_trains_on_nothing_but_the_retain_items() -> None:
    subject = point_subject()
    forget = ForgetSet(subject.train.ids[:6], "asked for")
    behaviour = Behaviour("validation", take(subject.train, np.arange(6)), take(subject.train, np.arange(6, 60)))
    made = finetune.remove(subject, forget, behaviour, rate=1e-2, epochs=3, batch=10)
    assert made.steps[-1].retain < float(subject.adapter.losses(subject.model, behaviour.clean).mean())
    # with other forget items of the same number and place it does the same: their content is not looked at
    shifted = subject.train.x.copy()
    shifted[:6] += 100
    from dataclasses import replace

    other = replace(subject, train=replace(subject.train, x=shifted))
    same = finetune.remove(other, forget, behaviour, rate=1e-2, epochs=3, batch=10)
    for name, one in made.model.state_dict().items():
        assert torch.equal(one, same.model.state_dict()[name])
    with pytest.raises(UsageError, match="proof part"):
        finetune.remove(subject, forget, with_role(behaviour, "proof"))
    assert retrain.SEARCH == {}
