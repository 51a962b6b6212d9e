from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="the extra models is not installed")

import torch

from headgate.nn.networks import convolutional, perceptron


def test_a_seed_gives_the_same_weights_and_leaves_torch_s_own_draws_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, same, other = (perceptron(4, 2, hidden=(8, 3), seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one[1].weight, other[1].weight)


def test_shapes_follow_from_what_was_asked() -> None:
    flat = perceptron(4, 2, hidden=(8, 3))
    assert [tuple(p.shape) for p in flat.parameters()] == [(8, 4), (8,), (3, 8), (3,), (2, 3), (2,)]
    assert flat(torch.zeros(5, 2, 2)).shape == (5, 2)
    net = convolutional((3, 8, 12), 7, widths=(4, 6), hidden=10)
    assert net(torch.zeros(5, 3, 8, 12)).shape == (5, 7)
    # 8 x 12 halved twice is 2 x 3
    assert [m.in_features for m in net.modules() if isinstance(m, torch.nn.Linear)] == [6 * 2 * 3, 10]
