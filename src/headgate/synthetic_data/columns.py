"""Tables of numbers and categories side by side: one coding for real, fresh and synthetic rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput, UsageError
from headgate.plain import plain

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_FARTHEST = 1e100  # squares of such still add up
FEW = 10  # a column of no more different numbers is one of categories
BINS = 5  # of a column of numbers, where rows are counted
MOST_KINDS = 200  # of a column of categories that are told apart; the rarer count as one


@dataclass(frozen=True, slots=True)
class Coding:
    """What each column is: `numbers` with scale and bin edges from the real rows, and `kinds` of categories."""

    label: str
    group: str | None
    numbers: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]  # values of each column of categories, the commonest first
    spread: Mapping[str, float]  # standard deviation of each column of numbers
    edges: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Rows:
    """One table coded: `numbers` (n, p), `codes` (n, q) in the order of the coding, `label` and `group` codes (n,).

    `numbers` and `codes` hold the label where it is one, as every other column; a value unknown to the coding, and
    those that it does not tell apart, have the code after the last.
    """

    numbers: Floats
    codes: Ints
    label: Ints
    group: Ints | None

    def __len__(self) -> int:
        """How many rows."""
        return len(self.label)

    def take(self, which: npt.NDArray[np.intp]) -> Rows:
        """The rows `which`."""
        group = None if self.group is None else self.group[which]
        return Rows(self.numbers[which], self.codes[which], self.label[which], group)


def coding_of(columns: Mapping[str, npt.NDArray[np.str_]], label: str, group: str | None = None) -> Coding:
    """What the columns of the real table are: a column of more than 10 different numbers is one of numbers.

    Raises `UsageError` where a column is not there, and `BadInput` where the label has one value or more than 20.
    """
    for name in (label, *([group] if group else [])):
        if name not in columns:
            msg = (
                f"no column {plain(name, 60)}. The table has {', '.join(plain(one, 40) for one in list(columns)[:20])}."
            )
            raise UsageError(msg)
    numbers, kinds, spread, edges = [], dict[str, tuple[str, ...]](), {}, {}
    for name, words in columns.items():
        values = None if name in (label, group) else as_numbers(words)
        if values is None and name not in (label, group):
            _few_lack_a_number(name, words)
        if values is not None and len(np.unique(values)) > FEW:
            numbers.append(name)
            spread[name] = float(values.std())
            edges[name] = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
        else:
            found, often = np.unique(_alike(words), return_counts=True)
            kinds[name] = tuple(found[np.argsort(-often, kind="stable")][:MOST_KINDS].tolist())
    if not 2 <= len(kinds[label]) <= 20:
        msg = f"the label {plain(label, 60)} has {len(kinds[label])} values. Name a column of classes, 2 to 20."
        raise BadInput(msg)
    return Coding(label, group, tuple(numbers), kinds, spread, edges)


def coded(columns: Mapping[str, npt.NDArray[np.str_]], coding: Coding) -> Rows:
    """`columns` in `coding`. Raises `UsageError` where a column is missing, `BadInput` where numbers are none."""
    missing = [name for name in (*coding.numbers, *coding.kinds) if name not in columns]
    if missing:
        msg = f"no column {plain(missing[0], 60)}, which the real table has. Give tables with the same columns."
        raise UsageError(msg)
    length = len(columns[coding.label])
    numbers, codes = np.empty((length, len(coding.numbers))), np.empty((length, len(coding.kinds)), dtype=np.int64)
    for n, name in enumerate(coding.numbers):
        values = as_numbers(columns[name])
        if values is None:
            msg = f"{plain(name, 60)} holds numbers in the real table, and not in another. Correct or leave it out."
            raise BadInput(msg)
        numbers[:, n] = values
    for n, (name, kinds) in enumerate(coding.kinds.items()):
        codes[:, n] = _codes(columns[name], kinds)
    names = list(coding.kinds)
    if (codes[:, names.index(coding.label)] == len(coding.kinds[coding.label])).any():
        msg = f"a table has a value of {plain(coding.label, 60)} that no real row has. Correct or leave out its rows."
        raise BadInput(msg)
    group = codes[:, names.index(coding.group)] if coding.group else None
    return Rows(numbers, codes, codes[:, names.index(coding.label)], group)


def as_numbers(words: npt.NDArray[np.str_]) -> Floats | None:
    """`words` as numbers of at most 1e100 to either side, or None where one is none."""
    try:
        values = words.astype(np.float64)
    except ValueError:
        return None
    return values if (np.abs(values) <= _FARTHEST).all() else None


def _few_lack_a_number(name: str, words: npt.NDArray[np.str_]) -> None:
    """Raise `BadInput` where most of `words` are numbers: as categories they would all be as far from one another."""
    found, which = np.unique(words, return_inverse=True)
    numbers = np.array([as_numbers(found[n : n + 1]) is not None for n in range(len(found))])
    lacking = int((~numbers[which]).sum())
    if numbers.sum() > FEW and lacking < len(words) / 2:
        msg = f"{plain(name, 60)} lacks a number in {lacking:,} rows. Fill these in or leave them out."
        raise BadInput(msg)


def binned(rows: Rows, coding: Coding) -> list[Ints]:
    """Every column as small whole numbers: bins of equal counts of the real rows, or codes, each (n,)."""
    cut = [
        np.searchsorted(coding.edges[name], rows.numbers[:, n], side="right") for n, name in enumerate(coding.numbers)
    ]
    return [*cut, *rows.codes.T]


def widths(coding: Coding) -> list[int]:
    """How many values each column of `binned` can have."""
    cut = [len(coding.edges[name]) + 1 for name in coding.numbers]
    return [*cut, *(len(kinds) + 1 for kinds in coding.kinds.values())]


def points(rows: Rows, coding: Coding) -> Floats:
    """Rows as points (n, d): numbers in standard deviations cut at 3 from the mean of 0, categories sqrt(1/2) apart.

    So two rows that differ in one category are 1 apart, as are two that differ by one deviation in one number.
    """
    scale = np.array([coding.spread[name] or 1.0 for name in coding.numbers])
    blocks = [rows.numbers / scale if len(scale) else rows.numbers]
    for n, kinds in enumerate(coding.kinds.values()):
        hot = np.zeros((len(rows), len(kinds) + 1))
        hot[np.arange(len(rows)), rows.codes[:, n]] = np.sqrt(0.5)
        blocks.append(hot)
    return np.hstack(blocks)


def features(rows: Rows, coding: Coding) -> tuple[Floats, list[bool]]:
    """What a model may learn from, (n, d) without the label, and which columns are categories."""
    others = [n for n, name in enumerate(coding.kinds) if name != coding.label]
    return np.hstack((rows.numbers, rows.codes[:, others])), [False] * rows.numbers.shape[1] + [True] * len(others)


def _codes(words: npt.NDArray[np.str_], kinds: Sequence[str]) -> Ints:
    place = {value: n for n, value in enumerate(kinds)}
    found, inverse = np.unique(_alike(words), return_inverse=True)
    return np.array([place.get(value, len(kinds)) for value in found.tolist()], dtype=np.int64)[inverse]


def _alike(words: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """Numbers written in one way, so that 1 and 1.0 are the same category."""
    found, inverse = np.unique(words, return_inverse=True)
    return np.array([_written(value) for value in found.tolist()], dtype=str)[inverse]


def _written(value: str) -> str:
    try:
        return f"{float(value):.12g}"
    except ValueError:
        return value
