from __future__ import annotations

import torch
from torch import nn

from headgate.nn.cluster_shift import centres, shifts
from headgate.nn.networks import perceptron


def test_centres_are_means_of_features() -> None:
    x = torch.tensor([[0.0, 1], [1, 1], [0.5, 0]]).reshape(3, 1, 1, 2)
    assert centres(nn.Flatten(), x, torch.tensor([0, 0, 1])).tolist() == [[0.5, 1], [0.5, 0]]


def test_a_pattern_goes_as_far_as_it_may_and_no_further_than_the_target() -> None:
    # features are the pixels themselves, so that the best pattern is what lacks to the target, cut to 0.2
    x, of = torch.zeros(40, 1, 1, 3), torch.arange(40) % 2
    targets = torch.tensor([[0.5, 0.1, -0.5], [-0.05, 0.9, 0.0]])
    found = shifts(nn.Flatten(), x, of, targets, most=0.2, steps=200).reshape(2, 3)
    assert torch.allclose(found, torch.tensor([[0.2, 0.1, -0.2], [-0.05, 0.2, 0.0]]), atol=0.005)
    assert float(found.abs().max()) <= 0.2 + 1e-6


def test_features_come_nearer_and_the_network_stays_as_it_was() -> None:
    body = perceptron(16, 4, seed=1).train()
    before = [one.clone() for one in body.parameters()]
    x = torch.rand(50, 1, 4, 4, generator=torch.Generator().manual_seed(0)) - 0.5
    of = torch.arange(50) % 2
    targets = centres(body, x, of) + 1
    found = shifts(body, x, of, targets, most=0.5, steps=50, seed=3)
    with torch.no_grad():
        apart, was = ((body(one) - targets[of]).square().sum(1).mean() for one in (x + found[of], x))
    assert apart < 0.75 * was
    assert body.training
    assert all(torch.equal(*both) for both in zip(before, body.parameters(), strict=True))
    assert torch.equal(found, shifts(body, x, of, targets, most=0.5, steps=50, seed=3))
    assert not torch.equal(found, shifts(body, x, of, targets, most=0.5, steps=50, seed=4))
