"""Error-minimising noise: patterns that make pictures so easy for a network that nothing else of them is learnt.

A network and the patterns are trained in turn, both to lower the same loss (Huang et al., 2021, "Unlearnable Examples",
arXiv 2101.04898); a mask says where a picture shows its pattern. Written from the paper's description.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from headgate.nn.threads import fitting
from headgate.nn.training import seeded

_BATCH = 64
_PART = 250


def slopes(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> npt.NDArray[np.float32]:
    """How much the loss of each picture (n, channels, height, width) changes with each pixel: (n, height, width).

    Sizes of the gradient of cross-entropy by the input, summed over channels.
    """
    found = []
    with fitting(model):
        for start in range(0, len(x), _PART):
            part = slice(start, start + _PART)
            asked = x[part].clone().requires_grad_(True)
            loss = nn.functional.cross_entropy(model(asked), y[part], reduction="sum")
            found.append(torch.autograd.grad(loss, asked)[0].abs().sum(1).numpy())
    return np.concatenate(found)


def patterns(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, groups: torch.Tensor, mask: torch.Tensor, *, most: float,
    rounds: int = 30, steps: int = 10, batch: int = 128, rate: float = 1e-3, seed: int = 0,
) -> torch.Tensor:  # fmt: skip
    """A pattern for each group (groups, channels, height, width), no value of it above `most`.

    `x` (n, channels, height, width; -1 to 1) are pictures of classes `y` (n); `groups` (n, from 0) says which pattern
    each carries, where `mask` (n, 1, height, width; 0 or 1) lets it through. Each of `rounds` trains `model` in `steps`
    batches, then moves the patterns in as many steps of a fifth of `most` along the sign of their gradient.
    """
    optimiser = torch.optim.Adam(model.parameters(), rate)
    generator = torch.Generator().manual_seed(seed)
    made = (2 * torch.rand(int(groups.max()) + 1, *x.shape[1:], generator=generator) - 1) * most

    def loss(chosen: torch.Tensor) -> torch.Tensor:
        shown = (x[chosen] + mask[chosen] * made[groups[chosen]]).clamp(-1, 1)
        return nn.functional.cross_entropy(model(shown), y[chosen])

    with fitting(model), seeded(seed):
        for _ in range(rounds):
            for _ in range(steps):
                optimiser.zero_grad()
                loss(torch.randint(len(x), (_BATCH,), generator=generator)).backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            for _ in range(steps):
                made.requires_grad_(True)
                (slope,) = torch.autograd.grad(loss(torch.randint(len(x), (batch,), generator=generator)), made)
                made = (made.detach() - most / 5 * slope.sign()).clamp(-most, most)
    return made.detach()
