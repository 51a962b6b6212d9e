"""Definitions of group fairness as gaps of rates: those of two reviews, with the interval of each.

A review's definition says that rates are equal; what is measured is how far they are from that. Reference: Verma and
Rubin (2018), Fairness definitions explained, sections 3.1 and 3.2; Das et al. (2021), Fairness measures for machine
learning in finance (the measures of SageMaker Clarify after training), as OxonFair lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from headgate.fairness import bootstrap, measures
from headgate.fairness.counts import Counts, Floats
from headgate.fairness.measures import Gap


@dataclass(frozen=True, slots=True)
class Definition:
    """How far groups are apart in `rates`, by `gap`; of several rates the worst, or their mean."""

    rates: tuple[str, ...]
    gap: Gap = "difference"
    joined: Literal["worst", "mean"] = "worst"

    @property
    def at_most(self) -> bool:
        """Whether less is fairer, so that a limit is the most; of a ratio and of the worst group it is the least."""
        return self.gap not in ("ratio", "worst")

    def met(self, ends: tuple[float, float] | None, limit: float) -> bool | None:
        """Whether `limit` is kept by both `ends` of an interval: None where it lies between them or there is none."""
        if ends is None:
            return None
        inner, outer = ends if not self.at_most else (-ends[1], -ends[0])
        bound = -limit if self.at_most else limit
        return True if inner >= bound else False if outer < bound else None


DEFINITIONS: Mapping[str, Definition] = {
    "demographic_parity": Definition(("selection_rate",)),
    "disparate_impact": Definition(("selection_rate",), "ratio"),
    "equal_opportunity": Definition(("recall",)),
    "predictive_equality": Definition(("false_positive_rate",)),
    "predictive_parity": Definition(("precision",)),
    "equalized_odds": Definition(("recall", "false_positive_rate")),
    "equalized_odds_mean": Definition(("recall", "false_positive_rate"), joined="mean"),
    "equalized_odds_ratio": Definition(("recall", "false_positive_rate"), "ratio"),
    "conditional_use_accuracy": Definition(("precision", "negative_predictive_value")),
    "conditional_use_accuracy_mean": Definition(("precision", "negative_predictive_value"), joined="mean"),
    "overall_accuracy_equality": Definition(("accuracy",)),
    "treatment_equality": Definition(("treatment_ratio",)),
}
# The nine of Verma and Rubin that look at decisions; the other eleven look at scores, causes or similar people.
VERMA_RUBIN: Mapping[str, str] = {
    "group fairness (statistical parity)": "demographic_parity",
    "conditional statistical parity": "demographic_parity",  # of counts that `strata.standardised` made
    "predictive parity": "predictive_parity",
    "false positive error rate balance (predictive equality)": "predictive_equality",
    "false negative error rate balance (equal opportunity)": "equal_opportunity",
    "equalised odds": "equalized_odds",
    "conditional use accuracy equality": "conditional_use_accuracy",
    "overall accuracy equality": "overall_accuracy_equality",
    "treatment equality": "treatment_equality",
}
# The ten of SageMaker Clarify that OxonFair supports, by Clarify's abbreviation.
CLARIFY: Mapping[str, Definition] = {
    "DPPL": DEFINITIONS["demographic_parity"],
    "DI": DEFINITIONS["disparate_impact"],
    "DCAcc": Definition(("conditional_acceptance",)),
    "DCR": Definition(("conditional_rejection",)),
    "AD": DEFINITIONS["overall_accuracy_equality"],
    "RD": DEFINITIONS["equal_opportunity"],
    "DAR": DEFINITIONS["predictive_parity"],
    "SD": Definition(("true_negative_rate",)),
    "DRR": Definition(("negative_predictive_value",)),
    "TE": DEFINITIONS["treatment_equality"],  # codespell:ignore
}


def rates(definition: Definition, counts: Counts) -> Floats:
    """The rates of each group, shape (..., rates, groups)."""
    return np.stack([measures.rate(name, counts) for name in definition.rates], axis=-2)


def measured(definition: Definition, counts: Counts, overall: Counts | None = None) -> Floats:
    """How far the groups of `counts` are apart, shape (...); where `overall` is given, how far they are from that.

    NaN where a rate of a group is not defined.
    """
    everybody = None if overall is None else rates(definition, overall)
    return _gap(definition, rates(definition, counts), everybody)


def interval(definition: Definition, counts: Counts, again: Counts) -> tuple[float, float] | None:
    """Both ends of the interval of `measured`, where `again` are draws of `bootstrap.posterior`; None if unknown."""
    values, drawn = rates(definition, counts), rates(definition, again)
    bounded = definition.gap == "ratio" or set(definition.rates) <= set(measures.SHARES)
    if np.isnan(values).any():
        return None
    if definition.gap in ("difference", "pairs"):
        low, high = bootstrap.gap_ends(values, drawn, lambda one: _gap(definition, one))
        return low, min(1.0, high) if bounded else high
    found = float(_gap(definition, values))
    low, high = (float(one) for one in bootstrap.ends(_gap(definition, drawn)))
    if definition.gap == "largest":  # the highest of several draws lies above the highest: as far to the other side
        return min(low, max(0.0, 2 * found - high)), max(high, found)
    if definition.gap == "ratio" and definition.joined == "worst" and (values > 0).all():  # of logs a difference
        least, most = bootstrap.gap_ends(np.log(values), np.log(drawn), lambda one: measures.between(one).max(-1))
        return min(float(np.exp(-most)), found), float(np.exp(-least))
    return min(low, found), min(1.0 if bounded else np.inf, max(high, 2 * found - low))


def _gap(definition: Definition, values: Floats, everybody: Floats | None = None) -> Floats:
    parts = (
        measures.between(values, definition.gap)
        if everybody is None
        else measures.to_overall(values, everybody, definition.gap)
    )
    if definition.joined == "mean":
        return np.asarray(parts.mean(-1))
    return np.asarray(parts.max(-1) if definition.at_most else parts.min(-1))
