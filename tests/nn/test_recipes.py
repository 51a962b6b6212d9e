from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra models is not installed")

import torch

from headgate.errors import BadInput
from headgate.nn import recipes
from headgate.nn.adapters import save
from headgate.nn.networks import convolutional, perceptron
from headgate.repair.example_files import write_npz
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Examples
from headgate.repair.subject_file import Network, Parts, SubjectFile, Training


def rows(number: int = 60) -> Examples:
    x = np.random.default_rng(0).normal(size=(number, 4)).astype(np.float32)
    return examples(x, (x[:, 0] > 0).astype(np.int64), ids=[str(n) for n in range(number)])


def file(folder: Path, training: Training | None) -> SubjectFile:
    model = perceptron(4, 2, hidden=(5,), seed=3)
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


@pytest.mark.parametrize("layers", [1, 5, 6])
def test_the_last_layer_is_told_by_its_number_not_its_name_as_text(tmp_path: Path, layers: int) -> None:
    # Linear layers 1, 3, ... 11: as text 11 comes before 3
    deep = replace(file(tmp_path, None), network=Network("perceptron", (5,) * layers, 64), checkpoints=())
    model = perceptron(4, 2, hidden=(5,) * layers)
    save(model, tmp_path)
    given = recipes.subject(deep, rows(), "")
    assert all(map(torch.equal, given.model.parameters(), model.parameters()))


def test_three_convolutions_are_read_too(tmp_path: Path) -> None:
    model = convolutional((1, 8, 8), 3, widths=(4, 4, 4), hidden=8)
    save(model, tmp_path)
    deep = replace(file(tmp_path, None), network=Network("convolutional", (4, 4, 4), 8), checkpoints=())
    save(model, tmp_path)
    items = examples(np.zeros((2, 1, 8, 8), np.float32), np.arange(2))
    assert all(map(torch.equal, recipes.subject(deep, items, "").model.parameters(), model.parameters()))


@pytest.mark.parametrize(
    ("kind", "y"),
    [
        ("classes", [0, 1, 2]),
        ("classes", [0, -1, 1]),
        ("classes", [0, -100, 1]),  # which torch takes for an item that does not count
        ("classes", [0.0, 1.0, 1.0]),
        ("classes", [[0, 1], [1, 0], [1, 0]]),
        ("regression", [0.0, 1.0, 2.0]),  # each of two outputs would be compared with the same number
    ],
)
def test_answers_that_the_network_cannot_give_are_told(tmp_path: Path, kind: str, y: list[object]) -> None:
    described = replace(file(tmp_path, None), kind=kind)
    write_npz(tmp_path / "items.npz", examples(np.zeros((3, 4), np.float32), np.asarray(y)))
    with pytest.raises(BadInput, match="a y that the network cannot answer"):
        recipes.reader(described)(tmp_path / "items.npz")


def test_whole_numbers_as_inputs_become_floats(tmp_path: Path) -> None:
    np.savez(tmp_path / "items.npz", x=np.full((2, 4), 255, np.uint8), y=np.arange(2))
    items = recipes.reader(file(tmp_path, None))(tmp_path / "items.npz")
    assert items.x.dtype == np.float32
    assert len(recipes.subject(file(tmp_path, None), items, "").adapter.losses(perceptron(4, 2), items)) == 2


def test_weights_that_are_no_numbers_or_no_file_are_told(tmp_path: Path) -> None:
    described = file(tmp_path, None)
    broken = perceptron(4, 2, hidden=(5,))
    with torch.no_grad():
        next(broken.parameters())[0, 0] = torch.nan
    save(broken, tmp_path)
    with pytest.raises(BadInput, match="not finite"):
        recipes.subject(described, rows(), "")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="it is no file"):
        recipes.subject(replace(described, model=tmp_path / "pipe"), rows(), "")


def test_a_network_too_large_for_its_weights_is_never_made(tmp_path: Path) -> None:
    described = replace(file(tmp_path, None), network=Network("perceptron", (65_536,) * 32, 64))
    with pytest.raises(BadInput, match="are not those of the"):  # 0.5 TB
        recipes.subject(described, rows(), "")
