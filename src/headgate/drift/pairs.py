"""What a judge flagged of each prompt in base and variant, and what people said of some of the same completions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.drift.completions import WHOLE, Completions
from headgate.errors import BadInput, UsageError
from headgate.plain import plain

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Side:
    """Of one model and each prompt (n): completions flagged, completions judged (at least 1), and the labelled ones.

    `said` (n, 4) counts completions that people labelled: positive and flagged, positive and not, negative and flagged,
    negative and not; None where no labels were given.
    """

    flagged: Ints
    judged: Ints
    said: Ints | None = None

    @property
    def shares(self) -> Floats:
        """The share of each prompt's completions that is flagged (n)."""
        return self.flagged / self.judged

    def at(self, where: npt.NDArray[np.bool_]) -> Side:
        """The same of the prompts in `where` (n)."""
        return Side(self.flagged[where], self.judged[where], None if self.said is None else self.said[where])


@dataclass(frozen=True, slots=True)
class Pairs:
    """Base and variant on the same prompts, and the subset of each prompt (n)."""

    base: Side
    variant: Side
    subsets: Words

    def at(self, where: npt.NDArray[np.bool_]) -> Pairs:
        """The same of the prompts in `where` (n)."""
        return Pairs(self.base.at(where), self.variant.at(where), self.subsets[where])


def from_arrays(
    base_flags: npt.ArrayLike, variant_flags: npt.ArrayLike, subsets: npt.ArrayLike | None = None, *,
    base_labels: npt.ArrayLike | None = None, variant_labels: npt.ArrayLike | None = None,
) -> Pairs:  # fmt: skip
    """Pairs of flags (prompts,) or (prompts, samples): 1 flagged, 0 not, NaN not judged; `subsets` (prompts,).

    Labels are what people said of the same completions, in the same shape, NaN where nobody looked; both models have
    some, or none. The models may have different numbers of samples. A prompt of which a model has no judged completion
    is left out. Raises `UsageError` for shapes that do not fit and values that are neither.
    """
    if (base_labels is None) != (variant_labels is None):
        msg = "labels of one model only. Give labels of both, as a judge errs differently, or of none."
        raise UsageError(msg)
    sides = [_side(_table(flags), None if labels is None else _table(labels))
             for flags, labels in ((base_flags, base_labels), (variant_flags, variant_labels))]  # fmt: skip
    base, variant = sides
    names = np.full(len(base.judged), WHOLE) if subsets is None else np.asarray(subsets).astype(str)
    if len(base.judged) != len(variant.judged) or names.shape != base.judged.shape:
        msg = f"flags of {len(base.judged)} and {len(variant.judged)} prompts and {names.size} subsets do not fit. "
        raise UsageError(msg + "Give the same prompts in the same order.")
    return Pairs(base, variant, names).at((base.judged > 0) & (variant.judged > 0))


def paired(
    base: Completions, base_flags: npt.ArrayLike, variant: Completions, variant_flags: npt.ArrayLike, *,
    base_labels: npt.ArrayLike | None = None, variant_labels: npt.ArrayLike | None = None,
) -> tuple[Pairs, int]:  # fmt: skip
    """Pairs of the prompts that both answered, and how many prompts were left out since one did not, or unjudged.

    Flags and labels stand in the order of the completions. Raises `BadInput` where an id stands for two prompts or
    subsets, or no prompt is in both.
    """
    same(base, variant)
    subsets = dict(zip(base.ids, base.subsets, strict=True))
    there = set(variant.ids)
    both = [name for name in subsets if name in there]
    base_table, variant_table = _rows(base, base_flags, both), _rows(variant, variant_flags, both)
    told = [None if labels is None else _rows(one, labels, both)
            for one, labels in ((base, base_labels), (variant, variant_labels))]  # fmt: skip
    pairs = from_arrays(base_table, variant_table, np.array([subsets[name] for name in both], dtype=str),
                        base_labels=told[0], variant_labels=told[1])  # fmt: skip
    if not len(pairs.subsets):
        msg = f"of {len(subsets):,} and {len(there):,} prompts none was answered by both and judged. "
        raise BadInput(msg + "Give completions of the same prompts, with the same ids.")
    return pairs, len(there | set(subsets)) - len(pairs.subsets)


def same(base: Completions, variant: Completions) -> None:
    """Raise `BadInput` where an id stands for different prompts or subsets in the two."""
    pairs = ("prompts", base.prompts, variant.prompts), ("subsets", base.subsets, variant.subsets)
    for what, one, two in pairs:
        if not one or not two or (what == "subsets" and (set(one) == {WHOLE} or set(two) == {WHOLE})):
            continue  # told of one only
        told = dict(zip(base.ids, one, strict=True))
        wrong = next((n for n, at in zip(variant.ids, two, strict=True) if told.get(n, at).strip() != at.strip()), None)
        if wrong is not None:
            msg = f"the id {plain(wrong, 60)} stands for different {what} in base and variant. "
            raise BadInput(msg + "Give both the same prompts.")


def _side(flags: Floats, labels: Floats | None) -> Side:
    flagged, judged = np.nansum(flags, 1).astype(np.int64), (~np.isnan(flags)).sum(1, dtype=np.int64)
    if labels is None:
        return Side(flagged, judged)
    if labels.shape != flags.shape:
        msg = f"labels of shape {labels.shape} do not fit flags of shape {flags.shape}. Give one for each completion."
        raise UsageError(msg)
    cells = [(labels == yes) & (flags == flag) for yes, flag in ((1, 1), (1, 0), (0, 1), (0, 0))]
    return Side(flagged, judged, np.stack([one.sum(1, dtype=np.int64) for one in cells], 1))


def _rows(given: Completions, values: npt.ArrayLike, names: Sequence[str]) -> Floats:
    """Values of the completions of each of `names`, one row each, NaN behind those that have fewer."""
    found: dict[str, list[float]] = {name: [] for name in names}
    for name, value in zip(given.ids, np.asarray(values, dtype=np.float64).tolist(), strict=True):
        if name in found:
            found[name].append(value)
    table = np.full((len(names), max(map(len, found.values()), default=0)), np.nan)
    for row, one in zip(table, found.values(), strict=True):
        row[: len(one)] = one
    return table


def _table(flags: npt.ArrayLike) -> Floats:
    table = np.asarray(flags, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not np.isin(table[~np.isnan(table)], (0, 1)).all():
        msg = f"an array of shape {table.shape} is no 0, 1 or NaN for each prompt and sample. Give such values."
        raise UsageError(msg)
    return table
