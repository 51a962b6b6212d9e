"""The learner of somebody who took pictures: a small convolution network, trained from nothing in one thread.

What it is given are pixels (n, height, width, 3) uint8 and labels (n) int64 from 0; a network sees `inputs` of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from headgate.nn.networks import convolutional
from headgate.nn.threads import device_of, evaluating
from headgate.nn.training import train
from headgate.repair.examples import examples

Pixels = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Change = Callable[[torch.Tensor], torch.Tensor]  # of a batch of inputs, drawn anew each time from torch's own stream

LEVEL = 2 / 255  # one grey level in inputs
_BATCH = 500


def inputs(pixels: Pixels) -> npt.NDArray[np.float32]:
    """Pixels as a network sees them: (n, 3, height, width) float32 from -1 to 1."""
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(127.5) - np.float32(1)


def network(pixels: Pixels, classes: int, *, widths: tuple[int, ...] = (32, 32, 64), hidden: int = 80,
            seed: int = 0) -> nn.Sequential:  # fmt: skip
    """A fresh network for pictures of the size of `pixels`: about 111,000 parameters at 32 x 32 and 10 classes.

    Each of `widths` halves the picture, as long as four pixels are left.
    """
    height, width = pixels.shape[1:3]
    fitting = [wide for n, wide in enumerate(widths) if min(height, width) >> n >= 4]
    return convolutional((3, height, width), classes, widths=tuple(fitting), hidden=hidden, seed=seed)


def learn(
    pixels: Pixels, labels: Labels, *, classes: int, epochs: int = 6, rate: float = 3e-3, batch: int = 64,
    seed: int = 0, change: Change | None = None, adversary: float = 0.0, steps: int = 1, device: str = "cpu",
    model: nn.Module | None = None,
) -> nn.Module:  # fmt: skip
    """A network trained on `pixels` with `labels`, in eval mode; the same seed gives the same weights.

    `change` alters each batch. Above 0, `adversary` trains adversarially: it is the largest change of a pixel, in grey
    levels, that `steps` steps along the sign of the gradient may make of each batch before it is learnt (FGSM, PGD).
    `model` is trained instead of a fresh one.
    """
    made = (network(pixels, classes, seed=seed) if model is None else model).to(device)

    def losses(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        x = x if change is None else change(x)
        if adversary > 0:
            x = attacked(model, x, y, levels=adversary, steps=steps)
        return nn.functional.cross_entropy(model(x), y, reduction="none")

    items = examples(inputs(pixels), labels, ids=[str(n) for n in range(len(labels))])
    train(made, items, losses, epochs=epochs, rate=rate, batch=batch, decay=1e-2, seed=seed)
    return made


def attacked(model: nn.Module, x: torch.Tensor, y: torch.Tensor, *, levels: float, steps: int = 1) -> torch.Tensor:
    """Inputs `x` changed by at most `levels` grey levels a pixel so that `model` errs on `y`; no gradient of weights.

    From a random start, with `steps` steps along the sign of the gradient (Madry et al., 2018; one step is FGSM).
    """
    most = levels * LEVEL
    step = most * (1.25 if steps == 1 else 2.5 / steps)
    moved = torch.empty_like(x).uniform_(-most, most)
    for _ in range(steps):
        moved.requires_grad_(True)
        loss = nn.functional.cross_entropy(model(x + moved), y)
        (slope,) = torch.autograd.grad(loss, moved)
        moved = (moved.detach() + step * slope.sign()).clamp(-most, most)
    return (x + moved).clamp(-1, 1).detach()


def right(model: nn.Module, pixels: Pixels, labels: Labels) -> Flags:
    """Whether `model` names each picture as `labels` do (n)."""
    parts = []
    with evaluating(model), torch.no_grad():
        for start in range(0, len(pixels), _BATCH):
            x = torch.from_numpy(inputs(pixels[start : start + _BATCH])).to(device_of(model))
            parts.append(model(x).argmax(1).cpu().numpy())
    found: Flags = (np.concatenate(parts) if parts else np.empty(0, np.int64)) == labels
    return found
