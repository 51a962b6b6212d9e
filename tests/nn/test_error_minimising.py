from __future__ import annotations

import numpy as np
import torch
from torch import nn

from headgate.nn.error_minimising import patterns, slopes
from headgate.nn.networks import perceptron


def test_slopes_are_the_sizes_of_the_gradient_of_a_linear_model() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(8, 2, bias=False))
    x, y = torch.linspace(-1, 1, 24).reshape(3, 2, 2, 2), torch.tensor([0, 1, 1])
    weight = model[1].weight.detach().numpy()
    logits = x.reshape(3, 8).numpy() @ weight.T
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    chances[np.arange(3), y.numpy()] -= 1  # the derivative of cross-entropy by the logits
    by_hand = np.abs((chances @ weight).reshape(3, 2, 2, 2)).sum(1)
    found = slopes(model, x, y)
    assert found.shape == (3, 2, 2)
    assert np.allclose(found, by_hand, atol=1e-6)


def given() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(60, 1, 4, 4, generator=generator) - 0.5, torch.arange(60) % 3


def test_patterns_make_labels_of_noise_easy_and_stay_within_their_bound() -> None:
    x, y = given()
    model = perceptron(16, 3, seed=0)
    found = patterns(model, x, y, y, torch.ones(60, 1, 4, 4), most=0.2, rounds=15, steps=5, rate=0.01, seed=1)
    assert found.shape == (3, 1, 4, 4)
    assert float(found.abs().max()) <= 0.2 + 1e-6
    with torch.no_grad():
        assert (model(x + found[y]).argmax(1) == y).float().mean() > 0.95
        assert (model(x).argmax(1) == y).float().mean() < 0.6
    again = patterns(
        perceptron(16, 3, seed=0), x, y, y, torch.ones(60, 1, 4, 4), most=0.2, rounds=15, steps=5, rate=0.01, seed=1
    )
    assert torch.equal(found, again)


def test_a_pattern_is_not_moved_where_no_mask_lets_it_through() -> None:
    x, y = given()
    mask = torch.zeros(60, 1, 4, 4)
    mask[:, :, :2] = 1
    first, second = (
        patterns(perceptron(16, 3, seed=0), x, y, y, mask, most=0.2, rounds=rounds, steps=2, seed=1)
        for rounds in (1, 6)
    )
    assert torch.equal(first[:, :, 2:], second[:, :, 2:])
    assert not torch.equal(first[:, :, :2], second[:, :, :2])


def test_each_group_has_a_pattern_of_its_own() -> None:
    x, y = given()
    found = patterns(perceptron(16, 3), x, y, torch.arange(60), torch.ones(60, 1, 4, 4), most=0.1, rounds=2, steps=2)
    assert found.shape == (60, 1, 4, 4)
    assert len(torch.unique(found, dim=0)) == 60
