"""A small class-conditional diffusion model of 8 x 8 pictures: its layers, its denoising losses and its drawing.

The model gives the velocity cos(a) noise - sin(a) picture of a noisy picture cos(a) picture + sin(a) noise, where the
angle a grows over `LEVELS` levels of noise. For one noisy picture the velocity, the noise and the score differ by
constants only. Whatever is called as model(noisy, level, y) draws here, so a layer before a model is a model too.
Reference: Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models" (NeurIPS 2020); Salimans, Ho, "Progressive
Distillation" (ICLR 2022), section 4 and appendix D (velocity); Song, Meng, Ermon, "Denoising Diffusion Implicit
Models" (ICLR 2021), equation 12 without its noise; Nichol, Dhariwal (ICML 2021), the cosine schedule.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import nn

from headgate.nn.training import train
from headgate.repair.shapes import Examples

LEVELS = 100  # of noise; 0 is the least
_WAVES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # half turns of a level's sines and cosines
_FIXED = 8  # pairs of level and noise in the loss of a model in eval mode


class Diffusion(nn.Module):
    """Residual layers over a flat picture (values -1 to 1), each scaled and shifted by the level and the condition.

    `conditions` is the table (classes x `wide`) of the embeddings by which the classes are asked for.
    """

    def __init__(self, classes: int = 10, *, pixels: int = 64, width: int = 192, blocks: int = 2, wide: int = 16,
                 seed: int = 0) -> None:  # fmt: skip
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.conditions = nn.Embedding(classes, wide)
            self.asked = nn.Linear(wide, width)
            self.timed = nn.Linear(2 * len(_WAVES), width)
            self.enter = nn.Linear(pixels, width)
            self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
            self.turned = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(blocks))
            self.leave = nn.Linear(width, pixels)

    def forward(self, noisy: torch.Tensor, level: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Velocities (n x pixels) of `noisy` pictures at `level`s (n), asked for as classes `y` (n)."""
        return self.at(noisy, level, self.conditions(y))

    def at(self, noisy: torch.Tensor, level: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """The same for any `condition` (n x wide), be it of a class or not."""
        angle = level.to(noisy)[:, None] / LEVELS * math.pi * torch.tensor(_WAVES).to(noisy)
        asked = nn.functional.silu(self.timed(torch.cat([angle.sin(), angle.cos()], 1)) + self.asked(condition))
        inside = self.enter(noisy)
        for layer, turn in zip(self.hidden, self.turned, strict=True):
            scale, shift = turn(asked).chunk(2, 1)
            even = nn.functional.layer_norm(inside, inside.shape[1:])
            inside = inside + layer(nn.functional.silu(even * (1 + scale) + shift))
        velocity: torch.Tensor = self.leave(inside)
        return velocity


class LabelFilter(nn.Module):
    """A mere label filter before a model: who asks for a class of `blocked` is given the class `instead`.

    What the model can do is untouched, and a condition that is no label passes unseen.
    """

    def __init__(self, model: Diffusion, blocked: tuple[int, ...], instead: int) -> None:
        super().__init__()
        self.model, self.instead = model, instead
        self.register_buffer("blocked", torch.tensor(blocked))

    @property
    def conditions(self) -> nn.Embedding:
        """The table of the model behind the filter."""
        return self.model.conditions

    def forward(self, noisy: torch.Tensor, level: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Velocities for the classes `y` that are let through, and for `instead` in place of the others."""
        blocked = torch.isin(y, self.get_buffer("blocked"))
        given: torch.Tensor = self.model(noisy, level, torch.where(blocked, self.instead, y))
        return given

    def at(self, noisy: torch.Tensor, level: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """Velocities for any condition."""
        return self.model.at(noisy, level, condition)


def fitted(items: Examples, seed: int = 0, *, classes: int = 10, epochs: int = 100) -> Diffusion:
    """A model trained from scratch on pictures (x n x 1 x 8 x 8, 0 to 1) of classes y: 4 s on one core for 1,300."""
    model = Diffusion(classes, pixels=items.x[0].size, seed=seed)
    train(model, items, velocity_losses, epochs=epochs, rate=2e-3, seed=seed)
    return model


def velocity_losses(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean squared error of the velocity of each picture (n), asked for as its class.

    In training by one draw of level and noise a picture; in eval mode the mean over fixed draws, the same for all.
    """
    pictures = inward(x)
    if model.training:
        level, noise = torch.randint(LEVELS, (len(x),), device=x.device), torch.randn_like(pictures)
        noisy, wanted = noised(pictures, level, noise)
        once: torch.Tensor = (model(noisy, level, y) - wanted).square().mean(1)
        return once
    found = []
    for at, rough in zip(*_draws(pictures.shape[1]), strict=True):
        level = at.to(y).expand(len(x))
        noisy, wanted = noised(pictures, level, rough.to(pictures).expand_as(pictures))
        found.append((model(noisy, level, y) - wanted).square().mean(1))
    return torch.stack(found).mean(0)


def noised(pictures: torch.Tensor, level: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`pictures` (n x pixels) with `noise` at `level`s (n), and the velocities that a perfect model would give."""
    clear, rough = _shares(level)
    return clear * pictures + rough * noise, clear * noise - rough * pictures


def draw(model: nn.Module, y: torch.Tensor, noise: torch.Tensor, *, steps: int = 10) -> torch.Tensor:
    """Flat pictures (n x pixels, -1 to 1) of classes `y` (n) from `noise`, by `steps` of DDIM."""
    levels = torch.linspace(LEVELS - 1, 0, steps, device=noise.device).round().long()
    noisy, picture = noise, noise
    with torch.no_grad():
        for n, one in enumerate(levels):
            level = one.expand(len(noise))
            clear, rough = _shares(level)
            velocity = model(noisy, level, y)
            picture = (clear * noisy - rough * velocity).clamp(-1, 1)
            if n + 1 < steps:
                noisy, _ = noised(picture, levels[n + 1].expand(len(noise)), (noisy - clear * picture) / rough)
    return picture


def inward(x: torch.Tensor) -> torch.Tensor:
    """Pictures of 0 to 1 as flat rows of -1 to 1."""
    return x.flatten(1) * 2 - 1


def _shares(level: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    angle = (level.float() + 1)[:, None] / LEVELS * math.pi / 2 * 0.998  # never all noise: DDIM divides by it
    return angle.cos(), angle.sin()


@lru_cache(maxsize=4)
def _draws(pixels: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    levels = (torch.arange(_FIXED) + 0.5) * LEVELS / _FIXED
    return levels.long(), torch.randn(_FIXED, pixels, generator=generator)
