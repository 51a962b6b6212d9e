"""Torch classifiers and regressors as subjects: what they answer, how much they lose, what their last layer sees."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from headgate.nn.threads import device_of, evaluating
from headgate.nn.training import tensor
from headgate.repair.shapes import Adapter, Array, Doubles, Examples

_BATCH = 512


def class_losses(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each item (n), in nats; y holds classes."""
    return functional.cross_entropy(model(x), y, reduction="none")


def squared_losses(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Half the squared error of each item (n); y holds numbers."""
    apart: torch.Tensor = model(x).reshape(len(y), -1) - y.reshape(len(y), -1)
    return apart.square().sum(1) / 2


def over(model: torch.nn.Module, items: Examples,
         give: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], *, batch: int = _BATCH) -> Array:  # fmt: skip
    """`give(x, y)` of all items, a batch at a time, without gradients, the model in eval mode; first axis the items."""
    device, parts = device_of(model), []
    with evaluating(model), torch.no_grad():
        for start in range(0, len(items), batch):
            x, y = (tensor(one[start : start + batch], device) for one in (items.x, items.y))
            parts.append(give(x, y).cpu().numpy())
    return np.concatenate(parts) if parts else np.empty(0)


def penultimate(model: torch.nn.Module, items: Examples) -> Array:
    """What the last linear layer of `model` is given (n x d), flattened."""
    last = [one for one in model.modules() if isinstance(one, torch.nn.Linear)][-1]
    seen: list[torch.Tensor] = []
    hook = last.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().flatten(1)))
    try:
        over(model, items, lambda x, _: model(x))
    finally:
        hook.remove()
    return torch.cat(seen).cpu().numpy()


def save(model: torch.nn.Module, folder: Path) -> None:
    """Write the weights of `model` as model.safetensors into `folder`."""
    from safetensors.torch import save_file

    save_file({name: one.detach().cpu().contiguous() for name, one in model.state_dict().items()},
              folder / "model.safetensors")  # fmt: skip


def _share(model: torch.nn.Module, items: Examples) -> Doubles:
    return over(model, items, lambda x, y: model(x).argmax(1) == y).astype(float)


def _near(model: torch.nn.Module, items: Examples) -> Doubles:
    found: Doubles = np.exp(-over(model, items, lambda x, y: squared_losses(model, x, y)).astype(float))
    return found


def _mean_losses(losses: Callable[..., torch.Tensor]) -> Callable[[torch.nn.Module, Examples], Doubles]:
    return lambda model, items: over(model, items, lambda x, y: losses(model, x, y)).astype(float)


def _probabilities(model: torch.nn.Module, items: Examples) -> Array:
    return over(model, items, lambda x, _: model(x).softmax(1))


CLASSES = Adapter(
    "classes", _share, _mean_losses(class_losses), penultimate, copy.deepcopy, class_losses, _probabilities, save
)
# standardise y: the outcome of a regressor is exp(-(half the squared error))
REGRESSION = Adapter(
    "regression", _near, _mean_losses(squared_losses), penultimate, copy.deepcopy, squared_losses, None, save
)
