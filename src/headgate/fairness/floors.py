"""Levelling up: thresholds at which every group has a least rate, and nobody a lower one than at the baseline.

Reference: Mittelstadt, Wachter and Russell (2023), The unfairness of fair machine learning, arXiv 2302.02404.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.fairness import constraints, margins
from headgate.fairness.constraints import Constraint, Objective
from headgate.fairness.counts import Counts, Floats
from headgate.fairness.cuts import Flags, Ints, Part, at_baseline, checked, parts, total
from headgate.fairness.frontier import frontier
from headgate.fairness.measures import more_is_better, rate
from headgate.fairness.names import rate_name

_CUTS = 400


@dataclass(frozen=True, slots=True)
class LevelledUp:
    """Thresholds `at` (groups), each group's rate before and after on validation, and the objective before and after.

    `binding` is the group that has no threshold as asked: then `at` is the baseline, nothing was changed, `surest` is
    the highest rate that it can be given with the margin and `most` without.
    """

    groups: tuple[str, ...]
    at: Floats
    measure: str
    least: float
    before: Floats
    after: Floats
    values: tuple[float, float]
    few: tuple[str, ...]
    binding: str | None = None
    surest: float | None = None
    most: float | None = None


def fit(
    scores: npt.ArrayLike, labels: npt.ArrayLike, groups: npt.ArrayLike, *, measure: str = "recall",
    least: float = 0.75, aim: str | Objective = "accuracy", margin: float = 0.95, fresh: float = 1.0,
    baseline: float = 0.5,
) -> LevelledUp:  # fmt: skip
    """Thresholds with `measure` of every group at least `least` and at least what it is at `baseline`, the least loss.

    `scores` (n), `labels` (n, 0 or 1), `groups` (n). `aim` is made as large as that allows; among equals the nearest
    to the baseline wins. `margin` is the probability with which the floor shall hold in all groups together on fresh
    rows, of which there are `fresh` for each of these; 0.5 is none. Raises `UsageError`.
    """
    measure = rate_name(measure)
    more_is_better(measure)
    want, best = Constraint((measure,), "worst", least), constraints.objective(aim)
    s, y, (true,) = checked(scores, labels, groups)
    given = parts(s, y, true, true, most=_CUTS, baseline=baseline)
    start = at_baseline(given, baseline)
    before = _own(measure, given, start)
    few = margins.too_few(total(given, start))
    z = margins.errors_away(margin, len(given)) * np.sqrt(1 + 1 / fresh)
    names, unchanged = tuple(one.name for one in given), np.full(len(given), baseline)
    value = float(best.value(total(given, start)))
    kept: list[Part] = []
    for i, part in enumerate(given):
        rates = _rates(measure, part, i)
        sure = rates - z * _errors(measure, part, i)
        allowed = (sure >= least - 1e-12) & _no_worse(part, rates, int(start[i]))
        if not allowed.any():
            return LevelledUp(
                names, unchanged, measure, least, before, before, (value, value), few,
                binding=part.name, surest=_highest(sure), most=_highest(rates),
            )  # fmt: skip
        kept.append(part.kept(np.flatnonzero(allowed)))
    chosen = _least_loss(kept, want, best, baseline)
    at = np.array([part.at[one] for part, one in zip(kept, chosen, strict=True)])
    counts = total(kept, chosen)
    return LevelledUp(names, at, measure, least, before, rate(measure, counts), (value, float(best.value(counts))), few)


def _least_loss(kept: list[Part], want: Constraint, best: Objective, baseline: float) -> Ints:
    """Cuts of the highest objective; every cut that is left meets the floor, so no bound is needed."""
    near = np.array([int(np.abs(_ranks(part, baseline)).argmin()) for part in kept], dtype=np.intp)
    found = frontier(kept, want, best, [2.0], near)
    if not len(found.excess):
        msg = f"{best} is not defined at any threshold that meets the floor. Choose another objective."
        raise UsageError(msg)
    return np.asarray(found.chosen[-1])


def _ranks(part: Part, baseline: float) -> Floats:
    """How many cuts lie between each cut and the baseline."""
    return np.asarray(np.arange(len(part.at)) - (part.at >= baseline).sum() + 0.5)


def _no_worse(part: Part, rates: Floats, start: int) -> Flags:
    """The cuts at which nobody is worse off than at the cut `start`.

    A rate that only rises (or only falls) as the threshold falls is protected on fresh rows too by going one way only:
    a higher threshold that happens to lose no positive here would lose some there.
    """
    no_lower: Flags = rates >= (-np.inf if np.isnan(rates[start]) else rates[start])
    places, steps = np.arange(len(part.at)), np.diff(rates)
    if (steps >= 0).all():
        no_lower &= places >= start
    elif (steps <= 0).all():
        no_lower &= places <= start
    return no_lower


def _highest(values: Floats) -> float | None:
    return float(np.nanmax(values)) if np.isfinite(values).any() else None


def _own(measure: str, given: tuple[Part, ...], chosen: Ints) -> Floats:
    return np.array([_rates(measure, part, i)[one] for i, (part, one) in enumerate(zip(given, chosen, strict=True))])


def _rates(measure: str, part: Part, group: int) -> Floats:
    return np.asarray(rate(measure, part.counts)[:, group])


def _errors(measure: str, part: Part, group: int) -> Floats:
    c = part.counts
    one = slice(group, group + 1)
    alone = Counts(c.tp[:, one], c.fp[:, one], c.fn[:, one], c.tn[:, one], c.groups[one])
    return np.asarray(margins.standard_error(measure, alone)[:, 0])
