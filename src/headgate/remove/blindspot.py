"""Blindspot unlearning: on the forget items imitate a model that never saw them, on the others keep the labels.

Reads: the training items (those to forget and those to keep), the model's layers, the behaviour's validation part.
Finds: a model whose outputs and activations on the forget items are those of a newly started model that was briefly
trained on the retain items; with `variant` gaussian, one fine-tuned with labels drawn from the retain labels instead.
Cannot see: what the brief training of the blindspot model leaves out: on the forget items it knows less than a model
fully retrained; bad items that nobody named.
Reference: Tarun, Chundawat, Mandal, Kankanhalli, "Deep Regression Unlearning" (ICML 2023, arXiv 2210.08196): sections
on blindspot unlearning and Gaussian amnesiac learning. Of the released code the distances are kept (absolute error
of outputs, squared distance of normalised attention maps), not the one share of both in every batch. For classes the
outputs are imitated in the Kullback-Leibler sense, and labels are drawn as often as the retain items have them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from torch.nn import functional

from headgate.errors import UsageError
from headgate.nn.training import seeded, train
from headgate.nn.unlearning import Pair, gradients_of, unlearn
from headgate.repair.examples import among, parted
from headgate.repair.shapes import Behaviour, Examples, ForgetSet, Removal, Subject
from headgate.repair.splits import open_to

NEEDS = ("torch",)
SEARCH = {"rate": (1e-4, 5e-3), "epochs": [5, 10, 20], "weight": (0.1, 2.0), "brief": [5, 10, 20]}


def remove(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, *,
    variant: Literal["blindspot", "gaussian"] = "blindspot", brief: int = 20, start: float = 1e-2, weight: float = 1.0,
    activations: float = 1.0, rate: float = 1e-3, epochs: int = 10, batch: int = 32, floor: float = 0.9, seed: int = 0,
) -> Removal:  # fmt: skip
    """Fine-tune a copy on the retain labels + `weight` x the distance to the blindspot model on the forget items.

    `variant` is blindspot, or gaussian for labels of the forget items drawn from a normal fitted to the retain labels;
    `brief` is the number of passes over the retain items that the blindspot model gets;
    `start` is the highest learning rate of the blindspot model;
    `weight` is what a forget batch counts against a retain batch;
    `activations` is what the distance of the activations counts against that of the outputs;
    `rate` is the learning rate of AdamW;
    `epochs` is the number of passes over the retain items;
    `batch` is the number of items in a step, of each kind;
    `floor` is the share of the source's utility below which a pass is undone and the removal ends;
    `seed` draws the blindspot model's weights, labels and the order of items.
    Raises `UsageError` for a model that is no classifier or regressor, or that cannot be made anew.
    """
    open_to(behaviour, "remove")
    losses, kind = gradients_of(subject), subject.adapter.kind
    if kind not in ("classes", "regression"):
        msg = f"blindspot imitates classes or numbers; {subject.name} is of kind {kind}. Choose another method."
        raise UsageError(msg)
    kept = parted(subject.train, forget)[1]
    if variant == "gaussian":
        relabelled = replace(subject, train=amnesiac(subject.train, forget, seed))

        def amnesia(model: torch.nn.Module, bad: Pair, good: Pair) -> torch.Tensor:
            return losses(model, *good).mean() + weight * losses(model, *bad).mean()

        found = unlearn(relabelled, forget, behaviour, amnesia, rate=rate, epochs=epochs, batch=batch, seed=seed,
                        floor=floor)  # fmt: skip
        return replace(found, note=f"forget losses are of the labels drawn {found.note}".rstrip())
    blind = fresh(subject.adapter.clone(subject.model), seed)
    train(blind, kept, losses, epochs=brief, rate=start, batch=batch, seed=seed)
    blind.requires_grad_(False)

    def objective(model: torch.nn.Module, bad: Pair, good: Pair) -> torch.Tensor:
        with torch.no_grad():
            told, shown = watched(blind, bad[0])
        gave, did = watched(model, bad[0])
        distance = apart(gave, told, kind) + activations * sum(
            ((_attention(one) - _attention(other)) ** 2).mean() for one, other in zip(did, shown, strict=True)
        )
        return losses(model, *good).mean() + weight * distance

    return unlearn(subject, forget, behaviour, objective, rate=rate, epochs=epochs, batch=batch, seed=seed, floor=floor)


def fresh(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """`model` with all its weights drawn anew from `seed`, by the `reset_parameters` of its modules.

    Raises `UsageError` where a weight belongs to a module that has none: it would keep what it learnt.
    """
    with seeded(seed):
        for name, one in model.named_modules():
            reset = getattr(one, "reset_parameters", None)
            if callable(reset):
                reset()
            elif any(True for _ in one.parameters(recurse=False)):
                msg = f"weights of {name or type(one).__name__} cannot be drawn anew. Choose another method."
                raise UsageError(msg)
    return model.requires_grad_(True)


def amnesiac(items: Examples, forget: ForgetSet, seed: int) -> Examples:
    """A copy of `items` whose forget items have numbers drawn from a normal fitted to the labels of the others.

    Classes are drawn as often as the others have them.
    """
    out, generator = among(items, forget.ids), np.random.default_rng(seed)
    y, kept = items.y.copy(), items.y[~out]
    if np.issubdtype(y.dtype, np.floating):
        y[out] = generator.normal(kept.mean(0), kept.std(0), y[out].shape)
    else:
        y[out] = generator.choice(kept, int(out.sum()))
    return replace(items, y=y)


def watched(model: torch.nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """What `model` gives for `x`, and on the way every layer that has weights, the last left out."""
    layers = [one for one in model.modules() if any(True for _ in one.parameters(recurse=False))]
    seen: list[torch.Tensor] = []

    def see(_: torch.nn.Module, __: object, out: object) -> None:
        if isinstance(out, torch.Tensor):
            seen.append(out)

    hooks = [one.register_forward_hook(see) for one in layers[:-1]]
    try:
        return model(x), seen
    finally:
        for hook in hooks:
            hook.remove()


def apart(gave: torch.Tensor, told: torch.Tensor, kind: str) -> torch.Tensor:
    """How far outputs are from those told (n x outputs each): absolute error, or of classes relative entropy."""
    if kind == "regression":
        return functional.l1_loss(gave, told)
    return functional.kl_div(gave.log_softmax(1), told.log_softmax(1), reduction="batchmean", log_target=True)


def _attention(layer: torch.Tensor) -> torch.Tensor:
    """A layer's activations (n x channels x places) as its normalised attention map; flat ones (n x d) normalised."""
    flat = layer.pow(2).mean(1).flatten(1) if layer.ndim > 2 else layer
    return functional.normalize(flat, dim=1)
