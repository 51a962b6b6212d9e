"""What a comparison says: changes, numbers of those not to be listed, what could not be told, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headgate.errors import EXIT_BLOCKED, EXIT_PASS, EXIT_UNKNOWN

CONDITIONS = ("new-block", "licence-change", "gone", "parent-change", "new-unknown")
KINDS = ("new", "gone", "absent", "renamed", "licence", "gated", "base models", "parents", "finding", "decision")


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its kind, the ref (the later one, if it has one), the check or control, and both states."""

    kind: str
    ref: str
    detail: str | None
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How many subjects of a sensitive check, or of a control that rests on one, changed so; '<10' or 'withheld'."""

    name: str
    change: str
    number: int | str


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be compared, and the conditions that it leaves open; `whole` if one side lacks all of it."""

    what: str
    conditions: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Occurs:
    """A condition that occurs, the number of changes that may be told, and whether there are others that may not."""

    condition: str
    told: int
    others: bool = False


@dataclass(frozen=True, slots=True)
class Diff:
    """The labels of both sides, how many changes of each kind may be told, the first of each, numbers of the others,
    what could not be compared, and which conditions occur.
    """

    old: str
    new: str
    totals: dict[str, int]
    changes: tuple[Change, ...]
    aggregates: tuple[Aggregate, ...]
    unknown: tuple[Unknown, ...]
    occurring: tuple[Occurs, ...]

    def exit_code(self, fail_on: Sequence[str]) -> int:
        """1 where a condition of `fail_on` occurs, 2 where one cannot be told (without `fail_on`: where a side lacks
        what the other has), else 0.
        """
        if any(one.condition in fail_on for one in self.occurring):
            return EXIT_BLOCKED
        open_ = any(set(one.conditions) & set(fail_on) if fail_on else one.whole for one in self.unknown)
        return EXIT_UNKNOWN if open_ else EXIT_PASS
