"""A cohort as a CycloneDX machine-learning bill of materials, versions 1.6 and 1.7, in JSON.

The document is built by hand, because the Python library of CycloneDX carries neither model cards nor data. What
the standard has no field for is said in properties `headgate:*`, which docs/bom.md lists; what nobody knows is
said too. The same facts and the same moment give the same bytes.
Reference: CycloneDX 1.6 and 1.7 (ECMA-424), JSON schemas; purl specification, type huggingface.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias

from headgate import __version__, refs
from headgate.bom import model_card, words
from headgate.bom.shapes import PRESENT, Artifact, Cohort, Edge
from headgate.licences import resolve

SPECS = ("1.6", "1.7")
Json: TypeAlias = dict[str, Any]

# the same artifact under another name is nothing that it was derived from
_SAME = {"version_of", "renamed"}
TRAINED = "trained_on"


def document(cohort: Cohort, *, moment: datetime, spec: str = "1.7") -> Json:
    """The bill of materials of `cohort` as JSON values, made at `moment` (UTC), in version `spec`.

    With one artifact asked for it is the component that the document is about; of several, all are listed and named
    in the metadata.
    """
    names = {ref: bom_ref(one) for ref, one in cohort.artifacts.items()}
    data = _data(cohort)
    made = {ref: _component(cohort, ref, names, data) for ref in cohort.artifacts}
    subject = cohort.asked[0] if len(cohort.asked) == 1 else None
    body: Json = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec,
        "version": 1,
        "metadata": _metadata(cohort, names, moment, made.pop(subject) if subject else None),
        "components": list(made.values()),
        "dependencies": [_dependency(cohort, ref, names) for ref in names],
        "compositions": _compositions(cohort, names),
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    serial = uuid.uuid5(uuid.NAMESPACE_OID, digest)
    return {"$schema": body.pop("$schema"), "bomFormat": body.pop("bomFormat"), "specVersion": body.pop("specVersion"),
            "serialNumber": f"urn:uuid:{serial}"} | body  # fmt: skip


def purl(one: Artifact) -> str | None:
    """The package URL of `one`; None for a name alone, and where a Hugging Face id has no namespace."""
    hub, _, rest = one.ref.partition(":")
    if hub == "name" or (hub == "hf" and "/" not in rest):
        return None
    ref = refs.parse(one.ref)
    return refs.to_purl(refs.Ref(ref.hub, ref.kind, ref.id, words.line(one.sha, 64).lower() if one.sha else None))


def bom_ref(one: Artifact) -> str:
    """What names `one` inside a document: its package URL where a commit pins it, else its ref."""
    return (purl(one) if one.sha else None) or words.line(one.ref, 400)


def _data(cohort: Cohort) -> set[str]:
    """Refs of data: datasets, and what is known only as what a model was trained on or a protected copy made of."""
    data = {ref for ref, one in cohort.artifacts.items() if one.kind == "dataset"}
    for edges in cohort.parents.values():
        for edge in edges:
            one = cohort.artifacts[edge.parent]
            if edge.relation in {TRAINED, "protected"} and one.kind not in {"model", "version"}:
                data.add(edge.parent)
    return data


def _component(cohort: Cohort, ref: str, names: dict[str, str], data: set[str]) -> Json:
    one = cohort.artifacts[ref]
    edges = cohort.parents.get(ref, ())
    made: Json = {"type": "data" if ref in data else "machine-learning-model", "bom-ref": names[ref]}
    if one.author:
        made["supplier"] = {"name": words.line(one.author, 200)}
        made["publisher"] = words.line(one.author, 200)
    made |= _named(one)
    if told := words.summary(one.card):
        made["description"] = told
    if stated := licences(one):
        made["licenses"] = stated
    if url := purl(one):
        made["purl"] = url
    if ancestors := _ancestors(cohort, ref, names, data):
        made["pedigree"] = {"ancestors": ancestors}
    if links := _links(one):
        made["externalReferences"] = links
    if files := _files(cohort, ref, names):
        made["components"] = files
    if ref in data:
        made["data"] = [{"type": "dataset", "name": made["name"]}]
    elif card := model_card.build(cohort, ref, names):
        made["modelCard"] = card
    made["properties"] = [*_known(one, edges, data=ref in data), *_lineage(edges, names), *_measured(cohort, ref)]
    return made


def _named(one: Artifact) -> Json:
    name = words.line(one.name or one.ref.partition(":")[2], 300)
    group, _, last = name.partition("/") if one.hub == "huggingface" else ("", "", name)
    made: Json = {"group": group, "name": last} if group and last else {"name": name}
    if one.sha:
        made["version"] = words.line(one.sha, 64).lower()
    return made


def licences(one: Artifact) -> list[Json]:
    """The licences that `one` states, as CycloneDX writes them; `other` and `unknown` alone state none."""
    made = []
    for found in one.licences:
        licence: Json = {"id": found.spdx} if found.spdx else {"name": words.line(found.declared, 200)}
        if not found.spdx and len(one.licences) == 1:
            if one.licence_name:
                licence["name"] = words.line(one.licence_name, 200)
            if url := words.address(one.licence_link):
                licence["url"] = url
        if licence.keys() != {"name"} or not resolve.states_nothing(licence["name"]):
            made.append({"license": licence | {"acknowledgement": "declared"}})
    return made


def _ancestors(cohort: Cohort, ref: str, names: dict[str, str], data: set[str]) -> list[Json]:
    """Direct parents: each is a component of its own, which `headgate:component` points to, with its own pedigree."""
    made = []
    direct = {edge.parent for edge in cohort.parents.get(ref, ()) if edge.relation not in {*_SAME, TRAINED}}
    for parent in sorted(direct - {ref}):
        one = cohort.artifacts[parent]
        entry = {"type": "data" if parent in data else "machine-learning-model", **_named(one)}
        if url := purl(one):
            entry["purl"] = url
        made.append(entry | {"properties": [_property("component", names[parent])]})
    return made


def _links(one: Artifact) -> list[Json]:
    links = [{"type": "documentation", "url": url} for url in words.papers(one.tags)]
    card = words.page(one.hub, one.kind, one.name) if one.status == PRESENT else None
    return [{"type": "model-card" if one.kind == "model" else "documentation", "url": card}, *links] if card else links


def _files(cohort: Cohort, ref: str, names: dict[str, str]) -> list[Json]:
    made = []
    for number, file in enumerate(cohort.files.get(ref, ()), 1):
        entry: Json = {"type": "file", "bom-ref": f"{names[ref]}#file-{number}", "name": words.line(file.path, 400)}
        if file.sha256:
            entry["hashes"] = [{"alg": "SHA-256", "content": file.sha256}]
        if file.size is not None:
            entry["properties"] = [_property("size", file.size)]
        made.append(entry)
    return made


def _property(name: str, value: object) -> Json:
    return {"name": f"headgate:{name}", "value": value if isinstance(value, str) else json.dumps(value, sort_keys=True)}


def _known(one: Artifact, edges: Iterable[Edge], *, data: bool) -> list[Json]:
    made = [_property("ref", words.line(one.ref, 400)), _property("status", one.status)]
    told = {
        "observed": one.observed and f"{one.observed:%Y-%m-%dT%H:%M:%SZ}",
        "created": one.created and f"{one.created:%Y-%m-%dT%H:%M:%SZ}",
        "modified": one.modified and f"{one.modified:%Y-%m-%dT%H:%M:%SZ}",
        "library": one.library, "gated": one.gated, "licence-source": one.licence_source,
        "licence-declared": " ".join(found.declared for found in one.licences) or None,
        "parameters": one.parameters, "files": one.files or None,
    }  # fmt: skip
    made += [_property(name, words.line(value)) for name, value in told.items() if value is not None]
    unknown = {
        "commit": one.sha,
        "licence": licences(one),
        "publisher": one.author,
        "files": one.files,
        "lineage": tuple(edges),
    }
    if not data:
        unknown |= {"task": one.pipeline, "architecture": one.architecture, "parameters": one.parameters}
    return [*made, _property("unknown", " ".join(name for name, value in unknown.items() if not value))]


def _lineage(edges: Iterable[Edge], names: dict[str, str]) -> list[Json]:
    return [
        _property("derivation", {
            "parent": names[edge.parent], "relation": words.line(edge.relation, 100), "how": edge.how,
            "confidence": edge.confidence, "evidence": words.line(edge.evidence or ""), "method": edge.method,
        })
        for edge in edges
    ]  # fmt: skip


def _measured(cohort: Cohort, ref: str) -> list[Json]:
    made = [
        _property(f"finding:{found.check}", {
            "value": found.value, "low": found.low, "high": found.high, "n": found.n,
            "evidence": words.line(found.evidence or ""),
        })
        for found in cohort.findings.get(ref, ())
    ]  # fmt: skip
    return made + [
        _property(f"decision:{one.control}", {"decision": one.decision, "because": words.line(one.because or "")})
        for one in cohort.decisions.get(ref, ())
    ]


def _metadata(cohort: Cohort, names: dict[str, str], moment: datetime, subject: Json | None) -> Json:
    made: Json = {
        "timestamp": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "lifecycles": [{"phase": "discovery"}],
        "tools": {"components": [{"type": "application", "name": "headgate", "version": __version__}]},
    }
    if subject:
        made["component"] = subject
    notes = [_property("asked", names[ref]) for ref in cohort.asked]
    if not cohort.linked:
        notes.append(_property("note", "lineage was not looked for"))
    notes += [_property("note", f"decisions of {name} rest on a sensitive check and are left out")
              for name in cohort.withheld]  # fmt: skip
    return made | {"properties": notes}


def _dependency(cohort: Cohort, ref: str, names: dict[str, str]) -> Json:
    parents = sorted({names[edge.parent] for edge in cohort.parents.get(ref, ())} - {names[ref]})
    return {"ref": names[ref], "dependsOn": parents} if parents else {"ref": names[ref]}


def _compositions(cohort: Cohort, names: dict[str, str]) -> list[Json]:
    """What is known of parts and parents is incomplete; of the others it is not known whether there are any."""
    made = []
    for kind, known in (("assemblies", cohort.files), ("dependencies", cohort.parents)):
        for aggregate, wanted in (("incomplete", True), ("unknown", False)):
            if listed := [name for ref, name in names.items() if (ref in known) == wanted]:
                made.append({"aggregate": aggregate, kind: listed})
    return made
