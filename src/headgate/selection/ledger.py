"""Which filter of a pipeline removed which document: every document is counted once, and the counts add up.

A document is told by a 64-bit hash of its key. Where a key occurs several times, the copies that a stage lets go are
the last ones.

Reference: A. Albalak et al. (2024), A survey on data selection for language models, arXiv:2402.16827 (what filters are
for: data/selection_purposes.csv).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.tables import rows as table_rows
from headgate.toml_fields import Where, read_file

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Keys: TypeAlias = npt.NDArray[np.uint64]
UNDECLARED = "undeclared"
MOST = 60  # stages of a pipeline


@dataclass(frozen=True, slots=True)
class Stage:
    """A filter: its name, its name as an axis, what it is declared to be for, and the file of what it kept."""

    name: str
    axis: str
    purpose: str
    kept: Path | None


def read_stages(path: Path) -> list[Stage]:
    """The stages, in order, of the TOML file at `path`. Raises `UsageError` that says what to mend.

    Each [[stage]] has a `name`, a `purpose` of data/selection_purposes.csv, and `kept`, a path from the TOML file.
    """
    given = read_file(path, "list of stages", "Write a [[stage]] with name, purpose and kept for each filter.")
    whole = Where(path, "file", "list of stages")
    whole.only(given, ("stage",))
    made: list[Stage] = []
    purposes = tuple(row["purpose"] for row in table_rows("selection_purposes.csv"))
    for number, table in enumerate(whole.tables(given, "stage"), 1):
        where = Where(path, f"stage {number}", "list of stages")
        where.only(table, ("name", "purpose", "kept"))
        name = where.text(table, "name")
        kept = where.optional_text(table, "kept")
        if name in {stage.name for stage in made}:
            where.bad(f"has the name {name[:60]!r} of another one")
        purpose = where.one_of(table, "purpose", purposes, UNDECLARED)
        made.append(Stage(name, axis_of(name, made), purpose, None if kept is None else path.parent / kept))
    if not 0 < len(made) <= MOST:
        whole.bad(f"has {len(made)} stages; give 1 to {MOST}, each as [[stage]]")
    return made


def axis_of(name: str, others: Sequence[Stage]) -> str:
    """`name` as the name of an axis: lower-case letters, digits and underscores, with a number where it is taken."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "stage"
    taken = {stage.axis for stage in others} | {"pipeline", "gap", "group"}
    axis, number = plain, 2
    while axis in taken:
        axis, number = f"{plain}_{number}", number + 1
    return axis


def attributed(keys: Keys, kept: Sequence[Keys]) -> tuple[Ints, list[int]]:
    """For each of the documents `keys` the stage that removed it, -1 where none did; and what came out of nowhere.

    `kept` has the keys of each stage's output, in any order. The second answer counts, for each stage, documents of its
    output that its input did not have.
    """
    distinct, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    order = np.argsort(inverse, kind="stable")
    copy = np.empty(len(keys), np.int64)  # 0 for the first document of its key, 1 for the next
    copy[order] = np.arange(len(keys)) - np.repeat(np.cumsum(counts) - counts, counts)
    removed_by = np.full(len(keys), -1, np.int64)
    left, appeared = counts, []
    for stage, out in enumerate(kept):
        values, times = np.unique(out, return_counts=True)
        place = np.minimum(np.searchsorted(distinct, values), max(0, len(distinct) - 1))
        known = distinct[place] == values if len(distinct) else np.zeros(len(values), dtype=bool)
        now = np.zeros(len(distinct), np.int64)
        now[place[known]] = times[known]
        still = np.minimum(left, now)
        appeared.append(int(len(out) - still.sum()))
        gone = (removed_by < 0) & (copy >= still[inverse])
        removed_by[gone] = stage
        left = still
    return removed_by, appeared


@dataclass(frozen=True, slots=True)
class Ledger:
    """What removed each document (place of the stage, -1 nothing), the stages, and whether their order is known."""

    removed_by: Ints
    stages: Sequence[Stage]
    appeared: Sequence[int]
    ordered: bool

    def entered(self, stage: int) -> Bools:
        """Which documents went into the stage: all of them where nobody knows the order."""
        if not self.ordered:
            return np.ones(len(self.removed_by), dtype=bool)
        return (self.removed_by < 0) | (self.removed_by >= stage)
