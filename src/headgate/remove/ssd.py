"""Selective synaptic dampening: weights that matter more to the forget items than to all items are shrunk, once.

Reads: the training items (all, and those to forget), gradients of each item's loss, the behaviour's validation part.
Finds: a model with some weights smaller, without any training: the quickest method there is.
Cannot see: how far to go: a model that fits its items too well has next to no gradients, and their ratio says little.
Reference: Foster, Schoepf, Brintrup, "Fast Machine Unlearning Without Retraining Through Selective Synaptic
Dampening" (AAAI 2024, arXiv 2308.07707), equations 5 and 6; their code squares the gradients of whole batches, this
those of single items, as the Fisher information is defined.
Checked against: a hand computation on a model of ten weights.
"""

from __future__ import annotations

import numpy as np
import torch

from headgate.errors import UsageError
from headgate.nn.gradients import Losses, Weights, rows, weights
from headgate.nn.unlearning import gradients_of, utility
from headgate.repair.examples import parted, take
from headgate.repair.shapes import Behaviour, Examples, ForgetSet, Removal, Step, Subject
from headgate.repair.splits import open_to

NEEDS = ("torch",)
SEARCH = {"alpha": (0.1, 20.0), "factor": (0.01, 1.0)}


def remove(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, *,
    alpha: float = 10.0, factor: float = 1.0, sample: int = 5_000, floor: float = 0.9, seed: int = 0,
) -> Removal:  # fmt: skip
    """Shrink each weight whose Fisher information F of the forget items exceeds `alpha` x that of all items, D: by
    min(1, `factor` x D / F). Raises `UsageError` for an alpha of 0 or less, a negative factor, no sample, or a floor
    that is no share.

    `alpha` is how many times as important to the forget items a weight has to be;
    `factor` is the paper's lambda: the smaller, the more a chosen weight shrinks;
    `sample` is how many items, of all and of those to forget, the information is measured on at most;
    `floor` is the share of the source's utility that has to stay, or else alpha is doubled until it does;
    `seed` draws the sample.
    """
    open_to(behaviour, "remove")
    if not (0 < alpha < float("inf") and 0 <= factor < float("inf") and 0 <= floor <= 1 and sample > 0):
        msg = f"alpha {alpha:g}, factor {factor:g}, floor {floor:g} or sample {sample} is out of range. "
        msg += "Give an alpha above 0, a factor of 0 or more, a floor of 0 to 1 and a sample of 1 or more."
        raise UsageError(msg)
    losses = gradients_of(subject)
    out, kept = parted(subject.train, forget)
    model: torch.nn.Module = subject.adapter.clone(subject.model).eval()
    least = floor * utility(subject, model, behaviour)
    source = {name: one.clone() for name, one in weights(model).items()}
    everything, forgetting = (fisher(model, losses, _some(items, sample, seed)) for items in (subject.train, out))
    used = alpha
    while True:
        changed = dampened(source, everything, forgetting, used, factor)
        model.load_state_dict({name: one.clone() for name, one in changed.items()}, strict=False)
        found = utility(subject, model, behaviour)
        if found >= least or all(torch.equal(changed[name], one) for name, one in source.items()):
            break
        used *= 2
    means = [float(subject.adapter.losses(model, some).mean()) for some in (out, kept)]
    note = "" if used == alpha else f"utility fell below {floor:g} of the source's: alpha raised to {used:g}"
    return Removal(model, (Step(1, means[0], means[1], found),), collapsed=used != alpha, note=note)


def dampened(source: Weights, everything: Weights, forgetting: Weights, alpha: float, factor: float) -> Weights:
    """The weights `source`, those shrunk whose Fisher information `forgetting` exceeds alpha x `everything`."""
    found = {}
    for name, one in source.items():
        chosen = forgetting[name] > alpha * everything[name]
        shrunk = (factor * everything[name] / forgetting[name]).clamp(max=1.0)
        found[name] = torch.where(chosen, one * shrunk, one)
    return found


def fisher(model: torch.nn.Module, losses: Losses, items: Examples) -> Weights:
    """The diagonal of the Fisher information: of each weight the mean over `items` of its squared gradient."""
    at = weights(model)
    total = torch.stack([chunk.square().sum(0) for chunk in rows(model, losses, items, at)]).sum(0) / len(items)
    parts = torch.split(total, [one.numel() for one in at.values()])
    return {name: part.view_as(one) for (name, one), part in zip(at.items(), parts, strict=True)}


def _some(items: Examples, number: int, seed: int) -> Examples:
    if len(items) <= number:
        return items
    return take(items, np.sort(np.random.default_rng(seed).choice(len(items), number, replace=False)))
