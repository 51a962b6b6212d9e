"""Gradients of each item layer by layer, of linear and convolutional layers, from one pass forwards and one backwards.

Of such a layer an item's gradient is a sum over places (pixels, tokens) of output gradient times input, the bias being
the weight of an input that is always 1. So a dot product needs no gradient: only inputs and output gradients.
Items must not touch each other in the model, as they do where a norm over the batch is being trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import torch
from torch.nn import functional
from torch.utils.hooks import RemovableHandle

from headgate.errors import UsageError
from headgate.nn.gradients import ROOM, Losses, still
from headgate.nn.threads import device_of
from headgate.nn.training import batches
from headgate.repair.shapes import Examples

Pair: TypeAlias = tuple[torch.Tensor, torch.Tensor]  # inputs, output gradients: each n x places x d
Pass: TypeAlias = tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]  # inputs, answers, and their weights
_BATCH = 128


def layers(model: torch.nn.Module) -> dict[str, torch.nn.Module]:
    """The layers that count, by name: linear ones, and convolutions of pictures padded with zeros, without groups."""
    found = {name: one for name, one in model.named_modules() if isinstance(one, torch.nn.Linear) or _plain(one)}
    if not found:
        msg = "the model has no linear or convolutional layer. Choose a method that needs none, such as tracin."
        raise UsageError(msg)
    return found


def mean(model: torch.nn.Module, losses: Losses, items: Examples, names: Iterable[str]) -> dict[str, torch.Tensor]:
    """The mean gradient of `items` by layer (out x d + 1)."""
    total: dict[str, torch.Tensor] = {}
    for pairs in seen(model, losses, passes(model, items), names):
        for name, (given, back) in pairs.items():
            total[name] = torch.einsum("nto,nti->oi", back, given) / len(items) + total.get(name, 0)
    return total


def each(model: torch.nn.Module, losses: Losses, items: Examples, names: Iterable[str]) -> dict[str, torch.Tensor]:
    """The gradient of each item by layer (n x out x d + 1): for few items, such as queries."""
    found: dict[str, list[torch.Tensor]] = {}
    for pairs in seen(model, losses, passes(model, items), names):
        for name, pair in pairs.items():
            found.setdefault(name, []).extend(products(*pair))
    return {name: torch.cat(some) for name, some in found.items()}


def along(model: torch.nn.Module, losses: Losses, items: Examples,
          ways: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:  # fmt: skip
    """By layer, the gradient of each item times each of k `ways` (k x out x d + 1), as n x k; no gradient is kept."""
    found: dict[str, list[torch.Tensor]] = {}
    for pairs in seen(model, losses, passes(model, items), ways):
        for name, (given, back) in pairs.items():
            found.setdefault(name, []).append(torch.einsum("nto,koi,nti->nk", back, ways[name], given))
    return {name: torch.cat(some) for name, some in found.items()}


def products(given: torch.Tensor, back: torch.Tensor) -> Iterator[torch.Tensor]:
    """The gradients of items from inputs and output gradients, at most `ROOM` numbers at a time (n x out x d + 1)."""
    size = max(1, ROOM // (given.shape[2] * back.shape[2]))
    for start in range(0, len(given), size):
        yield torch.einsum("nto,nti->noi", back[start : start + size], given[start : start + size])


def passes(model: torch.nn.Module, items: Examples) -> Iterator[Pass]:
    """`items` as they are, a batch at a time, each weighing 1."""
    for x, y in batches(items, _BATCH, None, device_of(model)):
        yield x, y, None


def seen(model: torch.nn.Module, losses: Losses, given: Iterable[Pass],
         names: Iterable[str]) -> Iterator[dict[str, Pair]]:  # fmt: skip
    """Of each pass, what the layers were given and the gradient of the loss by what they gave.

    The gradient is weighted by the root of the items' weights, so that squares of it are weighted by them. Raises
    `UsageError` where a layer is not given one row or more of its own for each item.
    """
    modules = dict(model.named_modules())
    for x, y, weight in given:
        calls: list[tuple[str, torch.Tensor, torch.Tensor]] = []
        hooks = [_watch(modules[name], name, calls) for name in names]
        try:
            with still(model), torch.enable_grad():
                loss = losses(model, x, y)
                total = (loss if weight is None else loss * weight.sqrt()).sum()
                slopes = torch.autograd.grad(total, [gave for _, _, gave in calls])
        finally:
            for hook in hooks:
                hook.remove()
        found: dict[str, Pair] = {}
        for (name, put, _), slope in zip(calls, slopes, strict=True):
            inputs, back = _places(modules[name], put, slope, len(x))
            before = found.get(name)
            found[name] = (
                (inputs, back)
                if before is None
                else (torch.cat([before[0], inputs], 1), torch.cat([before[1], back], 1))
            )
        yield found


def _plain(one: torch.nn.Module) -> bool:
    if not isinstance(one, torch.nn.Conv2d):
        return False
    return one.groups == 1 and one.padding_mode == "zeros" and not isinstance(one.padding, str)


def _watch(module: torch.nn.Module, name: str, calls: list[tuple[str, torch.Tensor, torch.Tensor]]) -> RemovableHandle:
    def keep(_: torch.nn.Module, given: tuple[torch.Tensor, ...], gave: torch.Tensor) -> torch.Tensor:
        if not gave.requires_grad:
            gave.requires_grad_()
        calls.append((name, given[0].detach(), gave))
        return gave.clone()  # what follows may change it in place

    handle: RemovableHandle = module.register_forward_hook(keep)
    return handle


def _places(module: torch.nn.Module, given: torch.Tensor, slope: torch.Tensor, n: int) -> Pair:
    if len(given) != n:
        msg = f"a layer is given {len(given)} rows for {n} items. Choose a method that does not look at layers: tracin."
        raise UsageError(msg)
    if isinstance(module, torch.nn.Conv2d) and not isinstance(module.padding, str):
        unfolded = functional.unfold(given, module.kernel_size, module.dilation, module.padding, module.stride)
        given, slope = unfolded.transpose(1, 2), slope.flatten(2).transpose(1, 2)
    else:
        given, slope = given.reshape(n, -1, given.shape[-1]), slope.reshape(n, -1, slope.shape[-1])
    if module.bias is not None:
        given = torch.cat([given, given.new_ones(*given.shape[:2], 1)], 2)
    return given, slope
