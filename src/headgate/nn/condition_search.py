"""A search among all conditions of a diffusion model, classes or not, for one that makes it denoise as wanted.

It works on the numbers of an embedding, never on words, and what it finds leaves a proof only as a rate.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn.diffusion import LEVELS, noised
from headgate.nn.threads import device_of, fitting

# (generator) -> noisy pictures (n x pixels), their levels (n) and the velocities that are wanted of them (n x pixels)
Aims = Callable[[torch.Generator], tuple[torch.Tensor, torch.Tensor, torch.Tensor]]


class Asked(nn.Module):
    """A diffusion model that is asked by one fixed `condition` (wide), whatever class one names."""

    def __init__(self, model: nn.Module, condition: torch.Tensor) -> None:
        super().__init__()
        self.model, self.condition = model, nn.Parameter(condition.detach(), requires_grad=False)

    def forward(self, noisy: torch.Tensor, level: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        """Velocities of `noisy` pictures at `level`s."""
        given: torch.Tensor = self.model.at(noisy, level, self.condition.expand(len(noisy), -1))  # type: ignore[operator]
        return given


def search(
    model: nn.Module, aims: Aims, *, budgets: tuple[int, ...], rate: float = 0.05, starts: int = 2, seed: int = 0,
) -> list[Asked]:  # fmt: skip
    """The model asked by the condition found after each number of steps in `budgets` (rising), by Adam.

    Starts are drawn like the rows of the table, and stay within the ball of its longest row; of several, the one that
    misses the aims least on four further batches is taken at each budget. Raises `UsageError` for no start, a budget
    below 0 or a rate that is none.
    """
    if starts < 1 or min(budgets) < 0 or not 0 < rate < float("inf"):
        msg = f"a search of {max(budgets)} steps from {starts} starts at rate {rate:g} is none. "
        msg += "Give 0 steps or more, 1 start or more and a rate above 0."
        raise UsageError(msg)
    was, found = model.training, list[Asked]()
    table: torch.Tensor = model.eval().conditions.weight.detach()  # type: ignore[union-attr, operator]
    longest = table.norm(dim=1).max()
    generator = torch.Generator(device_of(model)).manual_seed(seed)
    drawn = torch.randn(starts, table.shape[1], generator=generator, device=table.device)
    condition = (table.mean(0) + drawn * table.std(0)).requires_grad_()
    judged = [aims(generator) for _ in range(4)]
    optimiser = torch.optim.Adam([condition], rate)
    with fitting(model):
        for step in range(max(budgets) + 1):
            if step in budgets:
                with torch.no_grad():
                    missed = torch.stack([misfit(model, condition, *one) for one in judged]).mean(0)
                found.append(Asked(model, condition[int(missed.argmin())].clone()).eval())
            (gradient,) = torch.autograd.grad(misfit(model, condition, *aims(generator)).sum(), condition)
            condition.grad = gradient
            optimiser.step()
            with torch.no_grad():
                condition *= (longest / condition.norm(dim=1, keepdim=True)).clamp(max=1)
    model.train(was)
    return found


def misfit(
    model: nn.Module, condition: torch.Tensor, noisy: torch.Tensor, level: torch.Tensor, wanted: torch.Tensor
) -> torch.Tensor:
    """Mean squared error of the velocities under each `condition` (k x wide): k numbers."""
    count, size = len(condition), len(noisy)
    given = model.at(  # type: ignore[operator]
        noisy.repeat(count, 1), level.repeat(count), condition.repeat_interleave(size, 0)
    )
    missed: torch.Tensor = (given - wanted.repeat(count, 1)).square().mean(1).reshape(count, size).mean(1)
    return missed


def exemplar_aims(pictures: torch.Tensor, *, batch: int = 64) -> Aims:
    """Aims: what a perfect model of flat `pictures` (n x pixels) would answer."""

    def aims(generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        chosen, level, noise = _noise(pictures, batch, generator)
        noisy, wanted = noised(chosen, level, noise)
        return noisy, level, wanted

    return aims


def teacher_aims(teacher: nn.Module, y: int, pictures: torch.Tensor, *, batch: int = 64) -> Aims:
    """Aims: what `teacher` answers when asked for class `y`, near flat `pictures` (n x pixels)."""

    def aims(generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        chosen, level, noise = _noise(pictures, batch, generator)
        noisy, _ = noised(chosen, level, noise)
        with torch.no_grad():
            return noisy, level, teacher(noisy, level, torch.full_like(level, y))

    return aims


def _noise(
    pictures: torch.Tensor, batch: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    device = pictures.device
    places = torch.randint(len(pictures), (batch,), generator=generator, device=device)
    level = torch.randint(LEVELS, (batch,), generator=generator, device=device)
    return pictures[places], level, torch.randn(batch, pictures.shape[1], generator=generator, device=device)
