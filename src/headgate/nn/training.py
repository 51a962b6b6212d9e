"""Training a torch model on examples, with checkpoints on the way; the same seed gives the same weights."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from headgate.nn.threads import device_of, fitting
from headgate.repair.shapes import Checkpoint, Examples

Losses = Callable[[torch.nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]


def train(
    model: torch.nn.Module, items: Examples, losses: Losses, *, epochs: int, rate: float = 1e-3, batch: int = 64,
    decay: float = 0.0, clip: float = 0.0, seed: int = 0, keep: Sequence[int] = (),
) -> tuple[Checkpoint, ...]:  # fmt: skip
    """Train `model` in place by AdamW on the mean of `losses(model, x, y)`; return copies from the epochs in `keep`.

    `rate` is the highest learning rate, reached in the first tenth of all steps and falling to 0 in a line. Above 0,
    `clip` is the norm that gradients are cut to; transformers need it. A checkpoint stands for the steps since the one
    before. The model ends in eval mode.
    """
    optimiser = torch.optim.AdamW(model.parameters(), rate, weight_decay=decay)
    total = epochs * -(-len(items) // batch)
    steps = max(total, 3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rate, total_steps=steps, pct_start=max(0.1, 2 / steps), anneal_strategy="linear",
        cycle_momentum=False,
    )  # fmt: skip
    kept, since = [], 0.0
    generator = np.random.default_rng(seed)
    with fitting(model), seeded(seed):
        for epoch in range(1, epochs + 1):
            model.train()
            for x, y in batches(items, batch, generator, device_of(model)):
                optimiser.zero_grad()
                losses(model, x, y).mean().backward()  # type: ignore[no-untyped-call]
                if clip:
                    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
                optimiser.step()
                since += float(schedule.get_last_lr()[0])
                schedule.step()
            if epoch in keep:
                kept.append(Checkpoint(copy.deepcopy(model).eval(), since))
                since = 0.0
    model.eval()
    return tuple(kept)


def batches(items: Examples, size: int, generator: np.random.Generator | None = None,
            device: torch.device | None = None) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:  # fmt: skip
    """Inputs and answers, `size` at a time, in an order drawn by `generator` or as they stand."""
    order = np.arange(len(items)) if generator is None else generator.permutation(len(items))
    for start in range(0, len(items), size):
        places = order[start : start + size]
        yield tensor(items.x[places], device), tensor(items.y[places], device)


def endless(items: Examples, size: int, generator: np.random.Generator,
            device: torch.device | None = None) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:  # fmt: skip
    """Batches for as long as anybody takes them, each round in an order of its own."""
    while True:
        yield from batches(items, size, generator, device)


def tensor(values: np.ndarray, device: torch.device | None = None) -> torch.Tensor:
    """`values` as a tensor: floats as float32, integers as int64."""
    kind = torch.float32 if np.issubdtype(values.dtype, np.floating) else torch.int64
    return torch.as_tensor(np.ascontiguousarray(values), dtype=kind, device=device)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch's own draws (dropout, noise) from `seed` inside, and as they were afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
