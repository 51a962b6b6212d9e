"""A cohort as an SPDX 3.0.1 document in JSON-LD, with the AI and Dataset profiles.

SPDX 3.0.1 names no kind of derivation, so each relationship of lineage carries an annotation that does. What nobody
stated is left out, or asserted to be unknown where SPDX has a word for that; a profile is claimed only where every
package has what the profile asks of it. The same facts and the same moment give the same bytes.
Reference: SPDX 3.0.1 model and JSON-LD context, https://spdx.org/rdf/3.0.1/.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote

from headgate import __version__
from headgate.bom import places, spdx_licences, spdx_packages, words
from headgate.bom.shapes import Cohort, Edge

Json: TypeAlias = dict[str, Any]

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
# how each relation is said: the type of relationship, and whether it goes from the parent to the child
_SAID = {
    "finetune": ("descendantOf", False), "adapter": ("descendantOf", False), "merge": ("descendantOf", False),
    "quantized": ("descendantOf", False), "unlearned": ("descendantOf", False), "base_family": ("descendantOf", False),
    "protected": ("descendantOf", False),
    "trained_on": ("trainedOn", False),
    "copy": ("copiedTo", True), "version_of": ("hasVariant", True),
}  # fmt: skip
_OF_DATA = ("trained_on", "protected")


class _Making(NamedTuple):
    """The document under way: of which `cohort`, the start of every id, and the refs that are data."""

    cohort: Cohort
    space: str
    data: frozenset[str]


def document(cohort: Cohort, *, moment: datetime) -> Json:
    """The SPDX document of `cohort` as JSON values, made at `moment` (UTC); its roots are the artifacts asked for."""
    digest = hashlib.sha256(repr((__version__, places.stamp(moment), cohort)).encode("utf-8", "replace")).hexdigest()
    now = _Making(cohort, f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}#", _data(cohort))
    maker = _element("SoftwareAgent", _id(now, "maker"), name="Headgate")
    tool = _element("Tool", _id(now, "tool"), name=f"Headgate {__version__}")
    packages = [_package(now, ref) for ref in cohort.artifacts]
    elements = [maker, tool, *_agents(now), *packages, *_licences(now)]
    for ref in cohort.artifacts:
        elements += [*_files(now, ref), *_lineage(now, ref), *_measured(now, ref)]
    creation = {
        "type": "CreationInfo", "@id": "_:creation", "specVersion": "3.0.1", "created": places.stamp(moment),
        "createdBy": [maker["spdxId"]], "createdUsing": [tool["spdxId"]],
    }  # fmt: skip
    return {"@context": CONTEXT, "@graph": [creation, *_collections(now, packages, elements), *elements]}


def _data(cohort: Cohort) -> frozenset[str]:
    """Refs of datasets, and of what is known only as what a model was trained on or a protected copy made of."""
    used = {edge.parent for edges in cohort.parents.values() for edge in edges if edge.relation in _OF_DATA}
    return frozenset(
        ref
        for ref, one in cohort.artifacts.items()
        if one.kind == "dataset" or (ref in used and one.kind not in {"model", "version"})
    )


def _id(now: _Making, kind: str, *parts: str) -> str:
    # quote leaves neither a ! nor anything that an IRI forbids, so that no two names meet
    return f"{now.space}{kind}" + "".join(f"!{quote(part, safe=':/', errors='replace')}" for part in parts)


def _element(kind: str, spdx_id: str, **fields: Any) -> Json:
    said = {name: value for name, value in fields.items() if value not in (None, [], "")}
    return {"type": kind, "spdxId": spdx_id, "creationInfo": "_:creation", **said}


def _relationship(spdx_id: str, kind: str, source: str, targets: list[str], completeness: str) -> Json:
    ends = {"from": source, "to": targets}
    return _element("Relationship", spdx_id, **ends, relationshipType=kind, completeness=completeness)


def _note(now: _Making, subject: str, about: str, statement: object, *key: str) -> Json:
    text = json.dumps({about: statement}, sort_keys=True)
    return _element("Annotation", _id(now, "annotation", about, *key), subject=subject, annotationType="other",
                    contentType="application/json", statement=text)  # fmt: skip


def _agents(now: _Making) -> Iterator[Json]:
    note = "An account of a hub; whether of a person or an organisation is not known."
    for author in sorted({one.author for one in now.cohort.artifacts.values() if one.author}):
        yield _element("Agent", _id(now, "agent", author), name=words.line(author, 200), comment=note)


def _package(now: _Making, ref: str) -> Json:
    cohort, one = now.cohort, now.cohort.artifacts[ref]
    supplier = _id(now, "agent", one.author) if one.author else None
    if ref in now.data:
        fields = spdx_packages.dataset(one, cohort.files.get(ref, ()))
        kind = "dataset_DatasetPackage"
    else:
        fields = spdx_packages.model(one)
        kind = "ai_AIPackage"
    return _element(kind, _id(now, "package", ref), **spdx_packages.common(one, supplier), **fields)


def _licences(now: _Making) -> Iterator[Json]:
    """Every declared licence once, and what each artifact declares; nothing is concluded here."""
    known: dict[str, list[Json]] = {}
    declared: dict[str, list[str]] = defaultdict(list)
    for ref, one in now.cohort.artifacts.items():
        for licence in one.licences:
            named = spdx_licences.expression(one, licence)
            spdx_id = _id(now, "licence", named)
            if named not in known:
                text_id = _id(now, "licence-text", named)
                known[named] = spdx_licences.elements(one, licence, named, text_id, spdx_id)
            if spdx_id not in declared[ref]:
                declared[ref].append(spdx_id)
    for named in sorted(known):
        yield from known[named]
    for ref in now.cohort.artifacts:
        package, said = _id(now, "package", ref), declared[ref]
        for kind, targets in (("hasDeclaredLicense", said), ("hasConcludedLicense", [])):
            yield _relationship(_id(now, kind, ref), kind, package, targets or [spdx_licences.NO_ASSERTION],
                                "complete" if targets else "noAssertion")  # fmt: skip


def _files(now: _Making, ref: str) -> list[Json]:
    listed = now.cohort.files.get(ref, ())
    if not listed:
        return []
    made = []
    for number, file in enumerate(listed, 1):
        hashes = [{"type": "Hash", "algorithm": "sha256", "hashValue": file.sha256}] if file.sha256 else None
        size = None if file.size is None else f"{file.size} bytes"
        made.append(_element("software_File", _id(now, "file", ref, str(number)), name=words.line(file.path, 400),
                             comment=size, verifiedUsing=hashes))  # fmt: skip
    cut = len(listed) < now.cohort.artifacts[ref].files
    names = [one["spdxId"] for one in made]
    package, spdx_id = _id(now, "package", ref), _id(now, "contains", ref)
    return [*made, _relationship(spdx_id, "contains", package, names, "incomplete" if cut else "noAssertion")]


def _lineage(now: _Making, ref: str) -> Iterator[Json]:
    grouped: dict[tuple[str, str, bool], list[Edge]] = defaultdict(list)
    for edge in now.cohort.parents.get(ref, ()):
        if edge.parent != ref:  # nothing descends from itself
            grouped[edge.parent, *_SAID.get(edge.relation, ("other", False))].append(edge)
    for (parent, kind, down), edges in grouped.items():
        ends = [_id(now, "package", parent), _id(now, "package", ref)]
        source, target = ends if down else reversed(ends)
        spdx_id = _id(now, kind, ref, parent)
        yield _relationship(spdx_id, kind, source, [target], "noAssertion")
        told = [
            {"relation": words.line(edge.relation, 100), "how": edge.how, "confidence": edge.confidence,
             "evidence": words.line(edge.evidence or ""), "method": edge.method}
            for edge in edges
        ]  # fmt: skip
        yield _note(now, spdx_id, "headgate:derivation", told, kind, ref, parent)


def _measured(now: _Making, ref: str) -> list[Json]:
    found = [
        {"check": one.check, "value": one.value, "low": one.low, "high": one.high, "n": one.n,
         "evidence": words.line(one.evidence or "")}
        for one in now.cohort.findings.get(ref, ())
    ]  # fmt: skip
    decided = [
        {"control": one.control, "decision": one.decision, "because": words.line(one.because or "")}
        for one in now.cohort.decisions.get(ref, ())
    ]
    package = _id(now, "package", ref)
    told = (("headgate:findings", found), ("headgate:decisions", decided))
    return [_note(now, package, about, what, ref) for about, what in told if what]


def _collections(now: _Making, packages: list[Json], elements: list[Json]) -> list[Json]:
    """The document itself, and in it the bill of materials whose roots are the artifacts asked for."""
    cohort = now.cohort
    profiles, notes = spdx_packages.profiles(packages)
    if not cohort.linked:
        notes.append("Lineage was not looked for.")
    notes += [f"Decisions of {name} rest on a sensitive check and are left out." for name in cohort.withheld]
    roots = [_id(now, "package", ref) for ref in cohort.asked]
    parts = [one["spdxId"] for one in elements if one["type"] in {*spdx_packages.REQUIRED, "software_File"}]
    subject = cohort.asked[0] if len(cohort.asked) == 1 else f"{len(cohort.asked)} artifacts"
    bill = _element("software_Sbom", _id(now, "sbom"), rootElement=roots, element=parts, software_sbomType=["analyzed"],
                    profileConformance=profiles)  # fmt: skip
    whole = _element(
        "SpdxDocument", _id(now, "document"), name=f"Bill of materials of {words.line(subject, 400)}",
        comment=" ".join(notes), rootElement=[bill["spdxId"]], profileConformance=profiles,
        element=[bill["spdxId"], *(one["spdxId"] for one in elements)],
    )  # fmt: skip
    return [whole, bill]
