"""How far a cohort states the minimum elements of "SBOM for AI" of the G7 Cybersecurity Working Group.

Elements: "Software Bill of Materials (SBOM) for Artificial Intelligence - Minimum Elements" (12 May 2026), by the
names and numbers of the vocabulary g7ai 0.1.0 of openregtech/sbom: 50 in 7 clusters. `data/g7_elements.csv` says
of each what answers it here; docs/g7.md says how far.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from headgate import tables
from headgate.bom import cyclonedx, model_card, sections, words
from headgate.bom.shapes import Artifact, Cohort
from headgate.evidence.intervals import wilson

AUTOMATED, PERSON, NOT_APPLICABLE = "automated", "person", "not applicable"
_MADE_BY = {"finetune", "adapter", "merge", "quantized", "unlearned", "base_family"}  # how, and on what, it was made


class Element(NamedTuple):
    """One minimum element: of what it is, who can answer it, by which fact, wholly or in part."""

    id: str
    cluster: str
    element: str
    of: str
    answer: str
    fact: str
    extent: str


class Coverage(NamedTuple):
    """An element `stated` for so many of `n`; share and 95 % Wilson interval are None where it cannot be counted."""

    element: Element
    stated: int | None
    n: int
    share: float | None
    low: float | None
    high: float | None


@cache
def elements() -> tuple[Element, ...]:
    """The 50 elements in the order of the vocabulary."""
    return tuple(Element(**row) for row in tables.rows("g7_elements.csv"))


def coverage(cohort: Cohort) -> list[Coverage]:
    """Each element's coverage over the artifacts asked for and the datasets that they name as training data."""
    groups = scope(cohort)
    return [_counted(cohort, element, groups[element.of]) for element in elements()]


def scope(cohort: Cohort) -> Mapping[str, list[Artifact]]:
    """The artifacts over which an element is counted, by what it is of."""
    asked = [cohort.artifacts[ref] for ref in cohort.asked]
    named = {
        edge.parent for ref in cohort.asked for edge in cohort.parents.get(ref, ()) if edge.relation == "trained_on"
    }
    named |= {one.ref for one in asked if one.kind == "dataset"}
    return {
        "document": asked,
        "model": [one for one in asked if one.kind != "dataset"],
        "dataset": [cohort.artifacts[ref] for ref in sorted(named)],
        "system": [],
    }


def _counted(cohort: Cohort, element: Element, group: list[Artifact]) -> Coverage:
    if element.answer != AUTOMATED:
        return Coverage(element, None, len(group), None, None, None)
    stated = sum(bool(_FACTS[element.fact](cohort, one)) for one in group)
    ends = wilson(stated, len(group))
    if ends is None:
        return Coverage(element, 0, 0, None, None, None)
    return Coverage(element, stated, len(group), stated / len(group), *ends)


def _tagged(one: Artifact, *prefixes: str) -> bool:
    return any(tag.startswith(prefixes) for tag in one.tags)


_FACTS: Mapping[str, Callable[[Cohort, Artifact], object]] = {
    "document": lambda cohort, one: True,
    "lineage": lambda cohort, one: cohort.parents.get(one.ref),
    "name": lambda cohort, one: one.name,
    "identifier": lambda cohort, one: cyclonedx.purl(one),
    "commit": lambda cohort, one: one.sha,
    "time": lambda cohort, one: one.created or one.modified,
    "publisher": lambda cohort, one: one.author,
    "summary": lambda cohort, one: words.summary(one.card),
    "hash": lambda cohort, one: any(file.sha256 for file in cohort.files.get(one.ref, ())),
    "properties": lambda cohort, one: one.architecture or one.parameters,
    "formats": lambda cohort, one: any(words.formats(one.pipeline)),
    "training": lambda cohort, one: (
        any(e.relation in _MADE_BY for e in cohort.parents.get(one.ref, ()))
        or sections.read(one.card).keys() & {"training", "training data", "preprocessing"}
    ),
    "licence": lambda cohort, one: cyclonedx.licences(one),
    "references": lambda cohort, one: words.page(one.hub, one.kind, one.name) or words.papers(one.tags),
    "trained": lambda cohort, one: any(e.relation == "trained_on" for e in cohort.parents.get(one.ref, ())),
    "content": lambda cohort, one: _tagged(one, "modality:", "task_categories:"),
    "origin": lambda cohort, one: (
        _tagged(one, "source_datasets:", "annotations_creators:", "language_creators:")
        or sections.read(one.card).keys() & {"collection", "annotation", "preprocessing"}
    ),
    "personal": lambda cohort, one: "personal" in sections.read(one.card),
    "size": lambda cohort, one: _tagged(one, "size_categories:"),
    "library": lambda cohort, one: one.library,
    "measured": lambda cohort, one: model_card.metrics(cohort, one.ref),
}
