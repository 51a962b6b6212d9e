"""True and false positives and negatives of each group: all that a measure of decisions between groups needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.plain import plain

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]
CROSSED = " & "  # between the values of several columns that make one group


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of the four outcomes by group: `tp`, `fp`, `fn`, `tn` of shape (..., groups).

    Leading axes are thresholds or draws of a bootstrap, so that every measure works on all of them at once.
    """

    tp: Floats
    fp: Floats
    fn: Floats
    tn: Floats
    groups: tuple[str, ...]

    @property
    def all(self) -> Counts:
        """The same over everybody: one group called "all"."""
        tp, fp, fn, tn = (one.sum(-1, keepdims=True) for one in (self.tp, self.fp, self.fn, self.tn))
        return Counts(tp, fp, fn, tn, ("all",))

    @property
    def sizes(self) -> Floats:
        """Rows of each group, shape (..., groups)."""
        return np.asarray(self.tp + self.fp + self.fn + self.tn)

    @property
    def positives(self) -> Floats:
        """Rows of each group of which the label is true, shape (..., groups)."""
        return np.asarray(self.tp + self.fn)

    @property
    def table(self) -> Floats:
        """All four, shape (4, ..., groups), in the order tp, fp, fn, tn."""
        return np.stack((self.tp, self.fp, self.fn, self.tn))

    def of(self, kept: npt.NDArray[np.bool_]) -> Counts:
        """The groups that `kept` (groups) marks."""
        names = tuple(name for name, keep in zip(self.groups, kept, strict=True) if keep)
        tp, fp, fn, tn = self.table[..., kept]
        return Counts(tp, fp, fn, tn, names)


def count(
    labels: npt.ArrayLike, predicted: npt.ArrayLike, groups: npt.ArrayLike, *, weights: npt.ArrayLike | None = None
) -> Counts:
    """Counts by group of `labels` and `predicted` (n, true or false) in `groups` (n, any values), sorted by group.

    `weights` (n, 0 or more) counts a row more or less than once. Raises `UsageError` where lengths differ, nothing
    is given, a label or prediction is neither 0 nor 1, or a weight is below 0 or no number.
    """
    y, d, g = (np.asarray(one) for one in (labels, predicted, groups))
    if not (len(y) == len(d) == len(g)) or not len(y):
        msg = (
            f"{len(y)} labels, {len(d)} predictions and {len(g)} groups do not fit. Give as many of each, at least one."
        )
        raise UsageError(msg)
    names, member = np.unique(g.astype(str), return_inverse=True)
    cell = member * 4 + 2 * _flags(y, "label") + _flags(d, "prediction")
    table = np.bincount(cell, _weights(weights, len(y)), minlength=4 * len(names)).reshape(-1, 4).astype(np.float64)
    tn, fp, fn, tp = table.T
    return Counts(tp, fp, fn, tn, tuple(names.tolist()))


def crossed(columns: Sequence[npt.ArrayLike]) -> Words:
    """One group of each combination of the values of several `columns` (each n), such as "Female & Black".

    Raises `UsageError` where there is none, or where lengths differ.
    """
    words = [np.asarray(one).astype(str) for one in columns]
    if not words or len({len(one) for one in words}) > 1:
        msg = (
            f"{len(words)} columns of {sorted({len(one) for one in words})} rows make no groups. Give them equal rows."
        )
        raise UsageError(msg)
    made = words[0]
    for one in words[1:]:
        made = np.char.add(np.char.add(made, CROSSED), one)
    return made


def _flags(given: npt.NDArray[np.generic], what: str) -> npt.NDArray[np.int64]:
    try:
        numbers = given.astype(np.float64)
    except (TypeError, ValueError):
        numbers = np.full(given.shape, np.nan)
    wrong = (numbers != 0) & (numbers != 1)  # NaN is neither
    if given.ndim != 1 or wrong.any():
        value = plain(given[wrong][0] if wrong.any() else given.shape, 40)
        msg = f"a {what} of {value} is neither 0 nor 1. Say which value counts, such as column == 'yes'."
        raise UsageError(msg)
    return numbers.astype(np.int64)


def _weights(given: npt.ArrayLike | None, rows: int) -> Floats | None:
    if given is None:
        return None
    weights = np.asarray(given, dtype=np.float64)
    if weights.shape != (rows,) or not (weights >= 0).all() or not np.isfinite(weights).all():
        msg = f"weights of shape {weights.shape} for {rows} rows: give one number for each row, 0 or more."
        raise UsageError(msg)
    return weights
