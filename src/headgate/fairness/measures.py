"""Measures of decisions, each a ratio of sums of TP, FP, FN and TN, and their gaps between groups.

Reference: Delaney et al. (2024), OxonFair: a flexible toolkit for algorithmic fairness, arXiv 2407.13710, whose
measures are all of this form; names are those of scikit-learn and fairlearn where these have one. A measure of which
the denominator is 0 is unknown (NaN) here, where these two and OxonFair say 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from headgate.errors import UsageError
from headgate.fairness.counts import Counts, Floats
from headgate.plain import plain

Gap = Literal["difference", "ratio", "worst", "largest", "pairs"]

# name -> (numerator, denominator) of a group; of the first twelve the numerator is a part of the denominator's rows
RATES: dict[str, tuple[Callable[[Counts], Floats], Callable[[Counts], Floats]]] = {
    "accuracy": (lambda c: c.tp + c.tn, lambda c: c.sizes),
    "recall": (lambda c: c.tp, lambda c: c.tp + c.fn),
    "false_positive_rate": (lambda c: c.fp, lambda c: c.fp + c.tn),
    "false_negative_rate": (lambda c: c.fn, lambda c: c.tp + c.fn),
    "true_negative_rate": (lambda c: c.tn, lambda c: c.fp + c.tn),
    "precision": (lambda c: c.tp, lambda c: c.tp + c.fp),
    "selection_rate": (lambda c: c.tp + c.fp, lambda c: c.sizes),
    "negative_predictive_value": (lambda c: c.tn, lambda c: c.tn + c.fn),
    "false_discovery_rate": (lambda c: c.fp, lambda c: c.tp + c.fp),
    "false_omission_rate": (lambda c: c.fn, lambda c: c.tn + c.fn),
    "error_rate": (lambda c: c.fp + c.fn, lambda c: c.sizes),
    "base_rate": (lambda c: c.tp + c.fn, lambda c: c.sizes),
    "f1": (lambda c: 2 * c.tp, lambda c: 2 * c.tp + c.fp + c.fn),
    "balanced_accuracy": (
        lambda c: c.tp * (c.fp + c.tn) + c.tn * (c.tp + c.fn),
        lambda c: 2 * (c.tp + c.fn) * (c.fp + c.tn),
    ),
    "minimum_label_accuracy": (
        lambda c: np.minimum(c.tp * (c.fp + c.tn), c.tn * (c.tp + c.fn)),
        lambda c: (c.tp + c.fn) * (c.fp + c.tn),
    ),
    "mcc": (
        lambda c: c.tp * c.tn - c.fp * c.fn,
        lambda c: np.sqrt((c.tp + c.fp) * (c.tp + c.fn) * (c.tn + c.fp) * (c.tn + c.fn)),
    ),
    "conditional_acceptance": (lambda c: c.tp + c.fn, lambda c: c.tp + c.fp),
    "conditional_rejection": (lambda c: c.tn + c.fp, lambda c: c.tn + c.fn),
    "treatment_ratio": (lambda c: c.fn, lambda c: c.fp),
    "error_ratio": (lambda c: c.fp, lambda c: c.fn),
    "generalised_entropy": (
        lambda c: c.sizes * (c.tp + 4 * c.fp + c.tn) - (c.tp + 2 * c.fp + c.tn) ** 2,
        lambda c: 2 * (c.tp + 2 * c.fp + c.tn) ** 2,
    ),
}
SHARES = tuple(RATES)[:12]  # binomial: so many of so many rows
# of which less is better, and its counterpart
COUNTERPARTS = {
    "false_positive_rate": "true_negative_rate", "false_negative_rate": "recall", "false_discovery_rate": "precision",
    "false_omission_rate": "negative_predictive_value", "error_rate": "accuracy",
}  # fmt: skip
UNBOUNDED = ("conditional_acceptance", "conditional_rejection", "treatment_ratio", "error_ratio", "generalised_entropy")


def rate(name: str, counts: Counts) -> Floats:
    """The measure `name` of each group, shape (..., groups); NaN where its denominator is 0. Raises `UsageError`."""
    known(name)
    over, under = (part(counts) for part in RATES[name])
    return _divided(over, under)


def known(name: str) -> None:
    """Raise `UsageError` where there is no measure `name`."""
    if name not in RATES:
        msg = f"no measure {plain(name, 40)!r}. Choose from {', '.join(RATES)}."
        raise UsageError(msg)


def more_is_better(name: str) -> None:
    """Raise `UsageError` where less of the measure `name` is better, or there is none such."""
    known(name)
    if name in COUNTERPARTS:
        msg = f"less {name} is better, and as much as can be would be given. Ask for {COUNTERPARTS[name]}."
        raise UsageError(msg)


def between(values: Floats, gap: Gap = "difference") -> Floats:
    """How far groups are apart over the last axis of `values`.

    "difference" is highest less lowest, "ratio" lowest by highest, "worst" the lowest, "largest" the highest, and
    "pairs" the mean difference of all pairs of groups (as OxonFair has it; of two groups the difference). A group of
    which the measure is unknown (NaN) leaves the gap unknown. Raises `UsageError` for another `gap`.
    """
    if gap not in get_args(Gap):
        msg = f"no gap {plain(gap, 40)!r}. Choose from {', '.join(get_args(Gap))}."
        raise UsageError(msg)
    if gap == "pairs":
        number = values.shape[-1]
        places = 2 * np.arange(number) - number + 1  # how often each of the sorted values is added less taken away
        return np.asarray((np.sort(values, -1) * places).sum(-1) / max(1, number * (number - 1) / 2))
    low, high = values.min(-1), values.max(-1)
    if gap in ("worst", "largest"):
        return np.asarray(low if gap == "worst" else high)
    if gap == "difference":
        return np.asarray(high - low)
    return _divided(low, high)


def to_overall(values: Floats, overall: Floats, gap: Gap = "difference") -> Floats:
    """How far the farthest group is from everybody: as fairlearn's `method="to_overall"`.

    `values` (..., groups) and `overall` (..., 1) are of the same measure. Raises `UsageError` where `gap` is neither
    "difference" nor "ratio".
    """
    if gap == "difference":
        return np.asarray(np.abs(values - overall).max(-1))
    if gap != "ratio":
        msg = f"no gap {plain(gap, 40)!r} to everybody. Choose from difference, ratio."
        raise UsageError(msg)
    one_way = _divided(values, np.broadcast_to(overall, values.shape))
    with np.errstate(divide="ignore"):
        return np.asarray(np.minimum(one_way, 1 / one_way).min(-1))


def _divided(over: Floats, under: Floats) -> Floats:
    found: Floats = np.divide(over, under, out=np.full(np.shape(over), np.nan), where=under > 0)
    return found
