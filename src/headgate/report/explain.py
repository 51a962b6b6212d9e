"""Explanations of findings for a reader: what was found, why, what speaks against it, and what is not known.

The words are those of data/explanations.csv (what a value means) and data/rivals.csv (what else it could be, and why
that is rejected or stays open); facts that were looked up settle a rival where they can. Every number is a stored one.

Reference: Woodcock et al., "The Impact of Explanations on Layperson Trust in AI-Driven Symptom Checker Apps" (J. Med.
Internet Res. 23(11), 2021, e29386; arXiv 2202.13444), whose best explanations discount rival causes. No reader was
asked here: what holds is the structure, and docs/explain.md says what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from headgate import catalog, tables
from headgate.errors import UsageError
from headgate.plain import plain
from headgate.report import explain_words as told
from headgate.report.explain_words import Context, Found, as_stored, exact, rough
from headgate.shapes import Method

READERS = ("plain", "engineer", "regulator")  # plain: somebody who knows neither hubs nor statistics
VERDICTS = ("found", "clear", "untold")
FIGURE = "figure"  # the unit of a number that is neither a fault, a share nor a count
HALF = 0.5  # from here on a check that says yes or no says yes
_NOT_LOOKED = "Whether that was looked at is not known here."


@dataclass(frozen=True, slots=True)
class Rival:
    """Something else that it could be: `status` is rejected or open, and `reason` says why."""

    rival: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding in words for a `reader`: `verdict` is found, clear, untold, or figure for a part of a measurement.

    `limits` is what the method cannot see.

    `fault`: what the check looks for is one, and not a mere trait.
    """

    check: str
    reader: str
    verdict: str
    fault: bool
    says: str
    why: tuple[str, ...]
    against: tuple[Rival, ...]
    unknown: tuple[str, ...]
    limits: str


def explain(found: Found, reader: str = "plain", context: Context | None = None) -> Explanation:
    """The explanation of `found` for a `reader`, one of `READERS`.

    Raises `UsageError` for another reader, and for a check whose findings leave as aggregates only.
    """
    if reader not in READERS:
        msg = f"no reader {plain(reader, 40)!r}. Choose from {', '.join(READERS)}."
        raise UsageError(msg)
    name, _, axis = found.check.partition(".")
    method, given = method_of(name), context or Context()
    if method and method.sensitive:
        msg = f"{name} is sensitive: what it finds of one artifact is explained to nobody. The report has the totals."
        raise UsageError(msg)
    # the parts of a measurement or a trial are figures; only its headline answers what was asked
    figure = bool(axis and method and method.stage in ("measure", "protect"))
    unit = FIGURE if figure else _words().get(name, {}).get("unit", FIGURE)
    verdict = _verdict(found.value, unit)
    said = _says(found, name, axis, unit, verdict, reader)
    why = tuple(told.why(found, unit, reader, method))
    against = rivals(name, FIGURE if figure else verdict, _facts(found, given))
    limits = "" if reader == "plain" else told.cannot_see(method)
    open_ = tuple(told.unknown(found, reader, given))
    return Explanation(found.check, reader, verdict, unit == "fault", said, why, against, open_, limits)


def text(explanation: Explanation) -> str:
    """An explanation as lines of plain text."""
    parts = [explanation.says, *explanation.why]
    parts += [f"{one.rival} {one.status.capitalize()}: {one.reason}" for one in explanation.against]
    return "\n".join([*parts, *explanation.unknown, *([explanation.limits] if explanation.limits else [])])


def rivals(name: str, verdict: str, looked: Mapping[str, bool]) -> tuple[Rival, ...]:
    """What else a `verdict` of the check `name` could mean, each settled by what was `looked` up where it can be."""
    made = [_settled(row, looked) for row in _rivals().get(name, ()) if row["when"] in (verdict, "any")]
    nobody = "Nothing is said here of how often this check errs, so that cannot be excluded."
    return tuple(made) or (Rival("The check is wrong.", "open", nobody),)


@cache
def method_of(name: str) -> Method | None:
    """The method that makes the check `name`; None where none that ships here does."""
    for stage in (*catalog.CHECKING, "protect"):
        if name.isidentifier() and (catalog.ROOT / stage / f"{name}.py").exists():
            return catalog.find(stage, name)
    return None


@cache
def _words() -> dict[str, dict[str, str]]:
    return {row["check"]: row for row in tables.rows("explanations.csv")}


@cache
def _rivals() -> dict[str, list[dict[str, str]]]:
    made: dict[str, list[dict[str, str]]] = {}
    for row in tables.rows("rivals.csv"):
        made.setdefault(row["check"], []).append(row)
    return made


def _settled(row: Mapping[str, str], looked: Mapping[str, bool]) -> Rival:
    if not row["fact"]:
        return Rival(row["rival"], "rejected" if row["rejected"] else "open", row["rejected"] or row["open"])
    known = looked.get(row["fact"])
    if known is None:
        return Rival(row["rival"], "open", _NOT_LOOKED)
    return Rival(row["rival"], "rejected" if known else "open", row["rejected"] if known else row["open"])


def _facts(found: Found, given: Context) -> dict[str, bool]:
    return {**given.looked, "interval": told.ends(found) is not None}


def _verdict(value: float | None, unit: str) -> str:
    if value is None or math.isnan(value) or unit == "none":
        return "untold"
    if unit == FIGURE:
        return FIGURE
    return "found" if (value >= HALF if unit in ("fault", "trait") else value > 0) else "clear"


def _says(found: Found, name: str, axis: str, unit: str, verdict: str, reader: str) -> str:
    words = _words().get(name)
    shown = found.value is not None and not math.isnan(found.value)
    value = (rough if reader == "plain" else as_stored)(found.value, unit) if found.value is not None and shown else ""
    if words is None or (axis and unit not in ("fault", "trait")):
        of = f"the part {plain(axis, 80)} of the check {name}" if axis else f"the check {plain(name, 80)}"
        return f"What {of} measured comes to {value}." if shown else f"What {of} measures could not be told."
    said = words[verdict].format(value=value, n="" if found.n is None else exact(found.n))
    return f"In the part {plain(axis, 80)}: {said}" if axis else said[:1].upper() + said[1:]
