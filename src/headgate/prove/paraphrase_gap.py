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

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.repair.checks import half_width, judged, noise
from headgate.repair.examples import asked, parted
from headgate.repair.shapes import Case, Check, Doubles, Examples, Model
from headgate.repair.splits import open_to

RISKS = ("2.1",)


def prove(case: Case, *, margin: float = 0.1) -> list[Check]:
    """The AUC of forget items against proof queries, by their losses, of the models before, after and retrained.

    `margin` is the distance to the retrained models that is close enough.
    """
    open_to(case.behaviour, "prove")
    out, _ = parted(case.subject.train, case.forget)
    pairs = _pairs(out, case.behaviour.queries)
    models = (case.subject.model, case.after, *case.references)
    losses = [[_losses(case, model, items) for items in (out, case.behaviour.queries)] for model in models]
    wins = [_wins(*both) * pairs for both in losses]
    # inf is a loss: that of an answer with a probability of nothing
    lacking = int(np.isnan([np.concatenate(both) for both in losses]).any(axis=0).sum())
    before, after, *references = (
        None if np.isnan(one).any() else float(one.sum() / pairs.sum()) for one in wins
    )  # fmt: skip
    low, high = _difference(wins[1], wins[2:], pairs) if references and not lacking else (None, None)
    n = int(pairs.any(axis=1).sum()) + int(pairs.any(axis=0).sum())
    within = "" if pairs.all() else ", within groups"
    return [
        Check(
            "paraphrase_gap", "", before, after, _mean(references), low, high, n, margin, judged(low, high, margin),
            f"AUC over {int(pairs.sum())} pairs of an item and a query{within}; 0.5 is no gap"
            + (f"; a model gives no number for {lacking} items" if lacking else ""),
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


def _wins(item: Doubles, query: Doubles) -> Doubles:
    """1 where the forget item (first axis) loses less than the query, 0.5 where as much, NaN where one has no loss."""
    found: Doubles = (item[:, None] < query[None, :]) + 0.5 * (item[:, None] == query[None, :])
    return np.where(np.isnan(item)[:, None] | np.isnan(query)[None, :], np.nan, found)


def _mean(areas: list[float | None]) -> float | None:
    known = [one for one in areas if one is not None]
    return float(np.mean(known)) if known and len(known) == len(areas) else None


def _losses(case: Case, model: Model, items: Examples) -> Doubles:
    """The loss of each item, of a language model that of a token of its answer."""
    return case.subject.adapter.losses(model, items) / asked(items)


def _difference(after: Doubles, references: list[Doubles], pairs: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """DeLong's interval of the AUC of `after` less the references' mean; no narrower than the interval of as many items
    of which two differ, one each way. Where there are several references, how far they differ beyond what so few items
    explain widens it, by Student's t for their number.
    """
    apart = after - np.mean(references, axis=0)
    areas = [float(one.sum() / pairs.sum()) for one in references]
    error, own, least = 0.0, 0.0, len(after)
    for axis in (0, 1):
        parts = _parts(apart, pairs, axis)
        error += float((parts**2).sum()) / max(len(parts) - 1, 1) / len(parts)
        own += noise([_parts(one, pairs, axis) for one in references])
        least = min(least, len(parts))
    centre, half = float(apart.sum() / pairs.sum()), half_width(max(error, 2 / (least + 2) ** 2), areas, own)
    return max(-1.0, centre - half), min(1.0, centre + half)


def _parts(values: Doubles, pairs: npt.NDArray[np.bool_], axis: int) -> Doubles:
    """How far each item along `axis` that has a pair lies from the mean over all pairs, weighted by its pairs."""
    weight = pairs.sum(axis=1 - axis)
    there = weight > 0
    found: Doubles = (values.sum(axis=1 - axis) - values.sum() / pairs.sum() * weight)[there] / weight[there].mean()
    return found
