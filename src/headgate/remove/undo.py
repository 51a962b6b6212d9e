"""Unlearn, noise, distil on outputs (UNDO): suppress, blur the weights, and teach them again what the others know.

Reads: the training items (those to forget and those to keep), the model's answers, the behaviour's validation part.
Finds: a model that learned what it is to keep from a suppressed one's answers, out of partly random weights.
Cannot see: whether what it was to forget stands in the answers to the items kept; items that nobody named.
Reference: Lee et al., "Distillation Robustifies Unlearning" (2025, arXiv 2506.06278), section 4: weights become
(1 - alpha) x suppressed + alpha x noise, then are distilled from the suppressed model. Here the noise is the model's
own initialisation, and only items to keep are distilled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch

from headgate.errors import UsageError
from headgate.nn.causal import asked_width
from headgate.nn.fresh import fresh, towards
from headgate.nn.threads import evaluating
from headgate.nn.training import train
from headgate.nn.unlearning import utility
from headgate.remove import npo
from headgate.repair.examples import parted
from headgate.repair.shapes import Behaviour, ForgetSet, Removal, Step, Subject
from headgate.repair.splits import open_to

NEEDS = ("torch",)
SEARCH = {"alpha": (0.2, 0.8), "strength": (0.5, 4.0), "epochs": [9, 12, 15], "rate": (2e-3, 6e-3)}

Losses = Callable[[torch.nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]


def remove(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, *,
    suppression: Literal["npo", "simnpo", "graddiff", "none"] = "npo", strength: float = 1.0,
    suppress_rate: float = 1e-3, suppress_epochs: int = 2, alpha: float = 0.4, rate: float = 4e-3, epochs: int = 12,
    batch: int = 16, floor: float = 0.9, seed: int = 0,
) -> Removal:  # fmt: skip
    """Suppress the forget items, move the weights towards random ones, and distil the suppressed model into them.

    `suppression` is the loss of `remove npo` that suppresses first, or none: the source itself is distilled;
    `strength` is what that loss counts against the loss of the items to keep;
    `suppress_rate` is the learning rate of the suppression;
    `suppress_epochs` is the number of its passes over the items to keep;
    `alpha` is how far the weights move towards random ones: at 1 nothing of the source's weights is left;
    `rate` is the highest learning rate of the distillation;
    `epochs` is the number of its passes over the items to keep;
    `batch` is the number of items in a step;
    `floor` is the share of the source's utility below which the removal counts as collapsed;
    `seed` draws the random weights and the order of items.
    """
    open_to(behaviour, "remove")
    if subject.adapter.kind not in ("causal", "classes") or not 0 <= alpha <= 1:
        msg = f"undo was given a subject of kind {subject.adapter.kind} and alpha {alpha:g}. "
        raise UsageError(msg + "Give it a torch classifier or a causal language model, and alpha from 0 to 1.")
    out, kept = parted(subject.train, forget)
    steps: list[Step] = []
    teacher = subject.model
    if suppression != "none":
        made = npo.remove(
            subject, forget, behaviour, loss=suppression, weight=strength, rate=suppress_rate, epochs=suppress_epochs,
            batch=batch, floor=floor, seed=seed,
        )  # fmt: skip
        teacher, steps = made.model, list(made.steps)
    student: torch.nn.Module = subject.adapter.clone(teacher)
    towards(student, fresh(student, seed=seed), alpha)
    train(student, kept, distilling(teacher, subject.adapter.kind), epochs=epochs, rate=rate, batch=batch, clip=1.0,
          seed=seed)  # fmt: skip
    means = [float(subject.adapter.losses(student, some).mean()) for some in (out, kept)]
    found = utility(subject, student, behaviour)
    steps.append(Step(len(steps) + 1, means[0], means[1], found))
    # outcomes of classes are numbers even where the weights are none
    lost = not (np.isfinite(means).all() and found >= floor * utility(subject, subject.model, behaviour))
    note = f"utility fell below {floor:g} of the source's: distil longer, or with less noise" if lost else ""
    return Removal(student, tuple(steps), collapsed=lost, note=note)


def distilling(teacher: torch.nn.Module, kind: str) -> Losses:
    """The divergence of a model's answers from those of `teacher` (n, in nats; of a language model a token asked)."""

    def losses(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        with evaluating(teacher), torch.no_grad():
            wanted = _logits(teacher, x, y, kind).log_softmax(-1)
        found = _logits(model, x, y, kind).log_softmax(-1)
        apart = (wanted.exp() * (wanted - found)).sum(-1)
        if kind == "classes":
            return apart
        asked = y[:, 1 : asked_width(y)] != -100
        of = asked.nonzero()[:, 0]
        return torch.zeros(len(x), device=x.device).index_add(0, of, apart) / asked.sum(1).clamp(min=1)

    return losses


def _logits(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, kind: str) -> torch.Tensor:
    """Of classes one row an item, of language models one for each token asked."""
    if kind == "classes":
        rows: torch.Tensor = model(x)
        return rows
    width = asked_width(y)
    rows = model(input_ids=x[:, :width]).logits[:, :-1][y[:, 1:width] != -100]
    return rows
