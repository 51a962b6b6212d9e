"""One pattern for each cluster of pictures that moves what a network sees of them towards another cluster.

Projected gradient descent over the features of a network that stays as it is; written from the description of Zhang et
al. (2023), "Unlearnable Clusters", arXiv 2301.01217.
"""

from __future__ import annotations

import torch
from torch import nn

from headgate.nn.threads import evaluating

_PART = 250


def centres(body: nn.Module, x: torch.Tensor, clusters: torch.Tensor) -> torch.Tensor:
    """The mean features (clusters, d) that `body` gives pictures `x` (n, channels, height, width) of each cluster.

    `clusters` (n) counts from 0 and leaves none out.
    """
    with evaluating(body), torch.no_grad():
        seen = torch.cat([body(x[start : start + _PART]) for start in range(0, len(x), _PART)])
    total = torch.zeros(int(clusters.max()) + 1, seen.shape[1]).index_add_(0, clusters, seen)
    return total / torch.bincount(clusters)[:, None]


def shifts(
    body: nn.Module, x: torch.Tensor, clusters: torch.Tensor, targets: torch.Tensor, *, most: float, steps: int = 100,
    batch: int = 128, seed: int = 0,
) -> torch.Tensor:  # fmt: skip
    """A pattern for each cluster (clusters, channels, height, width), no value of it above `most`.

    It brings the features that `body` gives pictures `x` (-1 to 1) of `clusters` (n) nearer to `targets` (clusters, d),
    in `steps` steps along the sign of the gradient of a batch's mean square distance, of a fifth of `most` and falling.
    """
    generator = torch.Generator().manual_seed(seed)
    made = (2 * torch.rand(len(targets), *x.shape[1:], generator=generator) - 1) * most
    with evaluating(body):
        for step in range(steps):
            chosen = torch.randint(len(x), (batch,), generator=generator)
            of = clusters[chosen]
            made.requires_grad_(True)
            apart = body((x[chosen] + made[of]).clamp(-1, 1)) - targets[of]
            (slope,) = torch.autograd.grad(apart.square().sum(1).mean(), made)
            made = (made.detach() - most / 5 * (1 - step / steps) * slope.sign()).clamp(-most, most)
    return made.detach()
