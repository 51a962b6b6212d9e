"""Which training items the model kept changing its mind about while it learnt: variance of gradients (VoG).

Reads: the training items and at least two checkpoints; of the behaviour nothing: it is the same whatever is asked.
Finds: of each item how much the gradient of its answer by its input varies over the checkpoints, as a deviation from
others of its class. Above 0: more likely to be wrong, odd or hard than usual.
Cannot see: which behaviour an item brings about; wrong items that look alike and are learnt early and for good; whether
an item is wrong or only hard. The sign is a likelihood of fault, not the effect of a removal.
Reference: Agarwal, D'souza, Hooker, "Estimating Example Difficulty Using Variance of Gradients" (CVPR 2022, arXiv
2008.11600), equations 1 and 2; Anand et al., "Influence Scores at Scale for Efficient Language Data Sampling" (EMNLP
2023, arXiv 2311.16298), who take a language model's embeddings as the input.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from headgate.errors import UsageError
from headgate.nn.gradients import losses_of, still
from headgate.nn.threads import device_of
from headgate.nn.training import batches
from headgate.repair.shapes import Behaviour, Doubles, Examples, Influence, Subject
from headgate.repair.splits import open_to

NEEDS = ("torch",)


def trace(subject: Subject, behaviour: Behaviour, *, first: int = 0, by_class: bool = True) -> Influence:
    """Standard deviation over checkpoints of the input gradient of the given answer's logit, its mean over inputs.

    `first` is how many checkpoints are used, from the earliest; 0 for all;
    `by_class` takes from each score the mean of its class and divides by the class's standard deviation.
    """
    open_to(behaviour, "trace")
    losses_of(subject)
    kept = subject.checkpoints[: first or None]
    if first < 0 or len(kept) < 2:
        msg = f"VoG has {len(kept)} checkpoints of {subject.name}. Keep two or more while training."
        raise UsageError(msg)
    train, kind = subject.train, subject.adapter.kind
    slopes = [_slopes(one.model, train, kind) for one in kept]  # side by side: one batch of each at a time
    score = np.concatenate([_spread(torch.stack(parts)) for parts in zip(*slopes, strict=True)])
    if by_class:
        score = _by_class(score, train.y if kind == "classes" else np.zeros(len(train)))
    return Influence(score, note=f"{len(kept)} checkpoints; without the behaviour: higher is more likely at fault")


def _slopes(model: torch.nn.Module, items: Examples, kind: str) -> Iterator[torch.Tensor]:
    for x, y in batches(items, 128, None, device_of(model)):
        with still(model), torch.enable_grad():
            if kind == "causal":
                seen = model.get_input_embeddings()(x).detach().requires_grad_()  # type: ignore[operator]
                logits = model(inputs_embeds=seen).logits[:, :-1]
                asked = y[:, 1:] != -100
                given = logits.gather(2, torch.where(asked, y[:, 1:], 0)[..., None])[..., 0][asked]
            else:
                seen = x.detach().requires_grad_()
                answers = model(seen)
                given = answers.gather(1, y[:, None]) if kind == "classes" else answers
            (slope,) = torch.autograd.grad(given.sum(), seen)
        yield slope.flatten(1)


def _spread(slopes: torch.Tensor) -> Doubles:
    """Of slopes (checkpoints x n x inputs) the mean deviation (n) over the inputs that count: padding has no slope."""
    counted = (slopes != 0).any(0).sum(1).clamp(min=1)
    return np.asarray((slopes.double().std(0, correction=0).sum(1) / counted).cpu().numpy())


def _by_class(score: Doubles, classes: np.ndarray) -> Doubles:
    found = np.zeros(len(score))
    for one in np.unique(classes):
        here = classes == one
        spread = score[here].std()
        found[here] = (score[here] - score[here].mean()) / spread if spread > 0 else 0.0
    return found
