"""A table as sets of people by condition: what an endpoint counts, and what an auditor picks queries by.

A set of people is one whole number, person n being its bit n, so that counting, meeting and naming sets is quick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.plain import plain

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Condition:
    """That `column` reads `value`, or where not `equal` that it reads anything else."""

    column: str
    value: str
    equal: bool = True


Conditions = Sequence[Condition]
Answer = Callable[[Conditions], int | None]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of words, each (rows,); people have no other name than their row, which stays in memory."""

    columns: Mapping[str, npt.NDArray[np.str_]]
    rows: int
    _sets: dict[tuple[str, str], int] = field(default_factory=dict, repr=False)

    @property
    def everybody(self) -> int:
        """The set of all people."""
        return (1 << self.rows) - 1

    def set_of(self, one: Condition) -> int:
        """The people of whom `one` holds. Raises `UsageError` where there is no such column."""
        key = (one.column, one.value)
        if key not in self._sets:
            if one.column not in self.columns:
                msg = f"no column {plain(one.column, 60)} to ask of. Choose from the columns of the table."
                raise UsageError(msg)
            bits = np.packbits(self.columns[one.column] == one.value, bitorder="little")
            self._sets[key] = int.from_bytes(bits.tobytes(), "little")
        found = self._sets[key]
        return found if one.equal else self.everybody & ~found

    def matching(self, conditions: Conditions) -> int:
        """The people of whom all `conditions` hold."""
        found = self.everybody
        for one in conditions:
            found &= self.set_of(one)
        return found


def table_of(columns: Mapping[str, npt.ArrayLike]) -> Table:
    """A table of `columns`, each (rows,) of any values, read as words. Raises `UsageError` where they do not fit."""
    words = {name: np.asarray(values).astype(str) for name, values in columns.items()}
    lengths = {values.shape for values in words.values()}
    if len(lengths) != 1 or len(next(iter(lengths))) != 1 or not 0 < next(iter(lengths))[0] <= MOST_ROWS:
        msg = f"columns of shapes {sorted(lengths)}: give columns of one length, from 1 to {MOST_ROWS:,} rows."
        raise UsageError(msg)
    return Table(words, next(iter(lengths))[0])
