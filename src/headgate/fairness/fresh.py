"""What thresholds come to on fresh rows: whether a constraint holds, and for whom a rate fell against the baseline.

Reference: Mittelstadt, Wachter and Russell (2023), The unfairness of fair machine learning: levelling down and strict
egalitarianism by default, arXiv 2302.02404, for the alarm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.fairness import definitions, margins
from headgate.fairness.bootstrap import ends, posterior, redrawn
from headgate.fairness.constraints import Constraint
from headgate.fairness.counts import Counts, Floats, count
from headgate.fairness.definitions import Definition
from headgate.fairness.measures import rate


@dataclass(frozen=True, slots=True)
class Held:
    """A gap, ratio or worst rate on fresh rows with its interval; `met` is None where the interval settles nothing."""

    value: float | None
    low: float | None
    high: float | None
    met: bool | None
    because: str


@dataclass(frozen=True, slots=True)
class Change:
    """A rate of a group before and after, and the interval of the difference; `fell` None: it may have fallen."""

    group: str
    measure: str
    before: float
    after: float
    low: float
    high: float

    @property
    def fell(self) -> bool | None:
        """True where the whole interval is below 0, None where the estimate alone is, else False."""
        return True if self.high < 0 else None if self.after < self.before else False


def check(asked: Constraint, counts: Counts, *, few: tuple[str, ...] = (), draws: int = 1000, seed: int = 0) -> Held:
    """Whether `asked` holds of `counts` (groups): the whole 95 % interval of `definitions` on one side of the limit.

    Groups with fewer than 30 positives, here or among `few` (of validation), or fewer than 30 rows that a share is of,
    keep it from being met.
    """
    meant = Definition(asked.measures, asked.gap, asked.joined)
    both = definitions.interval(meant, counts, posterior(counts, draws=draws, seed=seed))
    if both is None:
        return Held(None, None, None, None, "the measure is not defined for every group")
    value, small = float(definitions.measured(meant, counts)), sorted({*few, *margins.too_few(counts, asked.measures)})
    met = meant.met(both, asked.limit)
    because = f"{value:.3f} on fresh rows, interval {both[0]:.3f} to {both[1]:.3f}"
    if small:
        because += f"; fewer than {margins.FEWEST} positives, or rows of the measure, in {', '.join(small)}"
    return Held(value, *both, None if met and small else met, because)


def changes(
    labels: npt.ArrayLike, before: npt.ArrayLike, after: npt.ArrayLike, groups: npt.ArrayLike, *,
    measures: tuple[str, ...] = ("recall", "selection_rate"), draws: int = 1000, seed: int = 0,
) -> list[Change]:  # fmt: skip
    """How each of `measures` changed for each group from the decisions `before` to those `after` (n, true or false).

    The interval is of the paired difference: the same rows are drawn for both. A measure that is not defined for a
    group is left out. Raises `UsageError` where lengths differ.
    """
    stood = np.asarray(before).astype(bool)
    # each group twice: those decided no before, then those decided yes
    halves = count(labels, after, np.char.add(np.where(stood, "1", "0"), np.asarray(groups).astype(str)))
    again = redrawn(halves, draws=draws, seed=seed)
    names = tuple(sorted({one[1:] for one in halves.groups}))
    found = []
    for name in measures:
        was, now = (rate(name, one) for one in _both(halves, names))
        were, are = (rate(name, one) for one in _both(again, names))
        for i, group in enumerate(names):
            if np.isfinite(was[i]) and np.isfinite(now[i]):
                low, high = ends(are[:, i] - were[:, i])
                found.append(Change(group, name, float(was[i]), float(now[i]), float(low), float(high)))
    return found


def _both(halves: Counts, names: tuple[str, ...]) -> tuple[Counts, Counts]:
    no, yes = ([_half(halves, sign + one) for one in names] for sign in "01")
    tp, fp, fn, tn = (np.stack([a[i] + b[i] for a, b in zip(no, yes, strict=True)], axis=-1) for i in range(4))
    # a row decided yes before was a true or a false positive, whatever it is now
    was_tp, was_fp = (np.stack([b[i] + b[i + 2] for b in yes], axis=-1) for i in (0, 1))
    was_fn, was_tn = (np.stack([a[i] + a[i + 2] for a in no], axis=-1) for i in (0, 1))
    return Counts(was_tp, was_fp, was_fn, was_tn, names), Counts(tp, fp, fn, tn, names)


def _half(halves: Counts, name: str) -> tuple[Floats, Floats, Floats, Floats]:
    if name not in halves.groups:
        none = np.zeros(np.shape(halves.tp)[:-1])
        return none, none, none, none
    i = halves.groups.index(name)
    return halves.tp[..., i], halves.fp[..., i], halves.fn[..., i], halves.tn[..., i]
