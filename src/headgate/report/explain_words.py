"""The sentences of an explanation that are made of what is stored: numbers, evidence, and what is not known."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from headgate.plain import plain
from headgate.shapes import Method

EVIDENCE = 600  # characters of the evidence that are shown
_SIMPLE = {
    "untold": "Not known is not clean: it may be either way.",
    "no interval": "How sure this is was not put into numbers.",
    "labelled": "A person has checked it by hand.",
    "unlabelled": "No person has checked it by hand.",
    "contested": "Somebody contests this, and nobody has ruled on it yet.",
}
_FORMAL = {
    "untold": "The absence of a value signifies neither compliance nor the contrary.",
    "no interval": "No confidence interval is recorded, so that the uncertainty of the value is stated in words alone.",
    "labelled": "A determination by a human reviewer is on record.",
    "unlabelled": "No determination by a human reviewer is on record.",
    "contested": "An appeal against this finding is pending, and no adjudication has followed it.",
    "end": "The finding documents an observation and constitutes no determination of law, fault or intent.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as it is stored; see schema.sql."""

    subject: str
    check: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    evidence: str | None = None
    run: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside a finding: facts of rivals.csv that were `looked` up, open appeals, labels by people."""

    looked: Mapping[str, bool] = field(default_factory=dict)
    appeals: int = 0
    labelled: bool | None = None  # None: nobody looked


def exact(value: float) -> str:
    """The shortest decimal that reads back as the stored number."""
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else repr(float(value))


def rough(value: float, unit: str) -> str:
    """A stored number to three digits, a share as a percentage."""
    if unit == "share":
        return f"{100 * value:.3g} %"
    return f"{value:.3g}" if not math.isfinite(value) or value != int(value) else exact(value)


def as_stored(value: float, unit: str) -> str:
    """A stored number as it is, a share named as one."""
    return f"a share of {exact(value)}" if unit == "share" else exact(value)


def why(found: Found, unit: str, reader: str, method: Method | None) -> Iterator[str]:
    """The sentences that say what a finding rests on: numbers and evidence."""
    evidence = plain(found.evidence, EVIDENCE) if found.evidence else ""
    bounds = ends(found)
    told = None if found.value is None or math.isnan(found.value) else found.value
    n = None if found.n is None else exact(found.n)
    if reader == "plain":
        if bounds:
            low, high = (rough(end, unit) for end in bounds)
            yield f"As far as chance goes, it may be as low as {low} or as high as {high}."
        if evidence:
            yield f"This is what shows it: “{evidence}”"
    elif reader == "engineer":
        interval = f" [{exact(bounds[0])}, {exact(bounds[1])}]" if bounds else ", no interval"
        value = "NULL" if told is None else exact(told)
        yield f"{found.check} = {value}{interval}, n = {n or 'NULL'}, run {found.run or 'not recorded'}."
        if evidence:
            yield f"Evidence: “{evidence}”"
    else:
        name = f"{found.check} ({method.summary[:1].lower()}{method.summary[1:]})" if method else found.check
        value = "could not determine a value" if told is None else f"recorded the value {exact(told)}"
        on = (
            f", resting on {n} observation{'' if n == '1' else 's'},"
            if n
            else ", the number of observations not being recorded,"
        )
        yield f"The check {name} {value} for {plain(found.subject)}, {on}, in the run {found.run or 'not recorded'}."
        if bounds:
            yield f"The confidence interval stored beside it extends from {exact(bounds[0])} to {exact(bounds[1])}."
        if evidence:
            yield f"The evidence recorded in support of it reads: “{evidence}”"


def unknown(found: Found, reader: str, given: Context) -> Iterator[str]:
    """The sentences that say what is not known of a finding."""
    words = _FORMAL if reader == "regulator" else _SIMPLE
    if found.value is None or math.isnan(found.value):
        yield words["untold"]
    elif ends(found) is None:
        yield words["no interval"]
    if given.labelled is not None:
        yield words["labelled" if given.labelled else "unlabelled"]
    if given.appeals:
        yield words["contested"]
    if "end" in words:
        yield words["end"]


def ends(found: Found) -> tuple[float, float] | None:
    """Both ends of the interval of a finding; None where one is not known."""
    if found.low is None or found.high is None or math.isnan(found.low) or math.isnan(found.high):
        return None
    return found.low, found.high


def cannot_see(method: Method | None) -> str:
    """What the method's own docstring says that it cannot see; empty where there is none."""
    found = re.search(r"\nCannot see:\s*(.*?)(?=\n[A-Z][A-Za-z ]+:|\Z)", method.doc, re.DOTALL) if method else None
    return f"Its method cannot see: {' '.join(found.group(1).split())}" if found else ""
