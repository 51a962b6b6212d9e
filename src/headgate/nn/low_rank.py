"""Low-rank adapters: a few directions of change beside each linear layer, all other weights frozen.

Reference: E. J. Hu et al., LoRA: Low-rank adaptation of large language models (ICLR 2022, arXiv 2106.09685).
"""

from __future__ import annotations

from collections import Counter

import torch
from torch import nn
from torch.nn import functional

from headgate.errors import UsageError
from headgate.nn.training import seeded


class Adapted(nn.Module):
    """A frozen linear layer plus (x A') B': `down` (rank x inputs), `up` (outputs x rank, 0 at first)."""

    def __init__(self, layer: nn.Linear, rank: int) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(layer.weight.new_empty(rank, layer.in_features).normal_(std=layer.in_features**-0.5))
        self.up = nn.Parameter(layer.weight.new_zeros(layer.out_features, rank))

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """What the layer gives of `given` (... x inputs) with its change: ... x outputs."""
        frozen: torch.Tensor = self.layer(given)
        return frozen + functional.linear(functional.linear(given, self.down), self.up)


def low_rank(model: nn.Module, rank: int, *, seed: int = 0) -> nn.Module:
    """`model`, changed in place: each linear layer with an adapter of `rank`, and nothing else to be trained.

    It answers as before until it is trained. Layers that stand in two places or share their weight with another, as
    many output layers do with the embedding, are left alone. Raises `UsageError` for a rank below 1 or a model without
    such layers.
    """
    places = Counter(id(one) for part in model.modules() for one in part._modules.values())
    uses = Counter(id(one) for part in model.modules() for one in part.parameters(recurse=False))
    found = [
        (part, name, layer)
        for part in model.modules()
        for name, layer in part.named_children()
        if type(layer) is nn.Linear and uses[id(layer.weight)] == places[id(layer)] == 1
    ]
    if rank < 1 or not found:
        msg = f"rank {rank} for {len(found)} linear layers. Give 1 or more, and a model that has some."
        raise UsageError(msg)
    model.requires_grad_(False)
    with seeded(seed):
        for part, name, layer in found:
            setattr(part, name, Adapted(layer, rank))
    return model


def merged(model: nn.Module) -> nn.Module:
    """`model`, changed in place: the adapters' changes added to the weights, the adapters gone, all to be trained."""
    with torch.no_grad():
        for part in list(model.modules()):
            for name, one in list(part.named_children()):
                if isinstance(one, Adapted):
                    one.layer.weight += one.up @ one.down
                    setattr(part, name, one.layer)
    return model.requires_grad_(True)
