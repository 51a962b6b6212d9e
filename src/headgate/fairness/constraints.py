"""What may be asked of decisions between groups, as written: "demographic_parity<=0.02", "recall ratio>=0.8".

Reference: Delaney et al. (2024), OxonFair, arXiv 2407.13710: any measure made of TP, FP, FN and TN of the groups.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from headgate.errors import UsageError
from headgate.fairness.counts import Counts, Floats
from headgate.fairness.measures import UNBOUNDED, Gap, between, known, more_is_better, rate
from headgate.fairness.names import definition, rate_name
from headgate.plain import plain

_GAPS: tuple[Gap, ...] = ("difference", "pairs", "ratio", "worst", "largest")
_FROM_BELOW = ("ratio", "worst")
_FORM = re.compile(
    r"\s*([A-Za-z][A-Za-z0-9_.]*)(?:\s+(difference|pairs|ratio|worst|largest))?\s*(<=|>=)\s*([0-9]*\.?[0-9]+)\s*"
)
_SAYS = "Write it like demographic_parity<=0.02, recall ratio>=0.8 or recall>=0.75"


@dataclass(frozen=True, slots=True)
class Constraint:
    """`gap` of every one of `measures` at most `limit`, or at least where it is a ratio or the worst group's rate."""

    measures: tuple[str, ...]
    gap: Gap = "difference"
    limit: float = 0.02
    name: str = ""
    joined: Literal["worst", "mean"] = "worst"  # of several measures

    def __post_init__(self) -> None:
        """Raise `UsageError` for a measure or a gap that is not known, or a limit that no gap of it can have."""
        for one in self.measures:
            known(one)
        wide = self.gap not in _FROM_BELOW and any(one in UNBOUNDED for one in self.measures)
        if self.gap not in _GAPS or not 0 <= self.limit <= (np.inf if wide else 1):
            msg = f"no constraint of {plain(self.gap, 40)!r} with limit {self.limit:g}. {_SAYS}, from 0 to 1."
            raise UsageError(msg)

    def __str__(self) -> str:
        """As it is written."""
        name = self.name or " and ".join(self.measures)
        end = f">={self.limit:g}" if self.gap in _FROM_BELOW else f"<={self.limit:g}"
        return f"{name} {self.gap}{end}"

    @property
    def bound(self) -> float:
        """The largest excess that is let pass."""
        return 1 - self.limit if self.gap in _FROM_BELOW else self.limit

    def native(self, excess: float) -> float:
        """An excess in the unit of the limit: the difference, the ratio, or the rate of a group."""
        return 1 - excess if self.gap in _FROM_BELOW else excess

    def excess(self, counts: Counts) -> Floats:
        """The gap, or 1 - the gap where that is limited from below: the largest of the measures, or their mean.

        `counts` (..., groups); gives (...). NaN where a group's measure is not defined.
        """
        # groups apart in memory, as columns: over rows of two or three numpy reduces ten times slower
        found = [between(np.asfortranarray(rate(one, counts)), self.gap) for one in self.measures]
        each = np.stack([1 - one if self.gap in _FROM_BELOW else one for one in found])
        return np.asarray(each.max(0) if self.joined == "worst" else each.mean(0))


@dataclass(frozen=True, slots=True)
class Objective:
    """What is made as large as can be: `measure` over everybody, or of the worst group."""

    measure: str = "accuracy"
    worst: bool = False

    def __post_init__(self) -> None:
        """Raise `UsageError` for a measure that is not known, or of which less is better."""
        more_is_better(self.measure)

    def __str__(self) -> str:
        """As it is written."""
        return f"worst {self.measure}" if self.worst else self.measure

    def value(self, counts: Counts) -> Floats:
        """The objective of `counts` (..., groups), shape (...); NaN where it is not defined."""
        if self.worst:
            return between(rate(self.measure, counts), "worst")
        return np.asarray(rate(self.measure, counts.all)[..., 0])


def constraint(text: str | Constraint) -> Constraint:
    """The constraint written in `text`: a measure or a definition, a gap if another than usual, <= or >=, a limit.

    Names are those of `names.definition`, fairlearn's and OxonFair's included. "difference", "pairs" (its mean over
    pairs) and "largest" (the highest rate) are limited from above, "ratio" and "worst" (the lowest rate) from below;
    without such a word the name's own gap is meant, and for a difference >= means the lowest rate. Raises `UsageError`.
    """
    if isinstance(text, Constraint):
        return text
    found = _FORM.fullmatch(text)
    if found is None:
        msg = f"cannot read the constraint {plain(text, 60)!r}. {_SAYS}."
        raise UsageError(msg)
    name, gap, sign, limit = found.groups()
    meant = definition(name)
    usual = "worst" if meant.gap == "difference" and sign == ">=" else meant.gap
    chosen = next(one for one in _GAPS if one == (gap or usual))
    if (sign == ">=") != (chosen in _FROM_BELOW):
        msg = f"a {chosen} is not limited by {sign} in {plain(text, 60)!r}. {_SAYS}."
        raise UsageError(msg)
    return Constraint(meant.rates, chosen, float(limit), name, meant.joined)


def objective(text: str | Objective) -> Objective:
    """The objective written in `text`: a measure over everybody, or "worst" and a measure. Raises `UsageError`."""
    if isinstance(text, Objective):
        return text
    first, _, rest = text.strip().partition(" ")
    worst = first == "worst"
    return Objective(rate_name(rest.strip() if worst else text.strip()), worst=worst)
