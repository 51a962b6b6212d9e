"""Forget items word for word against the same in other words: a gap that a retrained model does not have is memory.

Reads: the forget set's items, the behaviour's proof queries (the same in other words), the losses of all models.
Finds: how often a forget item loses less than a proof query (AUC), within groups where both have them, beside the
retrained models': more is memory of the wording, less is over-unlearning of it.
Cannot see: memory that other wordings reach as well: behaviour_rate tells; a few items tell little: mind the interval.
Reference: DeLong, DeLong, Clarke-Pearson (1988), Comparing the areas under two or more correlated receiver operating
characteristic curves, Biometrics 44, 837-845, for the interval; Maini et al., "TOFU" (arXiv 2401.06121), whose truth
ratio asks in other words likewise.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.repair.checks import judged
from headgate.repair.examples import parted
from headgate.repair.shapes import Case, Check, Doubles, Examples, Model
from headgate.repair.splits import open_to

RISKS = ("2.1",)
_Z = 1.959963984540054  # of a 95 % interval


def prove(case: Case, *, margin: float = 0.1) -> list[Check]:
    """The AUC of forget items against proof queries, by their losses, of the models before, after and retrained.

    `margin` is the distance to the retrained models that is close enough.
    """
    open_to(case.behaviour, "prove")
    out, _ = parted(case.subject.train, case.forget)
    pairs = _pairs(out, case.behaviour.queries)
    models = (case.subject.model, case.after, *case.references)
    wins = [_wins(case, model, out) * pairs for model in models]
    before, after, *references = (float(one.sum() / pairs.sum()) for one in wins)
    low, high = _difference(wins[1], wins[2:], pairs) if references else (None, None)
    n = int(pairs.any(axis=1).sum()) + int(pairs.any(axis=0).sum())
    within = "" if pairs.all() else ", within groups"
    return [
        Check(
            "paraphrase_gap", "", before, after, float(np.mean(references)) if references else None, low, high, n,
            margin, judged(low, high, margin),
            f"AUC over {int(pairs.sum())} pairs of an item and a query{within}; 0.5 is no gap",
        )
    ]  # fmt: skip


def _pairs(out: Examples, queries: Examples) -> npt.NDArray[np.bool_]:
    """Which forget item (first axis) is compared with which query: all, or those of one group."""
    pairs = np.ones((len(out), len(queries)), bool)
    if out.groups is not None and queries.groups is not None:
        pairs = np.asarray(out.groups)[:, None] == np.asarray(queries.groups)[None, :]
    if not pairs.any():
        msg = f"none of {len(out)} forget items shares a group with one of {len(queries)} queries. Give such queries."
        raise UsageError(msg)
    return pairs


def _wins(case: Case, model: Model, out: Examples) -> Doubles:
    """1 where the forget item (first axis) loses less than the query, 0.5 where as much."""
    item, query = (_losses(case, model, items) for items in (out, case.behaviour.queries))
    found: Doubles = (item[:, None] < query[None, :]) + 0.5 * (item[:, None] == query[None, :])
    return found


def _losses(case: Case, model: Model, items: Examples) -> Doubles:
    """The loss of each item, of a language model that of a token of its answer."""
    asked = (items.y != -100).sum(1) if case.subject.adapter.kind == "causal" else np.ones(len(items))
    return case.subject.adapter.losses(model, items) / np.maximum(asked, 1)


def _difference(after: Doubles, references: list[Doubles], pairs: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """DeLong's interval of the AUC of `after` less the references' mean; no narrower than the interval of as many items
    of which two differ, one each way. Where there are several references, their spread widens it.
    """
    apart = after - np.mean(references, axis=0)
    centre, error, least = float(apart.sum() / pairs.sum()), 0.0, len(after)
    for axis in (0, 1):
        weight = pairs.sum(axis=1 - axis)
        there = weight > 0
        # a mean over pairs is a mean over items weighted by their pairs
        parts = (apart.sum(axis=1 - axis) - centre * weight)[there] / weight[there].mean()
        count = len(parts)
        error += float((parts**2).sum()) / max(count - 1, 1) / count
        least = min(least, count)
    error = max(error, 2 / (least + 2) ** 2)
    if len(references) > 1:
        areas = [one.sum() / pairs.sum() for one in references]
        error += float(np.var(areas, ddof=1)) / len(references)
    half = _Z * sqrt(error)
    return max(-1.0, centre - half), min(1.0, centre + half)
