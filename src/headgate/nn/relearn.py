"""Teaching a model some items again, on a copy: what an attacker or a careless fine-tuning would do to it.

Reference: Hu, Fu, Wu, Smith, "Unlearning or Obfuscating? Jogging the Memory of Unlearned LLMs via Benign Relearning"
(ICLR 2025, arXiv 2406.13356).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from headgate.errors import UsageError
from headgate.nn.causal import lengths
from headgate.nn.threads import device_of, fitting
from headgate.nn.training import endless, seeded
from headgate.repair.shapes import Examples, Subject


def relearn(
    subject: Subject, model: torch.nn.Module, items: Examples, *, steps: int, rate: float = 1e-3, batch: int = 16,
    seed: int = 0, until: Callable[[int, torch.nn.Module], bool] | None = None,
) -> torch.nn.Module:  # fmt: skip
    """A copy of `model` after `steps` steps of AdamW at `rate` on `items`, `batch` at a time; `model` stays as it is.

    Items come round in orders drawn from `seed`, as often as it takes; the loss is the mean over items of the loss an
    answer (a token, of a language model). `until(step, copy)` is asked after every step and ends it early by true.
    Raises `UsageError` for a model without gradients, no items, or a rate that teaches nothing.
    """
    losses = subject.adapter.item_losses
    if losses is None or not len(items):
        what = "no items to relearn" if losses else f"a subject of kind {subject.adapter.kind}, without gradients"
        msg = f"{subject.name} is given {what}. Relearning takes a torch model and at least one item."
        raise UsageError(msg)
    if not 0 < rate < float("inf"):
        msg = f"relearning at a rate of {rate:g} teaches nothing. Give a number above 0."
        raise UsageError(msg)
    changed: torch.nn.Module = subject.adapter.clone(model)
    changed.requires_grad_(True)
    optimiser = torch.optim.AdamW(changed.parameters(), rate, weight_decay=0.0)
    with fitting(changed), seeded(seed):
        stream = endless(items, batch, np.random.default_rng(seed), device_of(changed))
        for step, (x, y) in zip(range(1, steps + 1), stream, strict=False):
            changed.train()
            optimiser.zero_grad()
            (losses(changed, x, y) / lengths(y).to(x.device)).mean().backward()
            optimiser.step()
            if until is not None and until(step, changed.eval()):
                break
    return changed.eval()
