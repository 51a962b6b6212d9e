"""Gradients of the loss of each item: as rows, as their mean, as their size, and along a direction.

Rows are vectorised (torch.func's vmap over a stateless call), at most `ROOM` numbers at a time. Dot products with one
direction need no rows at all: they are the derivatives of all losses along it, of one forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeAlias
from warnings import catch_warnings, simplefilter

import numpy as np
import torch
from torch.func import functional_call, grad, jvp, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from headgate.errors import UsageError
from headgate.nn.causal import lengths as tokens_asked
from headgate.nn.threads import device_of, evaluating
from headgate.nn.training import batches
from headgate.repair.shapes import Doubles, Examples, Subject

Losses: TypeAlias = Callable[..., torch.Tensor]  # (model, x, y) -> the loss of each item
Part: TypeAlias = Literal["all", "last"]
Weights: TypeAlias = Mapping[str, torch.Tensor]  # by the names of the model's parameters
ROOM = 2**25  # numbers of a chunk: 128 MB
KINDS = ("classes", "regression", "causal")


def losses_of(subject: Subject) -> Losses:
    """The differentiable losses of `subject`, as it is trained on them: of a language model those of a token.

    Raises `UsageError` for a kind whose loss has no gradient or is drawn.
    """
    losses = subject.adapter.item_losses
    if losses is None or subject.adapter.kind not in KINDS:
        msg = f"{subject.name} is a subject of kind {subject.adapter.kind}, without a gradient of each item's loss. "
        msg += "Choose a method that needs none, such as data_shapley."
        raise UsageError(msg)
    if subject.adapter.kind == "causal":
        return lambda model, x, y: losses(model, x, y) / tokens_asked(y).to(x.device)
    return losses


def weights(model: torch.nn.Module, part: Part = "all") -> dict[str, torch.Tensor]:
    """The parameters of `model`, or only those of its last linear layer, detached, by name."""
    named = dict(model.named_parameters())
    if part == "last":
        linear = [one for one in model.modules() if isinstance(one, torch.nn.Linear)]
        if not linear:
            msg = "the model has no linear layer that could be its last. Look at all layers."
            raise UsageError(msg)
        own = {id(one) for one in linear[-1].parameters(recurse=False)}
        named = {name: one for name, one in named.items() if id(one) in own}
    return {name: one.detach() for name, one in named.items()}


def rows(model: torch.nn.Module, losses: Losses, items: Examples, at: Weights) -> Iterator[torch.Tensor]:
    """The gradient of each item's loss by the parameters `at` (chunk x p), chunk after chunk in the order of items.

    Where vmap cannot follow the model, the items of a chunk are done one at a time.
    """
    call = _call(model, losses)
    size = sum(one.numel() for one in at.values())

    def one_loss(here: Weights, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return call(here, x[None], y[None])[0]

    each = vmap(grad(one_loss), in_dims=(None, 0, 0))
    with still(model):
        for x, y in batches(items, max(1, min(256, ROOM // max(size, 1))), None, device_of(model)):
            try:
                with torch.no_grad():  # no gradients of the other parameters
                    found = each(dict(at), x, y)
                chunk = torch.cat([found[name].flatten(1) for name in at], 1)
            except RuntimeError:
                single = (slice(n, n + 1) for n in range(len(x)))
                chunk = torch.stack([_flat(_grad(call, at, x[one], y[one])) for one in single])
            yield chunk


def mean(model: torch.nn.Module, losses: Losses, items: Examples, at: Weights, *,
         unit: bool = False) -> dict[str, torch.Tensor]:  # fmt: skip
    """The mean over items of the gradient of their loss, by name; each brought to length 1 first where `unit`."""
    if unit:
        flat = torch.stack([(one / _length(one)[:, None]).sum(0) for one in rows(model, losses, items, at)]).sum(0)
        parts = torch.split(flat / len(items), [one.numel() for one in at.values()])
        return {name: part.view_as(one) for (name, one), part in zip(at.items(), parts, strict=True)}
    call, total = _call(model, losses), {name: torch.zeros_like(one) for name, one in at.items()}
    with still(model):
        for x, y in batches(items, 256, None, device_of(model)):
            for sum_, one in zip(total.values(), _grad(call, at, x, y), strict=True):
                sum_ += one / len(items)
    return total


def lengths(model: torch.nn.Module, losses: Losses, items: Examples, at: Weights) -> Doubles:
    """The length of each item's gradient (n), at least the smallest that a float can divide by."""
    return np.concatenate([_length(one).double().cpu().numpy() for one in rows(model, losses, items, at)])


def along(model: torch.nn.Module, losses: Losses, items: Examples, direction: Weights) -> Doubles:
    """The dot product of each item's gradient with `direction` (n), by forward differentiation of the losses."""
    call, named = _call(model, losses), dict(model.named_parameters())
    at = {name: named[name].detach() for name in direction}
    found = []
    with still(model):
        for x, y in batches(items, 256, None, device_of(model)):
            with torch.no_grad(), catch_warnings():  # no gradients of the other parameters
                simplefilter("ignore", DeprecationWarning)  # torch writes its own rules in what it has deprecated
                slope = jvp(lambda here, x=x, y=y: call(here, x, y), (at,), (dict(direction),))[1]
            found.append(slope.double().cpu().numpy())
    return np.concatenate(found)


@contextmanager
def still(model: torch.nn.Module) -> Iterator[None]:
    """As `evaluating`, without the fused kernels of attention: they have no forward derivative, nor rules for vmap."""
    with evaluating(model), sdpa_kernel(SDPBackend.MATH):
        yield


class _Called(torch.nn.Module):
    """Losses as the forward pass of a module, so that the model's parameters can be given with the call."""

    def __init__(self, model: torch.nn.Module, losses: Losses) -> None:
        super().__init__()
        self.model, self.losses = model, losses

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.losses(self.model, x, y)


def _call(model: torch.nn.Module, losses: Losses) -> Callable[[Weights, torch.Tensor, torch.Tensor], torch.Tensor]:
    called = _Called(model, losses)

    def at(here: Weights, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = functional_call(called, {f"model.{name}": one for name, one in here.items()}, (x, y))
        return found

    return at


def _grad(call: Callable[..., torch.Tensor], at: Weights, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, ...]:
    here = {name: one.detach().requires_grad_() for name, one in at.items()}
    return torch.autograd.grad(call(here, x, y).sum(), list(here.values()))


def _flat(parts: tuple[torch.Tensor, ...]) -> torch.Tensor:
    return torch.cat([one.flatten() for one in parts])


def _length(gradients: torch.Tensor) -> torch.Tensor:
    size: torch.Tensor = gradients.norm(dim=1)
    return size.clamp(min=torch.finfo(gradients.dtype).tiny)
