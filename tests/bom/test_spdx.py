"""SPDX 3.0.1 documents: what they say, that SHACL accepts them, and that it would reject broken ones."""

from __future__ import annotations

import copy
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import run
from headgate.bom import facts, spdx, spdx_integrity
from headgate.bom.shapes import Cohort, only
from headgate.workspace import open_workspace
from tests.bom.spdx_cohort import BASE, DATA, LOST, MODEL, MOMENT, PAGE, VERSION, cohort

pytest.importorskip(
    "spdx_python_model", reason="the bindings of SPDX, of which the shapes are rebuilt, are not installed"
)
pytest.importorskip("pyshacl")
# the shapes are those of the installed bindings; see tests/bom/spdx_rules.py
from rdflib import SH, XSD, Literal, URIRef

from tests.bom import spdx_rules

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:pyshacl")
TERMS = "https://spdx.org/rdf/3.0.1/terms/"


def made(*asked: str) -> dict[str, Any]:
    return spdx.document(cohort(*asked), moment=MOMENT)


def of(document: dict[str, Any], kind: str, end: str = "") -> list[dict[str, Any]]:
    return [one for one in document["@graph"] if one["type"] == kind and one.get("spdxId", "").endswith(end)]


def short(spdx_id: str) -> str:
    return spdx_id.partition("#")[2]


def relationships(document: dict[str, Any]) -> set[tuple[str, str, tuple[str, ...], str]]:
    return {
        (short(one["from"]), one["relationshipType"], tuple(short(to) or to for to in one["to"]), one["completeness"])
        for one in of(document, "Relationship")
    }


def test_a_model_says_what_is_known_of_it() -> None:
    document = made()
    (model,) = of(document, "ai_AIPackage", f"package!{MODEL}")
    agent = model["suppliedBy"]
    assert short(agent) == "agent!acme"
    space = agent.partition("#")[0]
    assert model == {
        "type": "ai_AIPackage",
        "spdxId": f"{space}#package!{MODEL}",
        "creationInfo": "_:creation",
        "name": "acme/writer",
        "externalIdentifier": [
            {
                "type": "ExternalIdentifier",
                "externalIdentifierType": "other",
                "identifier": MODEL,
                "issuingAuthority": "headgate",
            }
        ],
        "externalRef": [
            {"type": "ExternalRef", "externalRefType": "documentation", "locator": ["https://arxiv.org/abs/2101.00001"]}
        ],
        "suppliedBy": agent,
        "releaseTime": "2025-06-07T08:09:10Z",
        "software_packageVersion": "a" * 40,
        "software_packageUrl": f"pkg:huggingface/acme/writer@{'a' * 40}",
        "software_homePage": "https://huggingface.co/acme/writer",
        "software_downloadLocation": f"https://huggingface.co/acme/writer/tree/{'a' * 40}",
        "software_primaryPurpose": "model",
        "ai_typeOfModel": ["llama"],
        "ai_domain": ["text-generation"],
        "ai_hyperparameter": [{"type": "DictionaryEntry", "key": "number of weights", "value": "1000"}],
        "ai_informationAboutApplication": "Made for the library transformers.",
    }


def test_a_dataset_says_what_its_card_says_and_no_more() -> None:
    (data,) = of(made(), "dataset_DatasetPackage", f"package!{DATA}")
    said = {name: value for name, value in data.items() if name.startswith("dataset_")}
    assert said == {
        "dataset_datasetType": ["structured", "text"],
        "dataset_datasetSize": 100,
        "dataset_datasetAvailability": "registration",
        "dataset_dataCollectionProcess": "Written by hand. Then sorted. ``` # Personal and Sensitive Information not a heading ```",
        "dataset_intendedUse": "For tests only.",
        "dataset_knownBias": ["Every tale ends well."],
    }
    assert data["summary"].startswith("A corpus of invented tales")
    (texts,) = of(made(), "dataset_DatasetPackage", "package!name:some%20tales%20%3C1%3E")
    assert texts["dataset_datasetType"] == ["noAssertion"]
    assert texts["name"] == "some tales <1>"
    assert texts["comment"] == "Not held here: named only."
    assert "software_packageUrl" not in texts


def test_relationships_go_the_way_that_spdx_reads_them() -> None:
    writer, texts = f"package!{MODEL}", "package!name:some%20tales%20%3C1%3E"
    declared = {"licence!Apache-2.0", "licence!LicenseRef-headgate-llama3.1"}
    nothing = ("expandedlicensing_NoAssertionLicense",)
    found = relationships(made())
    assert {one for one in found if "License" not in one[1]} == {
        (writer, "descendantOf", (f"package!{BASE}",), "noAssertion"),
        (writer, "trainedOn", (f"package!{DATA}",), "noAssertion"),
        (writer, "trainedOn", (texts,), "noAssertion"),
        (f"package!{LOST}", "copiedTo", (writer,), "noAssertion"),
        (f"package!{PAGE}", "hasVariant", (f"package!{VERSION}",), "noAssertion"),
        (writer, "contains", (f"file!{MODEL}!1", f"file!{MODEL}!2"), "incomplete"),  # 2 of its 3 files are listed
        (f"package!{DATA}", "contains", (f"file!{DATA}!1", f"file!{DATA}!2"), "noAssertion"),
    }
    of_writer = {one[1]: one for one in found if one[0] == writer and "License" in one[1]}
    assert set(of_writer["hasDeclaredLicense"][2]) == declared
    assert of_writer["hasDeclaredLicense"][3] == "complete"
    assert of_writer["hasConcludedLicense"][2:] == (nothing, "noAssertion")
    assert (f"package!{BASE}", "hasDeclaredLicense", nothing, "noAssertion") in found


def test_the_kind_of_derivation_is_in_an_annotation() -> None:
    document = made()
    (note,) = of(document, "Annotation", f"descendantOf!{MODEL}!{BASE}")
    assert short(note["subject"]) == f"descendantOf!{MODEL}!{BASE}"
    assert note["contentType"] == "application/json"
    assert json.loads(note["statement"]) == {
        "headgate:derivation": [
            {
                "relation": "adapter", "how": "read", "confidence": 1.0,
                "evidence": "adapter_config.json", "method": "adapter_config",
            },
            {
                "relation": "finetune", "how": "declared", "confidence": 0.9,
                "evidence": "base_model", "method": "declared_base",
            },
        ]
    }  # fmt: skip
    notes = [json.loads(one["statement"]) for one in of(document, "Annotation", MODEL) if "finding" in one["spdxId"]]
    assert notes[0]["headgate:findings"][0]["check"] == "licence_missing"


def test_a_licence_that_spdx_does_not_list_is_a_reference_of_ours_with_a_text() -> None:
    document = made()
    named = {one["simplelicensing_licenseExpression"]: one for one in of(document, "simplelicensing_LicenseExpression")}
    tale = next(name for name in named if "Tale" in name)
    assert sorted(named) == sorted(["Apache-2.0", "LicenseRef-headgate-llama3.1", tale])
    assert "simplelicensing_customIdToUri" not in named["Apache-2.0"]
    (entry,) = named[tale]["simplelicensing_customIdToUri"]
    (text,) = of(document, "simplelicensing_SimpleLicensingText", short(entry["value"]))
    assert entry["key"] == tale
    assert text["name"] == "Tale licence"
    assert text["simplelicensing_licenseText"] == "The text of this licence is not held here."
    assert text["externalRef"][0]["locator"] == ["https://example.org/tale-licence"]


def test_files_carry_their_hash() -> None:
    document = made()
    weights, notes = of(document, "software_File", f"{MODEL}!1")[0], of(document, "software_File", f"{MODEL}!2")[0]
    assert weights["verifiedUsing"] == [{"type": "Hash", "algorithm": "sha256", "hashValue": "c" * 64}]
    assert weights["comment"] == "4000 bytes"
    assert "verifiedUsing" not in notes
    assert "comment" not in notes


def test_a_profile_is_claimed_only_where_every_package_has_what_it_asks_for() -> None:
    whole, bill = of(made(), "SpdxDocument")[0], of(made(), "software_Sbom")[0]
    assert whole["profileConformance"] == bill["profileConformance"] == ["core", "software", "simpleLicensing"]
    assert "The ai profile is used but not claimed: of 5 packages it lacks" in whole["comment"]
    alone = cohort(MODEL)._replace(parents={}, artifacts={MODEL: cohort().artifacts[MODEL]}, linked=False)
    whole = of(spdx.document(alone._replace(files={}), moment=MOMENT), "SpdxDocument")[0]
    assert whole["profileConformance"] == ["core", "software", "simpleLicensing", "ai"]
    assert whole["comment"] == "Lineage was not looked for."


def test_the_roots_are_what_was_asked_for() -> None:
    document = made(MODEL, DATA)
    (bill,) = of(document, "software_Sbom")
    assert [short(one) for one in bill["rootElement"]] == [f"package!{MODEL}", f"package!{DATA}"]
    (creation,) = [one for one in document["@graph"] if one["type"] == "CreationInfo"]
    assert creation["created"] == "2026-11-21T09:30:15Z"


def test_withheld_decisions_are_said_to_be() -> None:
    document = spdx.document(cohort()._replace(withheld=("release_gate",)), moment=MOMENT)
    assert of(document, "SpdxDocument")[0]["comment"].endswith(
        "Decisions of release_gate rest on a sensitive check and are left out."
    )


def test_the_same_facts_give_the_same_bytes_and_others_other_ids() -> None:
    assert json.dumps(made()) == json.dumps(made())
    assert of(made(), "Tool")[0]["spdxId"] != of(made(DATA), "Tool")[0]["spdxId"]


def test_shacl_and_the_bindings_accept_it() -> None:
    from spdx_python_model import v3_0_1 as model

    document = made()
    assert spdx_rules.errors(document) == []
    assert spdx_rules.unknown_names(document) == []
    assert spdx_integrity.check(document) == []
    objects = model.SHACLObjectSet()
    model.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), objects)
    assert objects.missing_ids == set()


def broken(how: str) -> dict[str, Any]:
    document = copy.deepcopy(made())
    package = of(document, "ai_AIPackage", MODEL)[0]
    data = of(document, "dataset_DatasetPackage", DATA)[0]
    edge = of(document, "Relationship", f"descendantOf!{MODEL}!{BASE}")[0]
    if how == "no type of data":
        del data["dataset_datasetType"]
    elif how == "two limitations":
        package["ai_limitation"] = ["one", "two"]
    elif how == "a type of relationship that is none":
        edge["relationshipType"] = "inventedFrom"
    elif how == "a date that is none":
        document["@graph"][0]["created"] = "yesterday"
    elif how == "a supplier that is a tool":
        package["suppliedBy"] = of(document, "Tool")[0]["spdxId"]
    elif how == "a parent that is not there":
        document["@graph"].remove(of(document, "ai_AIPackage", BASE)[0])
    elif how == "an abstract class":
        of(document, "software_Sbom")[0]["type"] = "ElementCollection"
    elif how == "no creation":
        del package["creationInfo"]
    elif how == "a size that is no number":
        data["dataset_datasetSize"] = "many"
    return document


@pytest.mark.parametrize(
    ("how", "where"),
    [
        ("no type of data", "Dataset/datasetType"),
        ("two limitations", "AI/limitation"),
        ("a type of relationship that is none", "Core/relationshipType"),
        ("a date that is none", "Core/created"),
        ("a supplier that is a tool", "Core/suppliedBy"),
        ("a parent that is not there", "Core/to"),
        ("an abstract class", "rdf-syntax-ns#type"),
        ("no creation", "Core/creationInfo"),
        ("a size that is no number", "Dataset/datasetSize"),
    ],
)
def test_shacl_would_reject(how: str, where: str) -> None:
    assert any(where in line for line in spdx_rules.errors(broken(how)))


@pytest.mark.parametrize(
    ("path", "facts_of_it"),
    [  # as the published spdx-model.ttl of 3.0.1 has them
        ("Core/subject", {SH.minCount: Literal(1), SH.maxCount: Literal(1), SH["class"]: URIRef(TERMS + "Core/Element")}),
        ("Core/contentType", {SH.maxCount: Literal(1), SH.pattern: Literal(r"^[^\/]+\/[^\/]+$")}),
        ("Dataset/datasetType", {SH.minCount: Literal(1), SH.maxCount: None}),
        ("Dataset/datasetSize", {SH.datatype: XSD.nonNegativeInteger, SH.maxCount: Literal(1), SH.minCount: None}),
        ("AI/hyperparameter", {SH["class"]: URIRef(TERMS + "Core/DictionaryEntry"), SH.maxCount: None}),
        ("Core/releaseTime", {SH.datatype: XSD.dateTimeStamp, SH.pattern: Literal(r"^\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")}),
        ("Core/suppliedBy", {SH["class"]: URIRef(TERMS + "Core/Agent"), SH.maxCount: Literal(1)}),
        ("ExpandedLicensing/seeAlso", {SH.datatype: XSD.anyURI, SH.maxCount: None}),
    ],
)  # fmt: skip
def test_the_rebuilt_shapes_are_those_of_the_published_model(path: str, facts_of_it: dict[URIRef, Any]) -> None:
    graph = spdx_rules.shapes()
    found = list(graph.subjects(SH.path, URIRef(TERMS + path)))
    assert found
    for shape in found:
        assert {what: graph.value(shape, what) for what in facts_of_it} == facts_of_it


PUBLISHED = {  # properties of a class's own shape in the published spdx-model.ttl; those with at most one value after |
    "AI/AIPackage": "metric domain standardCompliance modelDataPreprocessing hyperparameter typeOfModel "
    "metricDecisionThreshold modelExplainability | informationAboutTraining autonomyType safetyRiskAssessment limitation "
    "useSensitivePersonalInformation energyConsumption informationAboutApplication",
    "Dataset/DatasetPackage": "sensor anonymizationMethodUsed datasetType dataPreprocessing knownBias | "
    "confidentialityLevel datasetSize datasetNoise intendedUse datasetUpdateMechanism datasetAvailability "
    "dataCollectionProcess hasSensitivePersonalInformation",
    "Core/Annotation": "| contentType subject statement annotationType",
    "Core/Artifact": "standardName originatedBy supportLevel type | builtTime suppliedBy validUntilTime releaseTime",
    "Core/ElementCollection": "profileConformance element rootElement type |",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_rebuilt_classes_have_the_properties_of_the_published_ones(name: str) -> None:
    graph = spdx_rules.shapes()
    many, one = set(), set()
    for shape in graph.objects(URIRef(TERMS + name), SH.property):
        path = str(graph.value(shape, SH.path)).replace("#", "/").rpartition("/")[2]
        (one if graph.value(shape, SH.maxCount) == Literal(1) else many).add(path)
    published = PUBLISHED[name].split("|")
    assert (many, one) == (set(published[0].split()), set(published[1].split()))


def test_what_the_check_of_references_finds() -> None:
    document = broken("a parent that is not there")
    assert any(BASE in line and "does not hold" in line for line in spdx_integrity.check(document))
    document = made()
    document["@graph"].append(copy.deepcopy(of(document, "Tool")[0]))
    assert "is used 2 times" in spdx_integrity.check(document)[0]
    document = made()
    of(document, "SpdxDocument")[0]["element"].pop()
    assert any("is in no document" in line for line in spdx_integrity.check(document))
    document = made()
    del of(document, "software_Sbom")[0]["rootElement"]
    assert any("elements and no root" in line for line in spdx_integrity.check(document))
    document = made()
    of(document, "ai_AIPackage", MODEL)[0]["ai_limitations"] = "misspelt"
    assert spdx_rules.unknown_names(document) == ["ai_AIPackage has no ai_limitations"]


HOSTILE = st.text(min_size=1, max_size=40) | st.sampled_from(
    ["\u202e</script>", "a!b", "#", "%41", "A%41", "\ud7ff\x00"]
)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_of_a_hub_breaks_a_document(one: str, two: str, three: str) -> None:
    document = spdx.document(hostile(one, two, three), moment=MOMENT)
    assert spdx_integrity.check(document) == []
    assert spdx_rules.unknown_names(document) == []
    for element in document["@graph"][1:]:
        assert not set(element["spdxId"]) & set(' <>"{}|\\^`\x00\n\u202e')


def test_shacl_accepts_hostile_text() -> None:
    texts = ["\u202e</script>", 'a"b', "#!", "%41", "line\nbreak", "<http://x>", "_:creation", "\\u0041"]
    documents = [spdx.document(hostile(text, text[::-1], text), moment=MOMENT) for text in texts]
    assert spdx_rules.errors(*documents) == []


def hostile(one: str, two: str, three: str) -> Cohort:
    from headgate.bom.shapes import Artifact, Edge, File, Licence, unseen

    model = cohort().artifacts[MODEL]._replace(
        name=one, author=two, sha=three, licences=(Licence(one, None, None), Licence(two, None, None)), licence_name=three,
        licence_link=one, tags=(one, two), pipeline=three, library=one, architecture=two, card=f"## Uses\n\n{three}\n",
    )  # fmt: skip
    data = Artifact(DATA, "present", "huggingface", "dataset", two, one, None, licences=(Licence(three, None, None),),
                    licence_name=one, card=f"# Uses\n{one}\n## Limitations\n{two}")  # fmt: skip
    named = [unseen(ref) for ref in dict.fromkeys(f"name:{text}" for text in (one, two, three))]
    edges = [Edge(MODEL, parent.ref, "trained_on", "declared", 0.5, one, "trained_on") for parent in named]
    return Cohort((MODEL, DATA), {ref.ref: ref for ref in sorted([model, data, *named])},
                  {MODEL: (File(one, 1, None, None), File(two, None, "f" * 64, three))}, {MODEL: tuple(edges)}, {}, {},
                  linked=True)  # fmt: skip


@pytest.fixture(scope="module")
def real(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADGATE_KEY", "k" * 32)
        ws = open_workspace(tmp_path_factory.mktemp("real") / "ws", create=True)
        run.collect(ws, "dump", path=data / "hub" / "hf_models_sample2k.jsonl.gz", shape="huggingface-models")
        for method in ("declared_base", "trained_on", "quantised_copy"):
            run.run_method(ws, "link", method)
        return facts.gather(ws, None)


def test_real_models_hold_together(real: Cohort) -> None:
    assert len(real.asked) == 1895
    whole = spdx.document(real, moment=MOMENT)
    assert spdx_integrity.check(whole) == []
    assert spdx_rules.unknown_names(whole) == []
    for ref in real.asked:
        assert spdx_integrity.check(spdx.document(only(real, ref), moment=MOMENT)) == []
    drawn = random.Random(4).sample(real.asked, 40)
    assert spdx_rules.errors(*(spdx.document(only(real, ref), moment=MOMENT) for ref in drawn)) == []


@pytest.mark.slow
def test_shacl_accepts_every_real_model_and_their_cohort(real: Cohort) -> None:
    documents = [spdx.document(only(real, ref), moment=MOMENT) for ref in real.asked]
    found = [line for at in range(0, len(documents), 100) for line in spdx_rules.errors(*documents[at : at + 100])]
    assert found == []
    assert spdx_rules.errors(spdx.document(real, moment=MOMENT)) == []
