from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra models is not installed")

import torch

from headgate.nn.adapters import CLASSES, REGRESSION, over, penultimate
from headgate.nn.networks import perceptron
from headgate.repair.examples import examples


def linear(weight: list[list[float]], bias: list[float]) -> torch.nn.Module:
    model = torch.nn.Linear(len(weight[0]), len(weight))
    with torch.no_grad():
        model.weight.copy_(torch.tensor(weight))
        model.bias.copy_(torch.tensor(bias))
    return model


def test_a_classifier_s_answers_losses_and_probabilities_are_those_worked_out_by_hand() -> None:
    model = linear([[1.0], [-1.0]], [0.0, 0.0])  # logits x and -x
    items = examples(np.array([[0.5], [0.5], [-2.0]], np.float32), np.array([0, 1, 1]), ids=["a", "b", "c"])
    assert CLASSES.outcomes(model, items).tolist() == [1, 0, 1]
    p = 1 / (1 + np.exp(-2 * np.array([0.5, -0.5, 2.0])))  # of the class asked for
    assert CLASSES.losses(model, items) == pytest.approx(-np.log(p), rel=1e-5)
    assert CLASSES.probabilities is not None
    assert CLASSES.probabilities(model, items)[np.arange(3), items.y] == pytest.approx(p, rel=1e-5)


def test_a_regressor_s_losses_are_half_the_squared_error() -> None:
    model = linear([[2.0]], [1.0])
    items = examples(np.array([[1.0], [0.0]], np.float32), np.array([3.0, 3.0], np.float32), ids=["a", "b"])
    assert REGRESSION.losses(model, items).tolist() == [0.0, 2.0]
    assert REGRESSION.outcomes(model, items) == pytest.approx([1.0, np.exp(-2.0)])


def test_features_are_what_the_last_layer_is_given() -> None:
    model = perceptron(3, 2, hidden=(5, 4), seed=0)
    items = examples(np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32), np.zeros(7, int))
    found = penultimate(model, items)
    assert found.shape == (7, 4)
    with torch.no_grad():
        assert np.allclose(found, model[:-1](torch.as_tensor(items.x)).numpy(), atol=1e-6)
        assert np.allclose(
            model[-1](torch.as_tensor(found)).numpy(), model(torch.as_tensor(items.x)).numpy(), atol=1e-6
        )


def test_batches_do_not_matter_and_the_model_is_left_in_the_mode_it_was_in() -> None:
    model = torch.nn.Sequential(torch.nn.Dropout(0.9), linear([[1.0]], [0.0])).train()
    items = examples(np.arange(7, dtype=np.float32).reshape(-1, 1), np.zeros(7, int))
    found = [over(model, items, lambda x, _: model(x).squeeze(1), batch=size) for size in (1, 3, 100)]
    assert all(one.tolist() == list(range(7)) for one in found)
    assert model.training
    nothing = examples(np.empty((0, 1), np.float32), np.empty(0, int))
    assert len(CLASSES.outcomes(model, nothing)) == 0


def test_a_clone_is_changed_without_the_source_and_weights_are_written(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    model = linear([[1.0]], [0.0])
    other = CLASSES.clone(model)
    with torch.no_grad():
        other.weight.add_(1)
    assert model.weight.item() == 1
    assert CLASSES.save is not None
    CLASSES.save(other, tmp_path)
    assert load_file(tmp_path / "model.safetensors")["weight"].item() == 2
