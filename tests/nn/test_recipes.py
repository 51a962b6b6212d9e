from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra models is not installed")

import torch

from headgate.errors import BadInput
from headgate.nn import recipes
from headgate.nn.networks import perceptron
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Examples
from headgate.repair.subject_file import Network, Parts, SubjectFile, Training


def rows(number: int = 60) -> Examples:
    x = np.random.default_rng(0).normal(size=(number, 4)).astype(np.float32)
    return examples(x, (x[:, 0] > 0).astype(np.int64), ids=[str(n) for n in range(number)])


def file(folder: Path, training: Training | None) -> SubjectFile:
    model = perceptron(4, 2, hidden=(5,), seed=3)
    from headgate.nn.adapters import save

    save(model, folder)
    network = Network("perceptron", (5,), 64)
    parts = {"": Parts(folder, folder)}
    return SubjectFile(folder / "s.toml", "rows", "classes", "", folder / "model.safetensors", "logistic", None, folder,
                       network, training, ((folder / "model.safetensors", 0.5),), parts, 0)  # fmt: skip


def test_the_weights_are_those_of_the_file_and_checkpoints_have_their_rates(tmp_path: Path) -> None:
    given = recipes.subject(file(tmp_path, None), rows(), "ref")
    same = perceptron(4, 2, hidden=(5,), seed=3)
    for one in (given.model, given.checkpoints[0].model):
        assert all(map(torch.equal, one.parameters(), same.parameters()))
    assert given.checkpoints[0].rate == 0.5
    assert given.retrain is None
    assert not given.model.training
    assert given.ref == "ref"


def test_retraining_starts_anew_and_knows_only_the_items_given(tmp_path: Path) -> None:
    given = recipes.subject(file(tmp_path, Training(epochs=30, rate=0.02, batch=20)), rows(), "")
    assert given.retrain is not None
    one, again, other = (given.retrain(rows(), seed) for seed in (1, 1, 2))
    assert all(map(torch.equal, one.parameters(), again.parameters()))
    assert not all(map(torch.equal, one.parameters(), other.parameters()))
    assert given.adapter.outcomes(one, rows()).mean() > 0.95
    zeros = take(rows(), rows().y == 0)
    assert given.adapter.outcomes(given.retrain(zeros, 1), rows()).mean() == (rows().y == 0).mean()


def test_a_regressor_is_one_where_the_file_says_so(tmp_path: Path) -> None:
    from dataclasses import replace

    given = recipes.subject(replace(file(tmp_path, None), kind="regression"), rows(), "")
    assert given.adapter.kind == "regression"


def test_shapes_that_a_network_cannot_take_are_told() -> None:
    pictures = np.zeros((2, 1, 8, 8), np.float32)
    assert recipes.build(Network("convolutional", (4, 4, 4), 8), pictures, 3, 0)(torch.zeros(2, 1, 8, 8)).shape == (
        2,
        3,
    )
    assert recipes.build(Network("perceptron", (4,), 8), pictures, 3, 0)(torch.zeros(2, 1, 8, 8)).shape == (2, 3)
    for network, x in (
        (Network("convolutional", (4,) * 4, 8), pictures),
        (Network("convolutional", (4,), 8), rows().x),
    ):
        with pytest.raises(BadInput, match="cannot take items of shape"):
            recipes.build(network, x, 3, 0)
