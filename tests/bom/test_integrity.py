"""Each way in which a document can fall apart is found, and a sound document has none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from headgate.bom import cyclonedx, facts, integrity
from tests.bom.hub import BASE, DATA, MOMENT, TUNED, errors
from tests.lineages import lineage

HASHED = [{"alg": "SHA-256", "content": "a" * 64}]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    edges = [{"child": TUNED, "parent": BASE}, {"child": TUNED, "parent": DATA, "relation": "trained_on"}]
    ws = lineage(
        tmp_path_factory.mktemp("w") / "w", {BASE: {"sha": "a" * 40}, TUNED: {}, DATA: {"kind": "dataset"}}, edges
    )
    return cyclonedx.document(facts.gather(ws, [TUNED]), moment=MOMENT)


def part(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["components"] if one["name"] == name)
    return found


def derivation(document: dict[str, Any]) -> dict[str, Any]:
    listed = document["metadata"]["component"]["properties"]
    found: dict[str, Any] = next(one for one in listed if one["name"] == "headgate:derivation")
    return found


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "dangling dependsOn": (lambda d: d["dependencies"][0].update(dependsOn=["nowhere"]), "dependencies, dependsOn names 'nowhere'"),
    "dangling ref": (lambda d: d["dependencies"].append({"ref": "nowhere"}), "dependencies names 'nowhere'"),
    "dangling provides": (lambda d: d["dependencies"][0].update(provides=["nowhere"]), "provides names 'nowhere'"),
    "dangling composition": (lambda d: d["compositions"][0].update(assemblies=["nowhere"]), "compositions, assemblies names"),
    "dangling annotation": (lambda d: d.update(annotations=[{"subjects": ["nowhere"]}]), "annotations, subjects names"),
    "dangling vulnerability": (lambda d: d.update(vulnerabilities=[{"affects": [{"ref": "nowhere"}]}]), "vulnerabilities names"),
    "dangling dataset": (
        lambda d: d["metadata"]["component"]["modelCard"]["modelParameters"].update(datasets=[{"ref": "nowhere"}]),
        "modelCard datasets names 'nowhere'",
    ),
    "dangling pedigree": (
        lambda d: d["metadata"]["component"]["pedigree"]["ancestors"][0]["properties"][0].update(value="nowhere"),
        "headgate:component names 'nowhere'",
    ),
    "dangling derivation": (lambda d: derivation(d).update(value='{"parent": "nowhere"}'), "headgate:derivation names 'nowhere'"),
    "broken derivation": (lambda d: derivation(d).update(value="{"), "headgate:derivation names None"),
    "missing component": (lambda d: d["components"].remove(part(d, "base")), "which the document does not hold"),
    "bom-ref twice": (lambda d: d["components"].append({"type": "file", "name": "f", "bom-ref": DATA}), "is used 2 times"),
    "ref listed twice": (lambda d: d["dependencies"].append({"ref": DATA}), f"dependencies lists '{DATA}' twice"),
    "self": (lambda d: d["dependencies"].append({"ref": DATA, "dependsOn": [DATA]}), f"'{DATA}' depends on itself"),
    "one purl, two names": (
        lambda d: d["components"].append({"type": "data", "name": "n", "bom-ref": "new", "purl": part(d, "data")["purl"]}),
        "has 2 bom-refs",
    ),
    "one purl, two contents": (
        lambda d: (part(d, "base").update(hashes=HASHED), d["components"].append(
            {"type": "data", "name": "n", "purl": part(d, "base")["purl"], "hashes": [HASHED[0] | {"content": "b" * 64}]})),
        "has different hashes",
    ),
    "no namespace": (lambda d: part(d, "base").update(purl="pkg:huggingface/base@1"), "lacks a namespace"),
    "card of data": (lambda d: part(d, "data").update(modelCard={}), "has a model card but is no model"),
}  # fmt: skip


def test_a_sound_document_has_no_problem(document: dict[str, Any]) -> None:
    assert integrity.check(document) == []
    assert errors(document) is None


@pytest.mark.parametrize("name", BREAKS)
def test_each_break_is_found(document: dict[str, Any], name: str) -> None:
    broken = copy.deepcopy(document)
    change, told = BREAKS[name]
    change(broken)
    assert any(told in problem for problem in integrity.check(broken)), integrity.check(broken)


def test_the_schema_alone_would_not_have_seen_it(document: dict[str, Any]) -> None:
    broken = copy.deepcopy(document)
    broken["dependencies"][0]["dependsOn"] = ["nowhere"]
    assert errors(broken) is None
    assert len(integrity.check(broken)) == 1


def test_links_to_other_documents_and_names_like_ours_are_left_alone(document: dict[str, Any]) -> None:
    linked = copy.deepcopy(document)
    linked["dependencies"][0]["dependsOn"] = ["urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#x"]
    linked["components"].append({"type": "file", "bom-ref": "f", "name": "headgate:derivation"})
    assert integrity.check(linked) == []
    assert integrity.check({"bomFormat": "CycloneDX", "specVersion": "1.7"}) == []
