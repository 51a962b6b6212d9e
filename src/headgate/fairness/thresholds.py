"""A threshold for each group that meets a constraint on validation rows while an objective is as large as can be.

Decisions are deterministic: of two cases of one group with the same score both are decided alike. Given the group of a
case, a threshold is looked up; where no group may be asked for, the group that a model infers decides which, and the
constraint is still measured between the true groups.

Reference: Delaney et al. (2024), OxonFair, arXiv 2407.13710.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.fairness import constraints, margins
from headgate.fairness.constraints import Constraint, Objective
from headgate.fairness.counts import Counts, Floats, count
from headgate.fairness.cuts import Flags, Ints, Part, at_baseline, checked, parts, total
from headgate.fairness.frontier import MOST, Frontier, frontier
from headgate.fairness.measures import RATES, SHARES
from headgate.plain import plain

_FEW_PARTS = 2  # of which every combination is looked at
_CUTS = 180  # of a part where there are more
_SHARES = (0.5, 1.0, 3.0, 10.0)  # of the bound, at which more than two parts are searched


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds `at` (parts) and what they come to on the validation rows: `excess` over `asked`, `value` of `aim`.

    `bound` is the excess that was fitted, margin included. `frontier` has what else could be had: its `chosen` are
    rows of `frontier_at` (points, parts). `few` are groups with fewer than 30 positives on validation, or fewer than
    30 rows that a share of the constraint is of; `left_out` those of them that nothing was fitted to, as no threshold
    brings those rows to 30: `excess` and `value` are of the others.
    """

    parts: tuple[str, ...]
    at: Floats
    asked: Constraint
    aim: Objective
    baseline: float
    inferred: bool
    bound: float
    excess: float
    value: float
    few: tuple[str, ...]
    left_out: tuple[str, ...]
    frontier: Frontier
    frontier_at: Floats

    @property
    def reached(self) -> bool:
        """Whether the constraint holds on the validation rows; on fresh ones that is another question."""
        return self.excess <= self.asked.bound + 1e-12

    @property
    def with_margin(self) -> bool:
        """Whether it holds there with the margin."""
        return self.excess <= self.bound + 1e-12


def fit(
    scores: npt.ArrayLike, labels: npt.ArrayLike, groups: npt.ArrayLike, asked: str | Constraint, *,
    aim: str | Objective = "accuracy", margin: float = 0.95, fresh: float = 1.0, baseline: float = 0.5,
    inferred: npt.ArrayLike | None = None,
) -> Thresholds:  # fmt: skip
    """Thresholds that meet `asked` on validation rows: `scores` (n), `labels` (n, 0 or 1), `groups` (n, any values).

    With two groups the best over every combination of up to 250 cut points each; with more, of up to 180 each by
    coordinate descent. A group of which the constraint can hardly be measured is left out, and stays at the baseline,
    where two others are there: else all would follow the noise of a few rows. `margin` is the probability with which
    it shall hold on fresh rows, of which there are `fresh` for each validation row; 0.5 is none. `baseline` is today's
    threshold. `inferred` (n) is the group that a model gives: then that decides the threshold, and `groups` what is
    measured. Raises `UsageError`.
    """
    want, best = constraints.constraint(asked), constraints.objective(aim)
    s, y, (true, member) = checked(scores, labels, groups, groups if inferred is None else inferred)
    if len(np.unique(true)) < 2:
        msg = "all rows are of one group, so there is no gap. Give rows of two groups or more."
        raise UsageError(msg)
    left_out = _hardly_measured(want, y, true)
    kept = ~np.isin(true, left_out)
    given = _parts(s[kept], y[kept], true[kept], member[kept], baseline)
    start = at_baseline(given, baseline)
    found = frontier(given, want, best, [want.bound * one for one in _SHARES], start)
    if not len(found.excess):
        msg = f"{want} or {best} is not defined at any threshold. Some group lacks the labels it is made of."
        raise UsageError(msg)
    just = total(given, found.chosen[found.best(want.bound)])
    bound = margins.tightened(want, just, margin, fresh=fresh)
    point = found.best(bound)
    names = tuple(one.name for one in given)
    others = tuple(sorted(set(member.tolist()) - set(names)))
    every = _at(given, found.chosen)
    every = np.hstack((every, np.full((len(every), len(others)), baseline)))
    return Thresholds(
        parts=names + others,
        at=every[point],
        asked=want,
        aim=best,
        baseline=baseline,
        inferred=inferred is not None,
        bound=bound,
        excess=float(found.excess[point]),
        value=float(found.value[point]),
        few=tuple(sorted({*left_out, *margins.too_few(just, want.measures)})),
        left_out=left_out,
        frontier=found,
        frontier_at=every,
    )


def decide(scores: npt.ArrayLike, members: npt.ArrayLike, parts_: tuple[str, ...], at: Floats) -> Flags:
    """Whether each of `scores` (n) reaches the threshold of its member of `parts_`. Raises `UsageError` for others."""
    s, member = np.asarray(scores, dtype=np.float64), np.asarray(members).astype(str)
    if len(s) != len(member):
        msg = f"{len(s)} scores and {len(member)} groups do not fit. Give one group for each score."
        raise UsageError(msg)
    if not np.isfinite(s).all():
        msg = f"score {int((~np.isfinite(s)).argmax())} is no finite number. Leave out rows without a score."
        raise UsageError(msg)
    names, which = np.unique(member, return_inverse=True)
    strange = [one for one in names.tolist() if one not in parts_]
    if strange:
        msg = f"the group {plain(strange[0], 40)!r} has no threshold: it was not in the validation rows. Fit with it."
        raise UsageError(msg)
    each = np.array([at[parts_.index(one)] for one in names.tolist()])
    return np.asarray(s >= each[which])


def _hardly_measured(asked: Constraint, y: Flags, true: npt.NDArray[np.str_]) -> tuple[str, ...]:
    """The groups with fewer rows than `margins.FEWEST` that a share of `asked` is of, whatever the thresholds are."""
    nobody, everybody = (count(y, np.full(len(y), one), true) for one in (False, True))
    few = {
        group
        for name in asked.measures
        for group, *rows in zip(nobody.groups, *(_rows_of(name, one) for one in (nobody, everybody)), strict=True)
        if max(rows) < margins.FEWEST
    }
    return tuple(sorted(few)) if len(nobody.groups) - len(few) > 1 else ()


def _rows_of(name: str, counts: Counts) -> Floats:
    return np.asarray(RATES[name][1](counts) if name in SHARES else counts.positives)


def _parts(
    s: Floats, y: Flags, true: npt.NDArray[np.str_], member: npt.NDArray[np.str_], baseline: float
) -> tuple[Part, ...]:
    number = len(np.unique(member))
    most = int(MOST ** (1 / number)) - 4 if number <= _FEW_PARTS else _CUTS
    return parts(s, y, true, member, most=most, baseline=baseline)


def _at(given: tuple[Part, ...], chosen: Ints) -> Floats:
    return np.stack([part.at[chosen[..., i]] for i, part in enumerate(given)], axis=-1)
