"""Concept relabelling: the forget items get labels of other classes, by the concepts that do not carry their own.

Reads: the training items (those to forget and those to keep), what the last layer sees, the behaviour's validation
part. Relabelled items live in memory only.
Finds: a model fine-tuned on the relabelled copy; which concepts carried the class and their activation before and
after; over-unlearning (utility lost), under-unlearning (the class still given); how well the class is told from the
features by the probe of before and by a new one.
Cannot see: what the features still hold beyond a linear probe: the class is called otherwise, not cut out; members of
the class that nobody named.
Reference: Chang, Zhu, Xu, Liu, Zhou, "Class Machine Unlearning for Complex Data via Concepts Inference and Data
Poisoning" (arXiv 2405.15662): post-hoc concept bottleneck, integrated gradients, random and targeted labels. Concepts
are found by probes on the model's own features, not named by a language model; weights of the loss are our own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from headgate.errors import UsageError
from headgate.nn.concepts import Bank, balanced, bank, carried, head, probed
from headgate.nn.unlearning import Pair, gradients_of, unlearn, utility
from headgate.plain import plain
from headgate.repair.examples import among, joined, parted, take
from headgate.repair.shapes import Array, Behaviour, Doubles, Examples, ForgetSet, Model, Removal, Subject
from headgate.repair.splits import open_to

NEEDS = ("torch",)
SEARCH = {"rate": (1e-4, 5e-3), "epochs": [3, 5, 10], "weight": (0.1, 2.0), "labels": ["targeted", "random"]}


@dataclass(frozen=True, slots=True)
class Carried:
    """The class to erase, the concept bank, which of its concepts (k) carry the class, and the strongest of them."""

    erased: int
    bank: Bank
    carriers: Array
    strongest: int


def remove(
    subject: Subject, forget: ForgetSet, behaviour: Behaviour, *,
    labels: Literal["targeted", "random"] = "targeted", concepts: Literal["classes", "groups"] = "classes",
    share: float = 0.5, weight: float = 0.3, rate: float = 2e-3, epochs: int = 10, batch: int = 32, floor: float = 0.9,
    seed: int = 0,
) -> Removal:  # fmt: skip
    """Fine-tune on the retain items + `weight` x the forget items under other labels.

    `labels` is targeted for the class that is nearest by the concepts left when the carriers are out, or random;
    `concepts` is what the items of one concept have in common, their class or their group;
    `share` is the part of the strongest concept's attribution from which on a concept is a carrier of the class;
    `weight` is what a forget batch counts against a retain batch;
    `rate` is the learning rate of AdamW;
    `epochs` is the number of passes over the retain items;
    `batch` is the number of items in a step, of each kind;
    `floor` is the share of the source's utility below which a pass is undone and the removal ends;
    `seed` draws random labels and the order of items.
    Raises `UsageError` for a model that is no classifier, or items without the groups asked for.
    """
    open_to(behaviour, "remove")
    losses = gradients_of(subject)
    if subject.adapter.kind != "classes":
        msg = f"relabelling needs classes; {subject.name} is of kind {subject.adapter.kind}. Choose another method."
        raise UsageError(msg)
    if not 0 < share <= 1:
        msg = f"a share of {share:g} of the strongest concept. Give one above 0, and 1 at most."
        raise UsageError(msg)
    parted(subject.train, forget)  # refuses a set that leaves nothing to relabel, or to keep
    found = inferred(subject, forget, concepts, share)
    changed = relabelled(subject, forget, found, labels, seed)

    def objective(model: torch.nn.Module, bad: Pair, good: Pair) -> torch.Tensor:
        return losses(model, *good).mean() + weight * losses(model, *bad).mean()

    made = unlearn(replace(subject, train=changed), forget, behaviour, objective, rate=rate, epochs=epochs, batch=batch,
                   seed=seed, floor=floor)  # fmt: skip
    return replace(
        made, note="; ".join(filter(None, [made.note, _told(subject, made.model, forget, behaviour, found)]))
    )


def inferred(subject: Subject, forget: ForgetSet, concepts: str, share: float) -> Carried:
    """The class most forget items have, the concepts of all training items, and those that carry the class: whose
    mean integrated gradient on its forget items is `share` of the greatest or more.
    """
    train = subject.train
    if concepts == "groups" and train.groups is None:
        msg = f"the training items of {subject.name} have no groups. Give them groups, or take classes as concepts."
        raise UsageError(msg)
    features = subject.adapter.features(subject.model, train)
    made = bank(features, train.y if concepts == "classes" else np.asarray(train.groups))
    out = among(train, forget.ids)
    erased = int(np.bincount(train.y[out]).argmax())
    activations = made.activations(features)
    over = head(activations, train.y)
    mean = carried(over, activations[out & (train.y == erased)], activations.mean(0), erased).mean(0)
    return Carried(erased, made, mean >= max(share * float(mean.max()), 1e-12), int(mean.argmax()))


def relabelled(subject: Subject, forget: ForgetSet, found: Carried, labels: str, seed: int) -> Examples:
    """A private copy of the training items whose forget items have labels of other classes than their own.

    Targeted: the class whose kept items are nearest in their mean activation of the concepts that are no carriers.
    """
    train, out = subject.train, among(subject.train, forget.ids)
    y, generator = train.y.copy(), np.random.default_rng(seed)
    others = np.unique(train.y[~out])
    activations = found.bank.activations(subject.adapter.features(subject.model, train))[:, ~found.carriers]
    means = np.stack([activations[~out & (train.y == one)].mean(0) for one in others])
    for place in np.flatnonzero(out):
        allowed = np.flatnonzero((others != train.y[place]) & (others != found.erased))
        if not len(allowed):
            msg = "no other class is left to relabel the forget items to. Keep items of two classes at least."
            raise UsageError(msg)
        apart = np.linalg.norm(means[allowed] - activations[place], axis=1)
        y[place] = others[allowed[apart.argmin()] if labels == "targeted" else generator.choice(allowed)]
    return replace(train, y=y)


def _told(subject: Subject, after: Model, forget: ForgetSet, behaviour: Behaviour, found: Carried) -> str:
    out = take(subject.train, among(subject.train, forget.ids))
    models = (subject.model, after)
    was, now = (_active(subject, model, out, found) for model in models)
    named = [one for one, carries in zip(found.bank.names, found.carriers, strict=True) if carries]
    before, left = (utility(subject, model, behaviour) for model in models)
    given = float(subject.adapter.outcomes(after, behaviour.queries).mean())
    held = joined(behaviour.queries, replace(behaviour.clean, ids=tuple(f"clean-{one}" for one in behaviour.clean.ids)))
    having = np.arange(len(held)) < len(behaviour.queries)
    seen = [[subject.adapter.features(model, some) for some in (subject.train, held)] for model in models]
    new = [probed(train, subject.train.y == found.erased, some, having) for train, some in seen]
    old = [balanced(_strongest(found, some), having) for _, some in seen]
    moved = ", ".join(f"{plain(name, 20)} {a:.2f} to {b:.2f}" for name, a, b in zip(named, was, now, strict=True))
    return (
        f"concepts that carried the class, mean activation: {moved}; over-unlearning {before - left:.3f} of utility; "
        f"under-unlearning {given:.3f} still given; the class by the strongest carrier's probe {old[0]:.3f} to "
        f"{old[1]:.3f}, by a new linear probe {new[0]:.3f} to {new[1]:.3f} (chance 0.5)"
    )


def _active(subject: Subject, model: Model, items: Examples, found: Carried) -> Doubles:
    activations = found.bank.activations(subject.adapter.features(model, items))
    mean: Doubles = activations[:, found.carriers].mean(0)
    return mean


def _strongest(found: Carried, features: Array) -> Doubles:
    activations: Doubles = found.bank.activations(features)[:, found.strongest]
    return activations
