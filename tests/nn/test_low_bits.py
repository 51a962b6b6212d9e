from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn.low_bits import rounded


def linear(rows: list[list[float]]) -> nn.Linear:
    layer = nn.Linear(len(rows[0]), len(rows))
    layer.weight.data = torch.tensor(rows)
    return layer


def test_each_channel_is_rounded_on_its_own_scale() -> None:
    # 3 bits: -3 to 3 times the scale; scales 1 (largest 3) and 0.1 (largest 0.3)
    layer = linear([[3.0, 1.4, -1.6, 0.4], [-0.3, 0.14, 0.0, 0.26]])
    bias = layer.bias.detach().clone()
    found = rounded(layer, 3)
    expected = torch.tensor([[3.0, 1.0, -2.0, 0.0], [-0.3, 0.1, 0.0, 0.3]])
    assert torch.allclose(found.weight, expected)
    assert torch.equal(found.bias, bias)
    assert torch.equal(layer.weight, torch.tensor([[3.0, 1.4, -1.6, 0.4], [-0.3, 0.14, 0.0, 0.26]]))


def test_a_channel_of_nothing_stays_nothing() -> None:
    assert torch.equal(rounded(linear([[0.0, 0.0], [1.0, -1.0]]), 4).weight, torch.tensor([[0.0, 0.0], [1.0, -1.0]]))


@pytest.mark.parametrize(
    ("layer", "channels"),
    [(nn.Conv2d(2, 3, 3), 0), (nn.Conv1d(2, 3, 3), 0), (nn.ConvTranspose2d(2, 3, 3), 1), (nn.Linear(5, 3), 0)],
)  # fmt: skip
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_a_channel_takes_few_values_and_no_weight_moves_more_than_half_a_step(
    layer: nn.Module, channels: int, bits: int
) -> None:
    before = np.moveaxis(layer.weight.detach().numpy(), channels, 0).reshape(3, -1)
    after = np.moveaxis(rounded(layer, bits).weight.detach().numpy(), channels, 0).reshape(3, -1)
    step = np.abs(before).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    assert (np.abs(after - before) <= step * 0.5001).all()
    assert np.allclose(after / step, np.round(after / step), atol=1e-3)
    assert all(
        len(np.unique(np.round(row / size).astype(int))) <= 2**bits - 1 for row, size in zip(after, step, strict=True)
    )


def test_embeddings_norms_and_weights_shared_are_handled() -> None:
    model = nn.ModuleDict({"embed": nn.Embedding(6, 4), "norm": nn.LayerNorm(4), "out": nn.Linear(4, 6)})
    found = rounded(model, 2)
    assert torch.equal(found["embed"].weight, model["embed"].weight)
    assert not torch.equal(found["out"].weight, model["out"].weight)
    model["out"].weight = model["embed"].weight
    shared = rounded(model, 2)
    assert torch.equal(shared["embed"].weight, shared["out"].weight)
    assert not torch.equal(shared["embed"].weight, model["embed"].weight)


def test_bits_and_models_that_cannot_be_rounded_are_refused() -> None:
    with pytest.raises(UsageError, match="to 1 bits"):
        rounded(linear([[1.0]]), 1)
    with pytest.raises(UsageError, match="LayerNorm has no linear"):
        rounded(nn.LayerNorm(3), 8)


def test_a_channel_of_zeros_stays_in_half_precision_at_any_number_of_bits() -> None:
    layer = torch.nn.Linear(3, 2, bias=False, dtype=torch.float16)
    layer.weight.data[0] = 0
    for bits in (2, 8, 16):
        found = rounded(layer, bits).weight
        assert found.isfinite().all()
        assert not found[0].any()
