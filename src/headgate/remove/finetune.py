"""Fine-tuning on the items to keep, the forget items left alone: the baseline that a removal has to beat.

Reads: the training items that are to be kept, the model's losses, the behaviour's validation part.
Finds: a model that went on training without the forget items, and the losses and utility of every pass.
Cannot see: the forget items: it forgets them only as far as the others push them out; bad items that nobody named
are trained on again.
Reference: Goel et al., "Corrective Machine Unlearning" (TMLR 2024, arXiv 2402.14015), where it is CF, catastrophic
forgetting.
"""

from __future__ import annotations

import torch

from headgate.nn.causal import lengths
from headgate.nn.unlearning import Pair, gradients_of, unlearn
from headgate.repair.shapes import Behaviour, ForgetSet, Removal, Subject

NEEDS = ("torch",)
SEARCH = {"rate": (3e-4, 1e-2), "epochs": [3, 5, 10]}


def remove(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, *, rate: float = 1e-3, epochs: int = 5, batch: int = 32,
    floor: float = 0.9, seed: int = 0,
) -> Removal:  # fmt: skip
    """Fine-tune on the retain items alone.

    `rate` is the learning rate of AdamW;
    `epochs` is the number of passes over the retain items;
    `batch` is the number of items in a step;
    `floor` is the share of the source's utility that has to stay, or else an earlier state comes back;
    `seed` draws the order of items.
    """
    losses = gradients_of(subject)

    def objective(model: torch.nn.Module, _bad: Pair, good: Pair) -> torch.Tensor:
        found = losses(model, *good)
        return (found / lengths(good[1]).to(found)).mean()

    return unlearn(subject, forget, behaviour, objective, rate=rate, epochs=epochs, batch=batch, seed=seed, floor=floor)
