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

import math
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from headgate.errors import UsageError

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
    try:
        plan = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"no plan at {path} ({error.strerror}). docs/methods/stage_plan.md shows one."
        raise UsageError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        msg = f"plan {path} is not TOML: {str(error)[:200]}."
        raise UsageError(msg) from error
    _only(path, "the plan", plan, {"current", "window", "criterion"})
    window, criteria = plan.get("window"), plan.get("criterion", [])
    if plan.get("current") not in STAGES:
        _bad(path, f"current = {str(plan.get('current'))[:40]!r} is no stage; choose from {', '.join(STAGES)}")
    if not isinstance(window, dict) or {type(window.get(end)) for end in ("from", "to")} != {date}:
        _bad(path, "needs [window] with the dates from and to, such as from = 2026-01-01")
    assert isinstance(window, dict)
    _only(path, "[window]", window, {"from", "to"})
    if window["from"] > window["to"]:
        _bad(path, "the window ends before it begins")
    if not isinstance(criteria, list) or not all(isinstance(row, dict) for row in criteria):
        _bad(path, "criterion is no list. Write [[criterion]]")
    listed = tuple(_criterion(path, row) for row in criteria)
    if len({row.name for row in listed}) < len(listed):
        _bad(path, "two criteria have one name")
    return Plan(plan["current"], window["from"], window["to"], listed)


def _criterion(path: Path, row: dict[str, Any]) -> Criterion:
    where = f"criterion {str(row.get('name', 'without a name'))[:60]!r}"
    _only(path, where, row, _FIELDS)
    for field in ("name", "check", "subject"):
        if not isinstance(row.get(field), str):
            _bad(path, f"{where} needs the text {field!r}")
    limits = {field: row[field] for field in ("at_most", "at_least") if field in row}
    for field, value in limits.items():
        if not _is_number(value):
            _bad(path, f"{where} needs a finite number for {field!r}")
    if not limits:
        _bad(path, f"{where} needs at_most or at_least")
    return Criterion(row["name"], row["check"], row["subject"], limits.get("at_most"), limits.get("at_least"))


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _only(path: Path, where: str, row: dict[str, Any], known: set[str]) -> None:
    for field in sorted(set(row) - known):
        _bad(path, f"{where} does not know the field {field!r}. It knows {', '.join(sorted(known))}")


def _bad(path: Path, what: str) -> None:
    msg = f"plan {path}: {what}."
    raise UsageError(msg)
