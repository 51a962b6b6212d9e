from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra models is not installed")

import torch

from headgate.nn.adapters import class_losses
from headgate.nn.networks import perceptron
from headgate.nn.training import batches, endless, seeded, tensor, train
from headgate.repair.examples import examples


def halves(number: int = 200) -> examples:  # type: ignore[valid-type]
    x = np.random.default_rng(0).normal(size=(number, 2)).astype(np.float32)
    return examples(x, (x[:, 0] > 0).astype(np.int64), ids=[str(n) for n in range(number)])


def test_it_learns_and_the_same_seed_gives_the_same_weights() -> None:
    models = [perceptron(2, 2, seed=1) for _ in range(3)]
    for model, seed in zip(models, (4, 4, 5), strict=True):
        train(model, halves(), class_losses, epochs=10, rate=1e-2, seed=seed)
    first, again, other = ([p.detach() for p in model.parameters()] for model in models)
    assert all(map(torch.equal, first, again))
    assert not all(map(torch.equal, first, other))
    items = halves()
    assert (models[0](tensor(items.x)).argmax(1) == tensor(items.y)).float().mean() > 0.95
    assert not models[0].training


def test_checkpoints_stand_for_the_rates_of_the_steps_since_the_one_before() -> None:
    model = perceptron(2, 2, seed=1)
    kept = train(model, halves(), class_losses, epochs=10, rate=1e-2, batch=50, seed=0, keep=(2, 10))
    # 40 steps, up to 0.01 within the first 10 % of them from a 25th, and down to almost nothing: a triangle
    total = 0.01 * (3 * (1 / 25 + 1) / 2 + 37 / 2)
    assert sum(one.rate for one in kept) == pytest.approx(total, rel=0.05)
    assert kept[0].rate < kept[1].rate
    assert all(map(torch.equal, kept[1].model.parameters(), model.parameters()))
    assert not all(map(torch.equal, kept[0].model.parameters(), model.parameters()))


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 19, 21])
def test_any_number_of_steps_can_be_trained(steps: int) -> None:
    model = perceptron(2, 2, seed=1)
    before = [one.detach().clone() for one in model.parameters()]
    train(model, halves(40), class_losses, epochs=steps, rate=1e-2, batch=40, seed=0)
    assert not all(map(torch.equal, before, model.parameters()))
    assert all(torch.isfinite(one).all() for one in model.parameters())


def test_batches_hold_every_item_once_in_a_drawn_order() -> None:
    items = halves(10)
    plain = [y.tolist() for _, y in batches(items, 4)]
    assert [len(one) for one in plain] == [4, 4, 2]
    assert [one for some in plain for one in some] == items.y.tolist()
    drawn = torch.cat([x for x, _ in batches(items, 4, np.random.default_rng(3))])
    assert not torch.equal(drawn, tensor(items.x))
    assert sorted(drawn[:, 0].tolist()) == sorted(items.x[:, 0].tolist())


def test_batches_come_round_as_long_as_they_are_taken_each_round_in_another_order() -> None:
    stream = endless(halves(6), 3, np.random.default_rng(0))
    rounds = [torch.cat([next(stream)[0], next(stream)[0]])[:, 0].tolist() for _ in range(3)]
    assert sorted(rounds[0]) == sorted(rounds[1]) == sorted(rounds[2]) == sorted(halves(6).x[:, 0].tolist())
    assert rounds[0] != rounds[1]


def test_numbers_become_float32_and_whole_numbers_int64() -> None:
    assert tensor(np.array([1.5])).dtype == torch.float32
    assert tensor(np.array([1], np.uint8)).dtype == torch.int64


def test_a_seed_inside_leaves_the_draws_outside_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    with seeded(9):
        one = torch.rand(1)
    with seeded(9):
        assert torch.equal(torch.rand(1), one)
    assert torch.equal(torch.rand(2), expected)
