"""Random changes of batches of inputs (n, 3, height, width; -1 to 1), drawn from torch's own stream."""

from __future__ import annotations

import torch
from torch import nn


def augment(x: torch.Tensor) -> torch.Tensor:
    """Each picture shifted by up to an eighth of its side, mirrored or not, with other brightness and contrast."""
    count, _, height, width = x.shape
    down, side = max(1, height // 8), max(1, width // 8)
    padded = nn.functional.pad(x, (side, side, down, down), mode="reflect")
    rows = torch.randint(0, 2 * down + 1, (count, 1), device=x.device) + torch.arange(height, device=x.device)
    columns = torch.randint(0, 2 * side + 1, (count, 1), device=x.device) + torch.arange(width, device=x.device)
    columns = torch.where(torch.rand(count, 1, device=x.device) < 0.5, columns.flip(1), columns)
    places = torch.arange(count, device=x.device)[:, None, None]
    moved = padded.permute(0, 2, 3, 1)[places, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    contrast = 1 + 0.4 * (torch.rand(count, 1, 1, 1, device=x.device) - 0.5)
    shade = 0.4 * (torch.rand(count, 3, 1, 1, device=x.device) - 0.5)
    return (moved * contrast + shade).clamp(-1, 1)


def filtered(x: torch.Tensor, most: float = 1.0) -> torch.Tensor:
    """Each picture under a random 3 x 3 filter: 1 in the centre, else up to a bound that is drawn up to `most`.

    The sum of a filter is 1, so that shades stay as they are. One in two also sharpens instead of blurring.
    """
    count, channels, height, width = x.shape
    weights = torch.rand(count, 9, device=x.device) * torch.rand(count, 1, device=x.device) * most
    weights[:, 4] = 1
    weights = weights / weights.sum(1, keepdim=True)
    kernels = weights.reshape(count, 1, 3, 3).repeat_interleave(channels, 0)
    padded = nn.functional.pad(x, (1, 1, 1, 1), mode="replicate").reshape(1, count * channels, height + 2, width + 2)
    soft = nn.functional.conv2d(padded, kernels, groups=count * channels).reshape(x.shape)
    sharp = torch.rand(count, 1, 1, 1, device=x.device) < 0.5
    return torch.where(sharp, 2 * x - soft, soft).clamp(-1, 1)
