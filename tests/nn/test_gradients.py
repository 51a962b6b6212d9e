import numpy as np
import pytest
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn import gradients
from headgate.nn.adapters import CLASSES, REGRESSION, class_losses, squared_losses
from headgate.nn.causal import answer_losses
from headgate.nn.networks import convolutional, perceptron
from headgate.repair.examples import examples
from headgate.repair.shapes import Adapter, Subject
from tests.tiny_causal import pictures, tiny_causal


def by_hand(model, losses, items):
    """One backward pass an item, all parameters in a row."""
    found = []
    for x, y in zip(items.x, items.y, strict=True):
        model.zero_grad()
        losses(model, torch.as_tensor(x[None]), torch.as_tensor(y[None])).sum().backward()
        found.append(torch.cat([one.grad.flatten() for one in model.parameters()]))
    model.zero_grad(set_to_none=True)
    return torch.stack(found).numpy()


def rows(model, losses, items, at):
    return torch.cat(list(gradients.rows(model, losses, items, at))).numpy()


def test_rows_are_the_gradients_of_one_item_at_a_time(monkeypatch):
    model, items = convolutional((1, 8, 8), 4, widths=(3, 4), hidden=5), pictures(13)
    monkeypatch.setattr(gradients, "ROOM", 3 * sum(one.numel() for one in model.parameters()))  # chunks of three
    chunks = list(gradients.rows(model, class_losses, items, gradients.weights(model)))
    assert [len(one) for one in chunks] == [3, 3, 3, 3, 1]
    np.testing.assert_allclose(torch.cat(chunks).numpy(), by_hand(model, class_losses, items), atol=1e-6)


def test_numbers_as_answers():
    model = perceptron(3, 1, hidden=(4,))
    items = examples(np.random.default_rng(0).normal(size=(7, 3)), np.linspace(-1, 1, 7))
    found = rows(model, squared_losses, examples(items.x.astype(np.float32), items.y), gradients.weights(model))
    expected = by_hand(model, squared_losses, examples(items.x.astype(np.float32), items.y.astype(np.float32)))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_causal_language_model_in_one_go():
    model, items = tiny_causal()
    at = gradients.weights(model)
    found, expected = rows(model, answer_losses, items, at), by_hand(model, answer_losses, items)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    way = gradients.mean(model, answer_losses, items, at)
    flat = np.concatenate([one.flatten().numpy() for one in way.values()])
    np.testing.assert_allclose(flat, expected.mean(0), atol=1e-6)
    np.testing.assert_allclose(gradients.along(model, answer_losses, items, way), expected @ flat, atol=1e-3)


def test_mean_lengths_and_dot_products_without_keeping_rows():
    model, items = convolutional((1, 8, 8), 4, widths=(3,), hidden=5), pictures(300)  # more than one batch
    at, expected = gradients.weights(model), by_hand(model, class_losses, items).astype(float)
    size = np.linalg.norm(expected, axis=1)
    np.testing.assert_allclose(gradients.lengths(model, class_losses, items, at), size, rtol=1e-5)
    for unit, mean in ((False, expected.mean(0)), (True, (expected / size[:, None]).mean(0))):
        way = gradients.mean(model, class_losses, items, at, unit=unit)
        np.testing.assert_allclose(np.concatenate([one.flatten().numpy() for one in way.values()]), mean, atol=1e-6)
        np.testing.assert_allclose(gradients.along(model, class_losses, items, way), expected @ mean, atol=1e-5)


def test_the_last_layer_is_the_last_linear_one_and_the_end_of_each_row():
    model, items = convolutional((1, 8, 8), 4, widths=(3,), hidden=5), pictures(13)
    at = gradients.weights(model, "last")
    assert {name: tuple(one.shape) for name, one in at.items()} == {"6.weight": (4, 5), "6.bias": (4,)}
    last = by_hand(model, class_losses, items)[:, -24:]
    np.testing.assert_allclose(rows(model, class_losses, items, at), last, atol=1e-6)
    way = gradients.mean(model, class_losses, items, at)
    np.testing.assert_allclose(gradients.along(model, class_losses, items, way), last @ last.mean(0), atol=1e-5)


class Reads(nn.Module):
    """A layer whose code asks a number of its input, which vmap cannot answer."""

    def forward(self, x):
        return x * 2 if x.abs().sum().item() > 0 else x


def test_what_vmap_cannot_follow_is_done_one_item_at_a_time():
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 4), Reads())
    items = pictures(13)
    found = rows(model, class_losses, items, gradients.weights(model))
    np.testing.assert_allclose(found, by_hand(model, class_losses, items), atol=1e-6)


def test_the_model_is_left_as_it_was():
    model, items = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.Dropout(0.5), nn.Linear(8, 4)).train(), pictures(13)
    before = {name: one.clone() for name, one in model.state_dict().items()}
    at = gradients.weights(model)
    first, again = (rows(model, class_losses, items, at) for _ in range(2))
    np.testing.assert_array_equal(first, again)  # nothing is dropped
    gradients.along(model, class_losses, items, gradients.mean(model, class_losses, items, at))
    assert model.training
    assert all(one.grad is None and one.requires_grad for one in model.parameters())
    assert all(torch.equal(one, before[name]) for name, one in model.state_dict().items())


def test_frozen_parameters_have_gradients_too():
    model, items = perceptron(64, 4).requires_grad_(False), pictures(13)
    at = gradients.weights(model)
    way = gradients.mean(model, class_losses, items, at)
    assert not np.allclose(gradients.along(model, class_losses, items, way), 0)


def test_refusals():
    items = pictures(13)
    without = Adapter("trees", CLASSES.outcomes, CLASSES.losses, CLASSES.features, CLASSES.clone)
    with pytest.raises(UsageError, match="kind trees"):
        gradients.losses_of(Subject("t", None, items, without))
    drawn = Adapter("diffusion", *(None,) * 4, class_losses)  # its loss is drawn
    with pytest.raises(UsageError, match="kind diffusion"):
        gradients.losses_of(Subject("t", None, items, drawn))
    assert gradients.losses_of(Subject("t", None, items, REGRESSION)) is squared_losses
    with pytest.raises(UsageError, match="no linear layer"):
        gradients.weights(nn.Conv2d(1, 1, 3), "last")


def test_parts_keep_the_mode_they_were_in():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(), nn.Linear(3, 2)).train()
    model[0].eval()
    with gradients.still(model):
        assert not any(one.training for one in model.modules())
    assert [one.training for one in model.modules()] == [True, False, True, True]
