"""Weights rounded to few bits, as when a model is quantised after training: symmetric, one scale a channel.

Reference: Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference" (arXiv 1806.08342),
section 2.2 (symmetric quantiser) and 3.1 (per-channel scales).
"""

from __future__ import annotations

import copy
from typing import cast

import torch

from headgate.errors import UsageError

# the axis of the output channels of each kind of layer
_AXES = {
    "Linear": 0, "Conv1d": 0, "Conv2d": 0, "Conv3d": 0, "ConvTranspose1d": 1, "ConvTranspose2d": 1,
    "NonDynamicallyQuantizableLinear": 0,
    "Conv1D": 1,  # GPT-2's linear layer in transformers
}  # fmt: skip


def rounded(model: torch.nn.Module, bits: int) -> torch.nn.Module:
    """A copy of `model` whose linear and convolutional weights take at most 2^`bits` - 1 values a channel.

    Embeddings, norms and biases stay as they are (an output layer that shares its weights with the embedding does not).
    Raises `UsageError` for bits outside 2 to 16 or a model without such layers.
    """
    if not 2 <= bits <= 16:
        msg = f"weights cannot be rounded to {bits} bits. Give 2 to 16."
        raise UsageError(msg)
    changed = copy.deepcopy(model)
    layers = [(one, _AXES[type(one).__name__]) for one in changed.modules() if type(one).__name__ in _AXES]
    if not layers:
        msg = f"{type(model).__name__} has no linear or convolutional layer to round. Give a model with one."
        raise UsageError(msg)
    with torch.no_grad():
        for weight, axis in {id(one.weight): (cast("torch.Tensor", one.weight), axis) for one, axis in layers}.values():
            weight.copy_(_nearest(weight, axis, bits))
    return changed


def _nearest(weight: torch.Tensor, axis: int, bits: int) -> torch.Tensor:
    most = 2 ** (bits - 1) - 1
    others = [one for one in range(weight.ndim) if one != axis]
    scale = (weight.abs().amax(dim=others, keepdim=True) / most).clamp(min=torch.finfo(weight.dtype).tiny)
    rounded: torch.Tensor = (weight / scale).round().clamp(-most, most) * scale
    return rounded
