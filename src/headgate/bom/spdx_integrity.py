"""Whether an SPDX 3 document holds together: what shapes cannot check, since RDF lets any name stand for something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

_REFERENCES = {"createdBy", "createdUsing", "creationInfo", "element", "from", "rootElement", "subject", "suppliedBy",
               "originatedBy", "to", "dataLicense"}  # fmt: skip
_COLLECTIONS = {"SpdxDocument", "software_Sbom", "Bom", "Bundle"}
# individuals that the model itself defines
_DEFINED = {"NoAssertionElement", "NoneElement", "expandedlicensing_NoAssertionLicense",
            "expandedlicensing_NoneLicense"}  # fmt: skip


def check(document: Mapping[str, Any]) -> list[str]:
    """What is wrong with `document` (JSON values with a `@graph`), one line each; empty where it holds together."""
    graph = document["@graph"]
    names = Counter(str(one.get("spdxId", one.get("@id"))) for one in graph)
    problems = [f"{name} is used {number} times" for name, number in sorted(names.items()) if number > 1]
    problems += [f"{where} names {target!r}, which the document does not hold"
                 for where, target in _references(graph) if target not in names and target not in _DEFINED]  # fmt: skip
    listed = {target for one in graph if one.get("type") == "SpdxDocument" for target in one.get("element", ())}
    whole = {str(one["spdxId"]) for one in graph if "spdxId" in one and one.get("type") != "SpdxDocument"}
    problems += [f"{name} is in no document" for name in sorted(whole - listed)]
    return problems + [
        f"{one['spdxId']} has elements and no root"
        for one in graph
        if one.get("type") in _COLLECTIONS and one.get("element") and not one.get("rootElement")
    ]


def _references(graph: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in graph:
        own = str(one.get("spdxId", one.get("@id")))
        for field in sorted(_REFERENCES & one.keys()):
            targets = one[field] if isinstance(one[field], list) else [one[field]]
            yield from ((f"{field} of {own}", str(target)) for target in targets)
        for entry in one.get("simplelicensing_customIdToUri", ()):
            yield f"customIdToUri of {own}", str(entry["value"])
