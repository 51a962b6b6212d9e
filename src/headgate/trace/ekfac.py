"""Which training items would change the unwanted answer if they had weighed less: influence functions with EK-FAC.

Reads: the training items, the model (or a checkpoint), the behaviour's query or validation part.
Finds: query gradient x inverse damped curvature x gradient of each training item, the mean over queries, by layer.
Cannot see: layers other than linear and convolutional ones; an item that the model fits perfectly has no gradient left,
which hides memorised poisons (an early checkpoint shows them); what removing many items at once does.
Reference: Grosse et al., "Studying Large Language Model Generalization with Influence Functions" (arXiv 2308.03296);
division by self-influence: Barshan et al., "RelatIF" (AISTATS 2020), section 4.2.
Checked against: kronfluence (bench/attribution.py), and the exact inverse of the curvature of small models (tests).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

from headgate.errors import UsageError
from headgate.nn.gradients import losses_of
from headgate.nn.kfac import fit, own
from headgate.nn.layer_gradients import along, mean
from headgate.nn.threads import fitting
from headgate.repair.shapes import Behaviour, Influence, Subject
from headgate.repair.splits import open_to

NEEDS = ("torch",)


def trace(
    subject: Subject, behaviour: Behaviour, *, damping: float = 0.1, relative: bool = True, checkpoint: int = -1,
    answers: Literal["expected", "sampled", "given"] = "expected", seed: int = 0,
) -> Influence:  # fmt: skip
    """Influence of each training item on the loss of the unwanted answer, in float32, to first order in its weight.

    `damping` is added to the curvature, as a multiple of each layer's mean;
    `relative` divides by the square root of the item's influence on itself, so that outliers outweigh nobody;
    `checkpoint` is which one is looked at, from 0 for the earliest; -1 for the model itself;
    `answers` is over which answers the curvature is taken: expected over the model's own, sampled from it, or given;
    `seed` draws the answers where they are sampled, as they always are of a language model.
    """
    open_to(behaviour, "trace")
    losses, train = losses_of(subject), subject.train
    if damping <= 0 or not -1 <= checkpoint < len(subject.checkpoints):
        msg = f"damping {damping:g}, checkpoint {checkpoint} of {len(subject.checkpoints)}. "
        msg += "Give a damping above 0 and a checkpoint that there is, or -1 for the model."
        raise UsageError(msg)
    model = subject.model if checkpoint < 0 else subject.checkpoints[checkpoint].model
    with fitting(model):
        bases = fit(model, losses, train, subject.adapter.kind, answers=answers, seed=seed)
        slope = mean(model, losses, behaviour.queries, bases)
        ways = {name: one.solved(slope[name], damping)[None] for name, one in bases.items()}
        layers = {name: part[:, 0].double() for name, part in along(model, losses, train, ways).items()}
        score = torch.stack(list(layers.values())).sum(0)
        if relative:
            itself = own(model, losses, train, bases, damping).double()
            score = score / itself.clamp(min=torch.finfo(torch.float32).tiny).sqrt()
    return Influence(np.asarray(score.cpu().numpy()), note=_note(layers, checkpoint, relative=relative))


def _note(layers: dict[str, torch.Tensor], checkpoint: int, *, relative: bool) -> str:
    sizes = {name: float(part.abs().sum()) for name, part in layers.items()}
    whole = sum(sizes.values()) or 1.0
    shares = ", ".join(f"{name} {size / whole:.0%}" for name, size in sizes.items())
    where = "the model" if checkpoint < 0 else f"checkpoint {checkpoint}"
    return f"{where}{', by self-influence' if relative else ''}; influence by layer: {shares}"
