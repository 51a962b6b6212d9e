"""Influence on a budget: clusters of training items as the arms of a bandit, and a dear evaluation where it promises.

Reads: the training items, the behaviour's queries, the model and its checkpoints.
Finds: for the items that it evaluates, the product of their gradient with the queries', summed over checkpoints; for
the others the mean of their cluster, with its standard error.
Cannot see: a bad item in a cluster of good ones that it did not draw; more than one evaluation tells, where the
evaluation itself is blind (at the end of training, items that are fitted have no gradient left).
Reference: Zhang et al., "Harnessing Diversity for Important Data Selection in Pretraining Large Language Models"
(Quad, ICLR 2025, arXiv 2409.16986). Its attention-layer inverse Hessian is not taken over; any evaluation will do.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Literal

import numpy as np

from headgate.errors import UsageError
from headgate.repair.arms import spend
from headgate.repair.clusters import clusters
from headgate.repair.estimators import columns
from headgate.repair.examples import take
from headgate.repair.nearest import matches, places, unit
from headgate.repair.shapes import Behaviour, Checkpoint, Doubles, Examples, Influence, Model, Subject
from headgate.repair.splits import open_to

_SIDE = NormalDist().inv_cdf(0.975)


def trace(
    subject: Subject, behaviour: Behaviour, *, share: float = 0.3, arms: int = 0,
    value: Literal["auto", "gradient", "layer", "features"] = "auto",
    over: Literal["both", "features", "input"] = "both", batch: int = 4, explore: float = 0.5, seed: int = 0,
) -> Influence:  # fmt: skip
    """Influence of each training item, evaluated or estimated by its cluster.

    `share` is the share of the training items that may be evaluated, one of each cluster at least;
    `arms` is the number of clusters, 0 for the square root of the number of items;
    `value` is the evaluation: gradient (of all weights, by torch), layer (of the last layer, from its features and
    the probabilities), features (their cosine, where the answers match), or auto, the best that the subject has;
    `over` is what items are clustered on: the model's features, the input itself, or both side by side;
    `batch` is how many items of a cluster are evaluated at a time;
    `explore` is the weight of what is not known yet against what is;
    `seed` draws the clusters' first centres and the order within them.
    """
    open_to(behaviour, "trace")
    n = len(subject.train)
    if not 0 < share <= 1 or not 0 <= arms <= n:
        msg = f"share {share:g}, {arms} arms of {n} items. Give a share in (0, 1] and no more arms than items."
        raise UsageError(msg)
    code = clusters(places(subject, [], over)[0], arms or max(1, round(n**0.5)), seed=seed)
    evaluate = _evaluation(subject, behaviour.queries, _best(subject) if value == "auto" else value)
    budget = max(round(share * n), int(code.max()) + 1, 2)  # of a single look nobody knows how far it may be off
    spent = spend(
        code, lambda some: evaluate(take(subject.train, some)), budget, seed=seed, batch=batch, explore=explore
    )
    score, error = spent.mean[code], ((spent.high - spent.mean) / _SIDE)[code]
    score[spent.items], error[spent.items] = spent.values, 0.0
    said = f"{len(spent.items)} of {n} items evaluated in {code.max() + 1} clusters; regret {spent.regret:.3g} a look"
    return Influence(score, error, said)


def _best(subject: Subject) -> str:
    if subject.adapter.kind == "classes" or (
        subject.adapter.kind == "estimator" and hasattr(subject.model, "predict_proba")
    ):
        return "layer"
    return "gradient" if subject.adapter.kind in {"regression", "causal"} else "features"


def _evaluation(subject: Subject, queries: Examples, value: str) -> Callable[[Examples], Doubles]:
    if value == "features":
        return _by_features(subject, queries)
    models = subject.checkpoints or (Checkpoint(subject.model, 1.0),)
    make = _by_layer if value == "layer" else _by_gradient
    parts = [(one.rate, make(subject, one.model, queries)) for one in models]
    return lambda items: np.asarray(sum(rate * part(items) for rate, part in parts))


def _by_features(subject: Subject, queries: Examples) -> Callable[[Examples], Doubles]:
    asked = unit(np.asarray(subject.adapter.features(subject.model, queries), float))

    def evaluate(items: Examples) -> Doubles:
        here = unit(np.asarray(subject.adapter.features(subject.model, items), float))
        found: Doubles = (asked @ here.T * matches(items.y, queries.y)).mean(0)
        return found

    return evaluate


def _by_layer(subject: Subject, model: Model, queries: Examples) -> Callable[[Examples], Doubles]:
    """Products of the gradients of cross-entropy by a last linear layer: features (and 1) x (probability - answer)."""
    probabilities = subject.adapter.probabilities
    if probabilities is None:
        msg = f"{subject.name} gives no probabilities, which --value layer asks for. Take --value features."
        raise UsageError(msg)

    def parts(items: Examples) -> tuple[Doubles, Doubles]:
        seen = np.asarray(subject.adapter.features(model, items), float)
        chance = np.asarray(probabilities(model, items), float)
        wanted = np.arange(chance.shape[1]) == columns(model, items.y)[:, None]
        return np.concatenate([seen, np.ones((len(seen), 1))], axis=1), chance - wanted

    seen, wrong = parts(queries)
    pull = seen.T @ wrong / max(len(queries), 1)

    def evaluate(items: Examples) -> Doubles:
        here, off = parts(items)
        found: Doubles = ((here @ pull) * off).sum(1)
        return found

    return evaluate


def _by_gradient(subject: Subject, model: Model, queries: Examples) -> Callable[[Examples], Doubles]:
    """Products of the gradients by all weights."""
    from headgate.nn.gradients import along, losses_of, mean, weights

    losses = losses_of(subject)
    pull = mean(model, losses, queries, weights(model))
    return lambda items: along(model, losses, items, pull)
