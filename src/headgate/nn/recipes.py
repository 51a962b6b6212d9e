"""Torch subjects from their files: networks built and their weights read, and how they are trained again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from pathlib import Path

import numpy as np
import torch

from headgate.errors import BadInput
from headgate.nn.adapters import CLASSES, REGRESSION, class_losses, squared_losses
from headgate.nn.networks import convolutional, perceptron
from headgate.nn.training import train
from headgate.plain import plain
from headgate.repair.example_files import read_npz
from headgate.repair.shapes import Array, Checkpoint, Examples, Subject
from headgate.repair.subject_file import Network, SubjectFile, Training


def reader(file: SubjectFile) -> Callable[[Path], Examples]:
    """Reads archives as the network of `file` takes them: inputs as floats, answers that it can give."""
    assert file.model is not None
    outputs = _outputs(_weights(file.model))

    def read(path: Path) -> Examples:
        found = read_npz(path)
        y = found.y
        if file.kind == "classes":
            fit = y.ndim == 1 and y.dtype.kind == "i" and y.min() >= 0 and y.max() < outputs
            wanted = f"whole numbers from 0 to {outputs - 1}"
        else:
            fit, wanted = prod(y.shape[1:]) == outputs, f"{outputs} numbers an item"
        if not fit:
            msg = f"{plain(path)} has a y that the network cannot answer. Give {wanted}."
            raise BadInput(msg)
        return replace(found, x=found.x.astype(np.float32))

    return read


def subject(file: SubjectFile, items: Examples, ref: str) -> Subject:
    """The classifier or regressor that `file` describes; raises `BadInput` where weights and network do not fit."""
    assert file.network is not None
    assert file.model is not None
    weights = _weights(file.model)

    def fresh(seed: int) -> torch.nn.Module:
        return build(file.network, items.x, _outputs(weights), seed)  # type: ignore[arg-type]

    with torch.device("meta"):  # nothing is allocated before the weights are known to fit
        _filled(fresh(0), {name: one.to("meta") for name, one in weights.items()}, file.model)

    return Subject(
        file.name,
        _filled(fresh(0), weights, file.model),
        items,
        CLASSES if file.kind == "classes" else REGRESSION,
        tuple(Checkpoint(_filled(fresh(0), _weights(path), path), rate) for path, rate in file.checkpoints),
        _retrain(file, fresh) if file.training else None,
        ref,
    )


def build(network: Network, x: Array, outputs: int, seed: int) -> torch.nn.Module:
    """The `network` for inputs like `x` (first axis the items); raises `BadInput` for a shape that it cannot take."""
    if network.shape == "perceptron":
        return perceptron(prod(x.shape[1:]), outputs, hidden=network.widths, seed=seed)
    if x.ndim != 4 or min(x.shape[2:]) < 2 ** len(network.widths):
        msg = f"a convolutional network of {len(network.widths)} layers cannot take items of shape {x.shape[1:]}. "
        raise BadInput(msg + "Give items x channels x height x width, or another [network].")
    shape = (x.shape[1], x.shape[2], x.shape[3])
    return convolutional(shape, outputs, widths=network.widths, hidden=network.hidden, seed=seed)


def _retrain(file: SubjectFile, fresh: Callable[[int], torch.nn.Module]) -> Callable[[Examples, int], torch.nn.Module]:
    how = file.training or Training()
    losses = class_losses if file.kind == "classes" else squared_losses

    def retrain(items: Examples, seed: int) -> torch.nn.Module:
        model = fresh(seed)
        train(model, items, losses, epochs=how.epochs, rate=how.rate, batch=how.batch, decay=how.decay, seed=seed)
        return model

    return retrain


def _weights(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = path / "model.safetensors" if path.is_dir() else path
    if not path.is_file():  # a pipe has no end
        msg = f"{plain(path)} cannot be read as safetensors (it is no file). Name such a file, or its folder."
        raise BadInput(msg)
    try:
        found = load_file(path)
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        msg = f"{plain(path)} cannot be read as safetensors ({plain(error, 120)}). Save the weights as safetensors."
        raise BadInput(msg) from error
    if not all(bool(torch.isfinite(one.float()).all()) for one in found.values()):
        msg = f"{plain(path)} has weights that are not finite. Such a model answers nothing: give another."
        raise BadInput(msg)
    return found


def _outputs(weights: dict[str, torch.Tensor]) -> int:
    """How many outputs the last layer has: names of weights are sorted as text, where 12 comes before 6."""
    layers = {int(name.split(".")[0]): one.shape[0] for name, one in weights.items()
              if name.endswith(".bias") and name.split(".")[0].isdecimal() and one.ndim}  # fmt: skip
    return layers[max(layers)] if layers else 1


def _filled(model: torch.nn.Module, weights: dict[str, torch.Tensor], path: Path) -> torch.nn.Module:
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        msg = f"the weights in {plain(path)} are not those of the [network]: {plain(' '.join(str(error).split()), 160)}"
        raise BadInput(msg) from error
    return model.eval()
