import pytest
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn import gradients, layer_gradients
from headgate.nn.adapters import class_losses
from headgate.nn.causal import answer_losses
from headgate.nn.networks import convolutional, perceptron
from tests.tiny_causal import pictures, tiny_causal


def whole(model, losses, items):
    """Rows of the generic gradients, by parameter."""
    at = gradients.weights(model)
    flat = torch.cat(list(gradients.rows(model, losses, items, at)))
    parts = flat.split([one.numel() for one in at.values()], 1)
    return {name: part.view(len(items), *one.shape) for (name, one), part in zip(at.items(), parts, strict=True)}


def same(model, losses, items):
    found, expected = (
        layer_gradients.each(model, losses, items, layer_gradients.layers(model)),
        whole(model, losses, items),
    )
    for name, one in found.items():
        weight = expected[f"{name}.weight"].flatten(2)
        bias = [expected[f"{name}.bias"][:, :, None]] if f"{name}.bias" in expected else []
        torch.testing.assert_close(one, torch.cat([weight, *bias], 2), atol=1e-5, rtol=1e-4)
    return found


def test_gradients_of_layers_are_those_of_the_parameters():
    model, items = convolutional((1, 8, 8), 4, widths=(3, 4), hidden=5), pictures(140)  # two batches
    found = same(model, class_losses, items)
    assert {name: tuple(one.shape) for name, one in found.items()} == {
        "0": (140, 3, 10), "3": (140, 4, 28), "7": (140, 5, 17), "9": (140, 4, 6),
    }  # fmt: skip
    slope = layer_gradients.mean(model, class_losses, items, found)
    ways = {name: one[:2] for name, one in found.items()}
    dots = layer_gradients.along(model, class_losses, items, ways)
    for name, one in found.items():
        torch.testing.assert_close(slope[name], one.mean(0))
        torch.testing.assert_close(dots[name], torch.einsum("noi,koi->nk", one, one[:2]), atol=1e-5, rtol=1e-4)


def test_strides_missing_biases_changes_in_place_and_layers_called_twice():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.first = nn.Conv2d(1, 2, 3, stride=2, padding=1, bias=False)
            self.twice = nn.Linear(32, 32)
            self.last = nn.Linear(32, 4)

        def forward(self, x):
            x = nn.functional.relu_(self.first(x)).flatten(1)
            return self.last(nn.functional.relu_(self.twice(torch.tanh_(self.twice(x)))))

    same(Odd(), class_losses, pictures())


def test_layers_of_a_causal_language_model():
    model, items = tiny_causal()
    same(model, answer_losses, items)


def test_frozen_models_are_left_as_they_are():
    model, items = perceptron(64, 4).requires_grad_(False).train(), pictures()
    assert layer_gradients.each(model, class_losses, items, layer_gradients.layers(model))["3"].abs().sum() > 0
    assert model.training
    assert not any(one.requires_grad or one.grad is not None for one in model.parameters())
    assert not any(one._forward_hooks for one in model.modules())


def test_refusals():
    with pytest.raises(UsageError, match="no linear or convolutional layer"):
        layer_gradients.layers(nn.LayerNorm(3))

    class Folded(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(32, 4)

        def forward(self, x):
            return self.linear(x.view(-1, 32)).view(len(x), 2, 4).sum(1)  # two rows an item

    model = Folded()
    with pytest.raises(UsageError, match="22 rows for 11 items"):
        layer_gradients.mean(model, class_losses, pictures(), layer_gradients.layers(model))
    assert not model.linear._forward_hooks
