from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES, REGRESSION, class_losses, squared_losses
from headgate.nn.unlearning import utility
from headgate.remove.ssd import dampened, fisher, remove
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, ForgetSet, Subject
from tests.forgetting import point_subject, with_role


def line() -> Subject:
    """Ten weights without a bias: y = w . x, so that the gradient of item i is (w . x_i - y_i) x_i."""
    generator = np.random.default_rng(3)
    x = generator.normal(size=(12, 10)).astype(np.float32)
    model = torch.nn.Linear(10, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.linspace(-1, 1, 10)[None])
    return Subject("line", model, examples(x, generator.normal(size=12)), REGRESSION)


def test_dampening_ten_weights_is_what_it_is_by_hand() -> None:
    subject = line()
    x, y = subject.train.x.astype(float), subject.train.y
    w = np.linspace(-1, 1, 10)
    squares = ((x @ w - y)[:, None] * x) ** 2
    everything, forgetting = squares.mean(0), squares[:3].mean(0)
    expected = []
    for weight, d, f in zip(w, everything, forgetting, strict=True):
        expected.append(weight * min(1.0, 0.5 * d / f) if f > 1.5 * d else weight)
    assert 0 < sum(a != b for a, b in zip(expected, w, strict=True)) < 10
    forget = ForgetSet(subject.train.ids[:3], "asked for")
    behaviour = Behaviour("validation", take(subject.train, np.arange(3)), take(subject.train, np.arange(3, 12)))
    made = remove(subject, forget, behaviour, alpha=1.5, factor=0.5, floor=0.0)
    assert made.model.weight.detach().numpy()[0] == pytest.approx(expected, rel=1e-4)
    assert not made.collapsed


def test_the_fisher_information_is_of_single_items_not_of_batches() -> None:
    subject = point_subject()
    found = fisher(subject.model, class_losses, subject.train)
    total = {name: torch.zeros_like(one) for name, one in subject.model.named_parameters()}
    for n in range(len(subject.train)):
        model = copy.deepcopy(subject.model)
        one = take(subject.train, [n])
        class_losses(model, torch.tensor(one.x), torch.tensor(one.y)).mean().backward()
        for name, weight in model.named_parameters():
            assert weight.grad is not None
            total[name] += weight.grad.square() / len(subject.train)
    for name, one in total.items():
        assert torch.allclose(found[name], one, rtol=1e-4, atol=1e-9)


def test_weights_no_item_moves_stay_as_they_are() -> None:
    zero, one = {"w": torch.zeros(2)}, {"w": torch.ones(2)}
    assert torch.equal(dampened({"w": torch.tensor([3.0, 4.0])}, zero, zero, 1.0, 1.0)["w"], torch.tensor([3.0, 4.0]))
    assert torch.equal(dampened(one, one, {"w": torch.tensor([4.0, 2.0])}, 2.0, 1.0)["w"], torch.tensor([0.25, 1.0]))
    # no weight grows, however large the factor
    assert torch.equal(dampened(one, one, {"w": torch.tensor([1.5, 4.0])}, 1.0, 2.0)["w"], torch.tensor([1.0, 0.5]))


def test_alpha_is_raised_until_the_utility_stays() -> None:
    subject = point_subject()
    out = subject.train.y == 2
    forget = ForgetSet(tuple(np.asarray(subject.train.ids)[out].tolist()), "asked for")
    behaviour = Behaviour("validation", take(subject.train, out), take(subject.train, ~out))
    before = copy.deepcopy(subject.model.state_dict())
    bold = remove(subject, forget, behaviour, alpha=0.01, factor=0.01, floor=0.0)
    assert not bold.collapsed
    assert utility(subject, bold.model, behaviour) < 0.9
    guarded = remove(subject, forget, behaviour, alpha=0.01, factor=0.01, floor=0.9)
    assert guarded.collapsed
    assert "alpha raised to" in guarded.note
    assert utility(subject, guarded.model, behaviour) >= 0.9
    assert CLASSES.outcomes(guarded.model, behaviour.queries).mean() < 0.9
    assert all(torch.equal(one, before[name]) for name, one in subject.model.state_dict().items())
    # the forget items are a third of all, so no weight matters more than three times as much to them
    same = remove(subject, forget, behaviour, alpha=3.01)
    assert all(torch.equal(one, before[name]) for name, one in same.model.state_dict().items())


def test_it_refuses_the_proof_part_and_an_alpha_of_nothing() -> None:
    subject = line()
    forget = ForgetSet(subject.train.ids[:3], "asked for")
    behaviour = Behaviour("validation", subject.train, subject.train)
    with pytest.raises(UsageError, match="proof part"):
        remove(subject, forget, with_role(behaviour, "proof"))
    nan = float("nan")
    for wrong in ({"alpha": 0.0}, {"alpha": nan}, {"factor": nan}, {"factor": -1.0}, {"factor": float("inf")},
                  {"sample": 0}, {"floor": nan}):  # fmt: skip
        with pytest.raises(UsageError, match="out of range"):
            remove(subject, forget, behaviour, **{"floor": 0.0, **wrong})  # type: ignore[arg-type]
    assert squared_losses(subject.model, torch.zeros(1, 10), torch.ones(1)).item() == 0.5
