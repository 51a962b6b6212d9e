"""A data sheet as Croissant metadata: the fields of responsible AI (RAI) 1.0 that screening can fill.

Each sentence says what was measured, by what, on how many items, and with which interval; what nobody looked at is
named as a limitation. Reference: Croissant RAI 1.0, http://mlcommons.org/croissant/RAI/1.0.
"""

from __future__ import annotations

import copy
from typing import Any

from headgate.bom.croissant import CONFORMS, CONTEXT
from headgate.bom.words import line
from headgate.report.datasheet import Screened, Sheet
from headgate.shapes import Finding

_BIASES = ("1.",)  # risks of stereotypes, exclusion and toxic language: biases in the words of Croissant


def document(sheet: Sheet, described: dict[str, Any] | None = None) -> dict[str, Any]:
    """Croissant metadata with the RAI fields of `sheet`, added to those of `described` where there is a description."""
    made = described or {
        "@context": copy.deepcopy(dict(CONTEXT)),
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS),
        "name": sheet.ref.replace(":", "-").replace("/", "-"),
        "description": f"A dataset that Headgate screened and knows as {line(sheet.ref)}.",
        "sdDatePublished": sheet.made,
    }
    for name, sentences in fields(sheet).items():
        before = made.get(name, [])
        made[name] = [*([before] if isinstance(before, str) else before), *sentences]
    return made


def fields(sheet: Sheet) -> dict[str, list[str]]:
    """RAI property -> sentences; properties of which nothing is known are absent."""
    biases: list[str] = []
    limits: list[str] = []
    for one in sheet.screened:
        said = [_sentence(one, found) for found in one.findings]
        (biases if any(risk.startswith(_BIASES) for risk in one.risks) else limits).extend(said)
        if one.cannot_see:
            limits.append(f"{one.method} cannot see: {one.cannot_see}")
    if sheet.not_run:
        limits.append(f"Not screened by: {', '.join(name for name, _ in sheet.not_run)}.")
    made = {
        "rai:dataBiases": biases,
        "rai:dataLimitations": limits,
        "rai:dataCollectionMissingData": _missing(sheet),
        "rai:machineAnnotationTools": [
            f"headgate {one.version}, screen {one.method}, {one.date}, run {one.run}" for one in sheet.screened
        ],
    }
    return {name: [line(one, 1_000) for one in said] for name, said in made.items() if said}


def _sentence(one: Screened, found: Finding) -> str:
    name = f"{one.method}, {found.axis}" if found.axis else one.method
    if found.value is None:
        return f"{name}: could not be told. {found.evidence}"
    ends = "" if found.low is None or found.high is None else f" (95 % interval {found.low:.4g} to {found.high:.4g})"
    return f"{name}: {found.value:.4g}{ends} over {found.n:,} items on {one.date}. {found.evidence}"


def _missing(sheet: Sheet) -> list[str]:
    return [
        f"{one.method}: {count:,} {kind}"
        for one in sheet.screened
        for kind, count in one.counts
        if "unreadable" in kind
    ]
