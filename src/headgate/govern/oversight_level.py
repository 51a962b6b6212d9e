"""The least human oversight a use needs, by setting, harm, required certainty and evidence, or no acceptable level.

Reads: data/oversight.csv (points of each word, thresholds of each level); no table of the workspace.
Finds: for each combination the level and the threshold that triggers it. Points add up, so more harm, more required
certainty or less evidence never lowers the level; two combinations of grave harm and lacking evidence have no
acceptable level whatever their sum.
Cannot see: whether the words given describe the use truly, whether the people who oversee have time and skill, and what
the law of a place demands besides.
Reference: Haltaufderheide and Ranisch, "The Ethics of ChatGPT in Medicine and Healthcare" (2024), a review of 53
records that asks for acceptable oversight by setting, harm and threshold. It gives no numbers: points and thresholds
are our choice.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import product
from typing import Literal

from headgate import tables
from headgate.errors import UsageError
from headgate.shapes import Db, Relation

AXES = ("setting", "harm", "certainty", "evidence")


@dataclass(frozen=True, slots=True)
class Oversight:
    """A level (0 none needed, rising), its name, the points and the threshold or rule that triggered it."""

    level: int
    name: str
    points: int
    trigger: str


def oversight(setting: str, harm: str, certainty: str, evidence: str) -> Oversight:
    """The least oversight of one use; raises `UsageError` for a word that the table does not know."""
    given = dict(zip(AXES, (setting, harm, certainty, evidence), strict=True))
    for axis, value in given.items():
        if value not in points(axis):
            msg = f"no {axis} {value!r}. Choose from {', '.join(points(axis))}."
            raise UsageError(msg)
    total = sum(points(axis)[value] for axis, value in given.items())
    levels = list(points("level").items())
    for rule in points("unacceptable"):
        least_harm, most_evidence = rule.split("/")
        if (
            points("harm")[harm] >= points("harm")[least_harm]
            and points("evidence")[evidence] >= points("evidence")[most_evidence]
        ):
            trigger = f"harm from {least_harm} up with evidence no better than {most_evidence}"
            return Oversight(len(levels) - 1, levels[-1][0], total, trigger)
    number = max(place for place, (_, threshold) in enumerate(levels) if total >= threshold)
    name, threshold = levels[number]
    return Oversight(number, name, total, f"{total} points, from {threshold} on")


@functools.cache
def points(axis: str) -> dict[str, int]:
    """The words of `axis` in the order of the table, with their points."""
    return {row["value"]: int(row["points"]) for row in tables.rows("oversight.csv") if row["axis"] == axis}


def govern(
    db: Db,
    *,
    setting: Literal["all", "administration", "professional-support", "public-health", "clinical",
                     "patient-support"] = "all",
    harm: Literal["all", "negligible", "minor", "moderate", "serious", "catastrophic"] = "all",
    certainty: Literal["all", "low", "medium", "high"] = "all",
    evidence: Literal["all", "controlled", "measured", "claimed", "none"] = "all",
) -> Relation:  # fmt: skip
    """Decisions subject (`use:clinical/serious/high/measured`), decision (the level), because (what triggers it).

    `setting` is where the output is used; `harm` the worst that a wrong output can do; `certainty` how sure it has to
    be; `evidence` what is at hand. Each is `all` unless given.
    """
    asked = zip(AXES, (setting, harm, certainty, evidence), strict=True)
    rows = []
    for use in product(*(list(points(axis)) if given == "all" else [given] for axis, given in asked)):
        found = oversight(*use)
        told = ", ".join(f"{axis} {value} {points(axis)[value]}" for axis, value in zip(AXES, use, strict=True))
        rows.append([f"use:{'/'.join(use)}", found.name, f"{found.trigger} ({told})"])
    db.execute("CREATE OR REPLACE TEMP TABLE oversight_decisions (subject VARCHAR, decision VARCHAR, because VARCHAR)")
    db.executemany("INSERT INTO oversight_decisions VALUES (?, ?, ?)", rows)
    return db.sql("FROM oversight_decisions")
