"""Whether a CycloneDX document holds together: what no schema can check.

A schema accepts a dependency on a component that is not there. Here every reference must name something that the
document holds, and no two things may share a name, or a package URL with different contents.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

_LINK = "urn:cdx:"  # to another document
_POINTERS = {"headgate:asked", "headgate:component", "headgate:derivation"}
_LISTED = (
    ("dependencies", "dependsOn"), ("dependencies", "provides"), ("compositions", "assemblies"),
    ("compositions", "dependencies"), ("compositions", "vulnerabilities"), ("annotations", "subjects"),
)  # fmt: skip


def check(document: Mapping[str, Any]) -> list[str]:
    """What is wrong with `document` (CycloneDX JSON values), one line each; empty where it holds together."""
    found = list(_objects(document))
    names = Counter(str(one["bom-ref"]) for one in found if "bom-ref" in one)
    problems = [f"bom-ref {name!r} is used {number} times" for name, number in sorted(names.items()) if number > 1]
    for where, target in _references(document, found):
        if not str(target).startswith(_LINK) and target not in names:
            problems.append(f"{where} names {target!r}, which the document does not hold")
    return problems + _dependencies(document) + _identities(found) + _cards(found)


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _references(document: Mapping[str, Any], found: list[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for field, inner in _LISTED:
        for one in document.get(field, ()):
            yield from ((f"{field}, {inner}", target) for target in one.get(inner, ()))
    yield from (("dependencies", one.get("ref")) for one in document.get("dependencies", ()))
    for one in document.get("vulnerabilities", ()):
        yield from (("vulnerabilities", affected.get("ref")) for affected in one.get("affects", ()))
    for one in found:
        for data in one.get("modelParameters", {}).get("datasets", ()):
            if "ref" in data:
                yield "modelCard datasets", data["ref"]
        if one.keys() == {"name", "value"} and one["name"] in _POINTERS:  # a property, not a component of that name
            yield str(one["name"]), _target(str(one["name"]), one["value"])


def _target(name: str, value: str) -> object:
    if name != "headgate:derivation":
        return value
    try:
        return json.loads(value)["parent"]
    except (ValueError, TypeError, KeyError):
        return None


def _dependencies(document: Mapping[str, Any]) -> list[str]:
    listed = document.get("dependencies", [])
    twice = sorted(ref for ref, number in Counter(str(one.get("ref")) for one in listed).items() if number > 1)
    own = sorted(str(one["ref"]) for one in listed if one.get("ref") in one.get("dependsOn", ()))
    return [f"dependencies lists {ref!r} twice" for ref in twice] + [f"{ref!r} depends on itself" for ref in own]


def _identities(found: list[Mapping[str, Any]]) -> list[str]:
    named: dict[str, set[str]] = defaultdict(set)
    contents: dict[str, set[str]] = defaultdict(set)
    for one in found:
        if "purl" not in one:
            continue
        if "bom-ref" in one:
            named[one["purl"]].add(str(one["bom-ref"]))
        if hashes := _hashes(one):
            contents[one["purl"]].add(hashes)
    problems = [f"purl {url!r} has {len(refs)} bom-refs" for url, refs in sorted(named.items()) if len(refs) > 1]
    problems += [f"purl {url!r} has different hashes" for url, all_ in sorted(contents.items()) if len(all_) > 1]
    return problems + [
        f"purl {url!r} lacks a namespace"
        for url in sorted(named)
        if url.startswith("pkg:huggingface/") and "/" not in url.removeprefix("pkg:huggingface/").split("@")[0]
    ]


def _hashes(one: Mapping[str, Any]) -> str:
    own = [("", entry) for entry in one.get("hashes", ())]
    own += [(str(part.get("name")), entry) for part in one.get("components", ()) for entry in part.get("hashes", ())]
    return repr(sorted((name, str(entry["alg"]), str(entry["content"])) for name, entry in own)) if own else ""


def _cards(found: list[Mapping[str, Any]]) -> list[str]:
    return [
        f"{one.get('bom-ref')!r} has a model card but is no model"
        for one in found
        if "modelCard" in one and one.get("type") != "machine-learning-model"
    ]
