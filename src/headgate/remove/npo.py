"""Negative preference optimisation: the forget items made unlikely against the model as it was (NPO, SimNPO, GradDiff).

Reads: the training items (those to forget and those to keep), the model's losses, the behaviour's validation part.
Finds: a model that gives the forget items' answers less often, and the losses and utility of every pass.
Cannot see: whether the knowledge is gone or only suppressed: relearning and extraction tell; items that nobody named.
Reference: Zhang, Lin, Bai, Mei, "Negative Preference Optimization: From Catastrophic Collapse to Effective
Unlearning" (COLM 2024, arXiv 2404.05868), equation 3; Fan et al., "Simplicity Prevails" (SimNPO, arXiv 2410.07163),
equation 4; GradDiff: Liu, Liu, Stone, "Continual Learning and Private Unlearning" (CoLLAs 2022).
Checked against: finite differences, and gradient ascent where beta goes to 0.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Literal

import torch
from torch.nn import functional

from headgate.errors import UsageError
from headgate.nn.causal import lengths
from headgate.nn.low_rank import low_rank, merged
from headgate.nn.unlearning import Pair, gradients_of, unlearn
from headgate.repair.shapes import Behaviour, ForgetSet, Removal, Subject

NEEDS = ("torch",)
# what a search draws its trials from: (lowest, highest) on a logarithmic scale, or choices
SEARCH = {"rate": (5e-4, 3e-3), "epochs": [3, 5, 10], "weight": (0.02, 1.0), "beta": [0.1, 1.0]}


def remove(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, *,
    loss: Literal["npo", "simnpo", "graddiff"] = "npo", beta: float = 0.1, margin: float = 0.0, weight: float = 1.0,
    rate: float = 1e-3, epochs: int = 5, batch: int = 32, rank: int = 0, floor: float = 0.9, seed: int = 0,
) -> Removal:  # fmt: skip
    """Fine-tune on retain loss + weight x forget loss, the source model frozen as NPO's reference.

    Raises `UsageError` for a beta of 0 or less, and for settings that train nothing.

    `loss` is which forget loss: npo, simnpo (no reference, by the length of the answer) or graddiff (minus the loss);
    `beta` is how fast the weight of an item fades as its answer becomes unlikely (0 in the limit: gradient ascent);
    `margin` is SimNPO's reward margin;
    `weight` is what the forget loss counts against the retain loss;
    `rate` is the learning rate of AdamW;
    `epochs` is the number of passes over the retain items;
    `batch` is the number of items in a step, of each kind;
    `rank` is that of adapters to train beside the linear layers, merged at the end; at 0 all weights are trained;
    `floor` is the share of the source's utility that has to stay, or else an earlier state comes back;
    `seed` draws the order of items.
    """
    if not 0 < beta < float("inf") or not isfinite(margin + weight):
        msg = f"beta {beta:g}, margin {margin:g}, weight {weight:g}: out of range. Give numbers, and a beta above 0."
        raise UsageError(msg)
    losses = gradients_of(subject)
    frozen: torch.nn.Module = subject.adapter.clone(subject.model).requires_grad_(False).eval()

    def objective(model: torch.nn.Module, bad: Pair, good: Pair) -> torch.Tensor:
        x, y = bad
        now = losses(model, x, y)
        if loss == "npo":
            with torch.no_grad():
                before = losses(frozen, x, y)
            forgetting = npo_loss(now, before, beta)
        elif loss == "simnpo":
            forgetting = simnpo_loss(now / lengths(y).to(now), beta, margin)
        else:
            forgetting = -(now / lengths(y).to(now)).mean()
        kept = losses(model, *good) / lengths(good[1]).to(now)
        return kept.mean() + weight * forgetting

    adapted = low_rank(subject.adapter.clone(subject.model), rank, seed=seed) if rank else None
    made = unlearn(subject, forget, behaviour, objective, rate=rate, epochs=epochs, batch=batch, seed=seed, floor=floor,
                   model=adapted)  # fmt: skip
    return replace(made, model=merged(made.model)) if rank else made


def npo_loss(now: torch.Tensor, before: torch.Tensor, beta: float) -> torch.Tensor:
    """NPO's loss of negative log-likelihoods `now` and `before` (n each): (2 / beta) mean log(1 + (p / p_0)^beta)."""
    return 2 / beta * functional.softplus(-beta * (now - before)).mean()


def simnpo_loss(mean: torch.Tensor, beta: float, margin: float) -> torch.Tensor:
    """SimNPO's loss of negative log-likelihoods a token (n): -(2 / beta) mean log sigmoid(beta x mean - margin)."""
    return -2 / beta * functional.logsigmoid(beta * mean - margin).mean()
