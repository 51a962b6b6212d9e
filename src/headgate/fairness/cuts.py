"""Cut points of scores and the counts that follow from each: cumulative sums over sorted scores, no loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.fairness.counts import Counts, Floats

Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that share one threshold: `at` (cuts) from high to low, decided yes from there on, `counts` (cuts, groups).

    A part is a group, or those whom a model takes for a group; `groups` of the counts are always the true ones.
    """

    name: str
    at: Floats
    counts: Counts

    def kept(self, cuts: Flags | Ints) -> Part:
        """The same with some of the cuts only."""
        c = self.counts
        return Part(self.name, self.at[cuts], Counts(c.tp[cuts], c.fp[cuts], c.fn[cuts], c.tn[cuts], c.groups))


def parts(
    scores: Floats, labels: Flags, groups: npt.NDArray[np.str_], members: npt.NDArray[np.str_], *,
    most: int, baseline: float,
) -> tuple[Part, ...]:  # fmt: skip
    """A part for each value of `members` (n), with at most `most` cuts at even quantiles; `baseline` is always one.

    `scores` (n, finite), `labels` (n), `groups` (n) the true group. Cuts lie half way between neighbouring scores, so
    that fresh scores that equal none fall to the nearer side; the first cut selects nobody, the last everybody.
    Raises `UsageError` for a baseline that is no number.
    """
    if np.isnan(baseline):
        msg = "a baseline of nan is no threshold. Give the score from which on the answer is yes today."
        raise UsageError(msg)
    names, group = np.unique(groups, return_inverse=True)
    width = len(names)
    return tuple(
        _part(str(one), scores[inside], labels[inside], group[inside], tuple(names.tolist()), width, most, baseline)
        for one in np.unique(members)
        for inside in (members == one,)
    )


def total(given: Sequence[Part], chosen: Ints) -> Counts:
    """Counts of everybody, shape (..., groups), where part i is cut at its cut `chosen[..., i]`."""
    tp, fp, fn, tn = (
        sum((getattr(part.counts, cell)[chosen[..., i]] for i, part in enumerate(given)), np.zeros(1))
        for cell in ("tp", "fp", "fn", "tn")
    )
    return Counts(tp, fp, fn, tn, given[0].counts.groups)


def product(given: Sequence[Part]) -> Counts:
    """Counts of every combination of cuts, shape (cuts of the first part * cuts of the second * ..., groups)."""

    def every(cell: str) -> Floats:
        summed: Floats = getattr(given[0].counts, cell).T
        for part in given[1:]:
            more = getattr(part.counts, cell).T
            summed = (summed[:, :, None] + more[:, None, :]).reshape(len(more), -1)
        return summed.T  # groups lie apart in memory: sums over them are then of whole rows

    return Counts(every("tp"), every("fp"), every("fn"), every("tn"), given[0].counts.groups)


def one_moved(given: Sequence[Part], i: int, chosen: Ints) -> Counts:
    """Counts, shape (states, cuts, groups), of `chosen` (states, parts) with part `i` at each of its cuts instead."""
    whole, own = total(given, chosen), given[i].counts

    def each(cell: str) -> Floats:
        mine: Floats = getattr(own, cell)
        rest: Floats = getattr(whole, cell) - mine[chosen[:, i]]
        return np.moveaxis(rest.T[:, :, None] + mine.T[:, None, :], 0, -1)

    return Counts(each("tp"), each("fp"), each("fn"), each("tn"), own.groups)


def at_baseline(given: Sequence[Part], baseline: float) -> Ints:
    """The cut of each part that is the threshold `baseline`."""
    return np.array([int((part.at == baseline).argmax()) for part in given], dtype=np.intp)


def checked(
    scores: npt.ArrayLike, labels: npt.ArrayLike, *names: npt.ArrayLike
) -> tuple[Floats, Flags, tuple[npt.NDArray[np.str_], ...]]:
    """`scores`, `labels` and `names` as arrays of one length. Raises `UsageError` where they are not, or NaN stands."""
    s, y = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    words = tuple(np.asarray(one).astype(str) for one in names)
    if s.ndim != 1 or not len(s) or any(len(one) != len(s) for one in (y, *words)):
        lengths = ", ".join(str(len(one)) for one in (s, y, *words))
        msg = f"scores, labels and groups of lengths {lengths} do not fit. Give as many of each, at least one."
        raise UsageError(msg)
    if not np.isfinite(s).all():
        msg = f"score {int((~np.isfinite(s)).argmax())} is no finite number. Leave out rows without a score."
        raise UsageError(msg)
    yes = _yes(y)
    if yes.all() or not yes.any():
        msg = "all labels are the same, so no threshold is better than another. Give rows of both."
        raise UsageError(msg)
    return s, yes, words


def _yes(labels: npt.NDArray[np.generic]) -> Flags:
    found = np.asarray(labels == 1)
    if not (found | np.asarray(labels == 0)).all():
        msg = "a label is neither 0 nor 1. Give 1 for yes and 0 for no."
        raise UsageError(msg)
    return found


def _part(
    name: str, scores: Floats, labels: Flags, group: Ints, names: tuple[str, ...], width: int, most: int,
    baseline: float,
) -> Part:  # fmt: skip
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    ends = np.append(np.flatnonzero(np.diff(falling)) + 1, len(falling))  # rows selected at each distinct score
    if len(ends) > most:
        ends = ends[np.unique(np.searchsorted(ends, np.linspace(ends[0], ends[-1], most)))]
    between = (falling[ends[:-1] - 1] + falling[ends[:-1]]) / 2
    # half way between two neighbouring numbers may be the higher one itself, never below the lower
    at = np.unique(np.concatenate(([np.inf, -np.inf, baseline], between)))[::-1]
    selected = np.searchsorted(-falling, -at, side="right")
    hot = np.zeros((len(scores) + 1, 2, width))
    hot[np.arange(1, len(scores) + 1), labels[order].astype(int), group[order]] = 1
    summed = np.cumsum(hot, axis=0)
    chosen, every = summed[selected], summed[-1]
    fp, tp = chosen[:, 0], chosen[:, 1]
    return Part(name, at, Counts(tp, fp, every[1] - tp, every[0] - fp, names))
