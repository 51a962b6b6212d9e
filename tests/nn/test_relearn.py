from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from headgate.errors import UsageError
from headgate.nn.adapters import CLASSES, REGRESSION
from headgate.nn.networks import perceptron
from headgate.nn.relearn import relearn
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Subject

ITEMS = examples(np.eye(4, dtype=np.float32), np.array([0, 1, 2, 3]))


def subject() -> Subject:
    return Subject("toy", perceptron(4, 4, hidden=(), seed=0), ITEMS, CLASSES)


def weights(model: torch.nn.Module) -> torch.Tensor:
    return torch.cat([one.detach().flatten() for one in model.parameters()])


def test_one_step_of_adam_moves_each_weight_by_the_rate_against_its_gradient() -> None:
    toy = subject()
    before = weights(toy.model)
    after = relearn(toy, toy.model, ITEMS, steps=1, rate=0.01, batch=4)
    moved = (weights(after) - before).reshape(-1)
    assert torch.allclose(moved.abs(), torch.full_like(moved, 0.01), atol=1e-4)
    weight = after[1].weight - toy.model[1].weight
    # the right class of an input goes up, every other down
    assert torch.equal(weight.sign(), 2 * torch.eye(4) - 1)
    assert torch.equal(weights(toy.model), before)  # the model given stays as it is


def test_the_items_are_learned_and_the_same_seed_gives_the_same_weights() -> None:
    toy = subject()
    first, again, other = (
        relearn(toy, toy.model, ITEMS, steps=60, rate=0.05, batch=3, seed=seed) for seed in (1, 1, 2)
    )
    assert CLASSES.outcomes(first, ITEMS).tolist() == [1, 1, 1, 1]
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))


def test_it_asks_after_every_step_and_ends_when_told_to() -> None:
    toy, seen = subject(), []

    def until(step: int, model: torch.nn.Module) -> bool:
        seen.append((step, model.training))
        return step == 3

    ended = relearn(toy, toy.model, ITEMS, steps=9, rate=0.01, batch=2, until=until)
    assert seen == [(1, False), (2, False), (3, False)]
    assert torch.equal(weights(ended), weights(relearn(toy, toy.model, ITEMS, steps=3, rate=0.01, batch=2)))


def test_a_model_for_numbers_and_frozen_weights_are_relearned_too() -> None:
    numbers = examples(ITEMS.x, np.array([0.0, 1.0, 2.0, 3.0], np.float32))
    model = perceptron(4, 1, hidden=(), seed=0).requires_grad_(False)
    toy = Subject("toy", model, numbers, REGRESSION)
    after = relearn(toy, model, numbers, steps=300, rate=0.05, batch=4)
    assert REGRESSION.losses(after, numbers).max() < 1e-3 < REGRESSION.losses(model, numbers).max()


def test_no_items_or_no_gradients_are_refused() -> None:
    toy = subject()
    with pytest.raises(UsageError, match="no items to relearn"):
        relearn(toy, toy.model, take(ITEMS, []), steps=1)
    bare = replace(toy, adapter=replace(CLASSES, kind="trees", item_losses=None))
    with pytest.raises(UsageError, match="kind trees, without gradients"):
        relearn(bare, toy.model, ITEMS, steps=1)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_teaches_nothing_is_refused(rate: float) -> None:
    toy = subject()
    with pytest.raises(UsageError, match="Give a number above 0"):
        relearn(toy, toy.model, ITEMS, steps=1, rate=rate)
