"""The small networks that Headgate builds itself: a perceptron and a convolutional net, made from a seed."""

from __future__ import annotations

import torch
from torch import nn


def perceptron(inputs: int, outputs: int, *, hidden: tuple[int, ...] = (64,), seed: int = 0) -> nn.Sequential:
    """Linear layers with ReLU between them over flat inputs; the last gives `outputs` logits or values."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers: list[nn.Module] = [nn.Flatten()]
        for width in hidden:
            layers += [nn.Linear(inputs, width), nn.ReLU()]
            inputs = width
        return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def convolutional(shape: tuple[int, int, int], outputs: int, *, widths: tuple[int, ...] = (16, 32), hidden: int = 64,
                  seed: int = 0) -> nn.Sequential:  # fmt: skip
    """3x3 convolutions, each halving the picture of `shape` (channels, height, width), then one hidden layer."""
    channels, height, width = shape
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers: list[nn.Module] = []
        for wide in widths:
            layers += [nn.Conv2d(channels, wide, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            channels, height, width = wide, height // 2, width // 2
        layers += [nn.Flatten(), nn.Linear(channels * height * width, hidden), nn.ReLU(), nn.Linear(hidden, outputs)]
        return nn.Sequential(*layers)
