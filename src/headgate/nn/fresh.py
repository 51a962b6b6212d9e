"""A network's weights drawn anew, and moving towards them."""

from __future__ import annotations

import copy
from typing import Any

import torch

from headgate.errors import UsageError
from headgate.nn.training import seeded


def fresh(model: Any, *, seed: int = 0) -> torch.nn.Module:
    """A model of the shape of `model` whose weights were drawn from `seed`, as its own classes draw them.

    A model of Hugging Face is made anew from its configuration; of others, every layer that has `reset_parameters`.
    Raises `UsageError` for a layer that has weights and no such function: they would stay as they are.
    """
    with seeded(seed):
        if hasattr(model, "config") and hasattr(model, "init_weights"):
            made: torch.nn.Module = type(model)(copy.deepcopy(model.config))
            return made.to(next(model.parameters()))
        made = copy.deepcopy(model)
        for one in made.modules():
            reset = getattr(one, "reset_parameters", getattr(one, "_reset_parameters", None))
            if callable(reset):
                reset()
            elif any(True for _ in one.parameters(recurse=False)):
                msg = f"{type(one).__name__} has weights and no reset_parameters to draw them anew. Give it one."
                raise UsageError(msg)
    return made


def towards(model: torch.nn.Module, other: torch.nn.Module, share: float) -> None:
    """Move the weights of `model`, in place, by `share` of the way to those of `other`: 0 leaves them, 1 gives its."""
    aims = dict(other.named_parameters()) | dict(other.named_buffers())
    with torch.no_grad():
        for name, one in [*model.named_parameters(), *model.named_buffers()]:
            if one.is_floating_point():
                one.lerp_(aims[name].to(one), share)
