"""The CycloneDX model card of an artifact, from facts alone: what nobody stated is left out."""

from __future__ import annotations

from functools import cache
from typing import Any

from headgate import catalog
from headgate.bom import sections, words
from headgate.bom.shapes import Cohort, Finding

_TRAINED = "trained_on"
_CONSIDERED = (("useCases", "uses"), ("technicalLimitations", "limitations"))  # fields and the card's sections


def build(cohort: Cohort, ref: str, names: dict[str, str]) -> dict[str, Any]:
    """The model card of `ref`, its datasets named by their `names` in the document; empty where nothing is known."""
    one = cohort.artifacts[ref]
    parameters: dict[str, Any] = {}
    if one.pipeline:
        parameters["task"] = words.line(one.pipeline, 100)
    if one.architecture:
        parameters["modelArchitecture"] = words.line(one.architecture, 100)
    data = {edge.parent for edge in cohort.parents.get(ref, ()) if edge.relation == _TRAINED}
    if data:
        parameters["datasets"] = [{"ref": names[parent]} for parent in sorted(data)]
    for name, formats in zip(("inputs", "outputs"), words.formats(one.pipeline), strict=True):
        if formats:
            parameters[name] = [{"format": one_format} for one_format in formats]
    card: dict[str, Any] = {"modelParameters": parameters} if parameters else {}
    said = sections.read(one.card)
    considered = {name: said[field] for name, field in _CONSIDERED if field in said}
    if considered:
        card["considerations"] = considered
    if measured := metrics(cohort, ref):
        card["quantitativeAnalysis"] = {"performanceMetrics": measured}
    return card


def metrics(cohort: Cohort, ref: str) -> list[dict[str, Any]]:
    """What methods of the stage `measure` found of `ref`, each with its interval."""
    return [_metric(found) for found in cohort.findings.get(ref, ()) if found.check in _measures() and found.n]


@cache
def _measures() -> frozenset[str]:
    return frozenset(method.name for method in catalog.methods("measure"))


def _metric(found: Finding) -> dict[str, Any]:
    metric: dict[str, Any] = {"type": found.check, "value": "not known" if found.value is None else repr(found.value)}
    ends = {"lowerBound": found.low, "upperBound": found.high}
    known = {name: repr(end) for name, end in ends.items() if end is not None}
    return metric | ({"confidenceInterval": known} if known else {})
