"""Plans of a staged release: a TOML file read with messages that say what to mend.

current = "api"                    # none, api, data, weights or code: what is out now

[window]                           # observation window of that stage, both days included
from = 2026-01-01
to = 2026-02-28

[[criterion]]                      # what must hold to leave it
name = "misuse stays rare"
check = "harmful_data"             # a method of detect or measure
subject = "hf:model:org/name"      # the artifact whose finding counts
at_most = 0.01                     # or at_least, or both
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from headgate.toml_fields import Where, read_file

STAGES = ("none", "api", "data", "weights", "code")
_FIELDS = {"name", "check", "subject", "at_most", "at_least"}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One exit criterion: the finding `check` of `subject` must lie within the bounds, both inclusive."""

    name: str
    check: str
    subject: str
    at_most: float | None
    at_least: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a release stands, the observation window of that stage, and what must hold to leave it."""

    current: str
    first: date
    last: date
    criteria: tuple[Criterion, ...]


def read(path: Path) -> Plan:
    """The plan at `path`; raises `UsageError` that names what is wrong."""
    plan = read_file(path, "plan", "docs/methods/stage_plan.md shows one.")
    where = Where(path, "the plan", "plan")
    where.only(plan, ("current", "window", "criterion"))
    if plan.get("current") not in STAGES:
        where.bad(
            f"says current = {str(plan.get('current'))[:40]!r}, which is no stage; choose from {', '.join(STAGES)}"
        )
    first, last = _window(where, plan.get("window"))
    listed = tuple(_criterion(path, row) for row in where.tables(plan, "criterion"))
    if len({row.name for row in listed}) < len(listed):
        where.bad("has two criteria of one name")
    return Plan(plan["current"], first, last, listed)


def _window(where: Where, given: object) -> tuple[date, date]:
    if not isinstance(given, dict):
        where.bad("needs [window] with the dates from and to, such as from = 2026-01-01")
    window = where._replace(part="[window]")
    window.only(given, ("from", "to"))
    first, last = window.day(given, "from"), window.day(given, "to")
    if first > last:
        window.bad("ends before it begins")
    return first, last


def _criterion(path: Path, row: dict[str, Any]) -> Criterion:
    where = Where(path, f"criterion {str(row.get('name', 'without a name'))[:60]!r}", "plan")
    where.only(row, _FIELDS)
    name, check, subject = (where.text(row, field) for field in ("name", "check", "subject"))
    at_most, at_least = where.number(row, "at_most"), where.number(row, "at_least")
    if at_most is None and at_least is None:
        where.bad("needs at_most or at_least")
    return Criterion(name, check, subject, at_most, at_least)
