"""The documents against the public strict validator, and their content against what was put in."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate import run
from headgate.bom import cyclonedx, facts, integrity, spdx, write
from headgate.bom.shapes import Artifact, Cohort, Decision, Edge, File, Finding, Licence, only
from headgate.workspace import Workspace, open_workspace
from tests.bom.hub import BASE, DATA, MOMENT, TUNED, errors, synthetic
from tests.build import collect, model

SHA, OTHER = "a" * 40, "b" * 40
RICH = Artifact(
    TUNED, "present", "huggingface", "model", "a/tuned", "a", SHA, MOMENT, MOMENT, MOMENT,
    (Licence("apache-2.0", "Apache-2.0", "Apache-2.0"), Licence("llama3.1", "llama3.1", None)), "card", None, None, True,
    ("arxiv:2307.09288",), "text-generation", "transformers", "llama", 7, "no", ("org/data",),
    "# T\n\nThis model was trained to answer questions about trains.", 2,
)  # fmt: skip
COHORT = Cohort(
    (TUNED,),
    {DATA: Artifact(DATA, "present", "huggingface", "dataset", "org/data", "org"), TUNED: RICH,
     BASE: Artifact(BASE, "present", "huggingface", "model", "org/base", "org", OTHER)},
    {TUNED: (File("a.bin", 3, None, "pickle"), File("m.safetensors", 9, "f" * 64, "safetensors"))},
    {TUNED: (Edge(TUNED, BASE, "finetune", "declared", 0.95, "base_model", "declared_base"),
             Edge(TUNED, BASE, "finetune", "inferred", 0.5, None, "quantised_copy"),
             Edge(TUNED, TUNED, "merge", "declared", 0.9, None, "declared_base"),
             Edge(TUNED, DATA, "trained_on", "declared", 0.95, "datasets", "trained_on"))},
    {TUNED: (Finding("licence_missing", 0.0, None, None, 1, "card: apache-2.0"),
             Finding("notice_outcome", 0.5, 0.25, 0.75, 8, None))},
    {TUNED: (Decision("release_gate", "allow", None),)},
    True,
)  # fmt: skip
TUNED_REF, BASE_REF = f"pkg:huggingface/a/tuned@{SHA}", f"pkg:huggingface/org/base@{OTHER}"


def properties(component: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in component["properties"]:
        found.setdefault(one["name"].removeprefix("headgate:"), []).append(one["value"])
    return found


@pytest.mark.parametrize("spec", cyclonedx.SPECS)
def test_every_field_has_what_is_known(spec: str) -> None:
    document = cyclonedx.document(COHORT, moment=MOMENT, spec=spec)
    assert errors(document) is None
    assert integrity.check(document) == []
    assert (document["specVersion"], document["metadata"]["timestamp"]) == (spec, "2026-11-21T12:00:00Z")
    one = document["metadata"]["component"]
    assert {name: one[name] for name in ("type", "bom-ref", "group", "name", "version", "purl", "description")} == {
        "type": "machine-learning-model", "bom-ref": TUNED_REF, "group": "a", "name": "tuned", "version": SHA,
        "purl": TUNED_REF, "description": "This model was trained to answer questions about trains.",
    }  # fmt: skip
    assert one["licenses"] == [{"license": {"id": "Apache-2.0", "acknowledgement": "declared"}},
                               {"license": {"name": "llama3.1", "acknowledgement": "declared"}}]  # fmt: skip
    assert one["modelCard"] == {
        "modelParameters": {"task": "text-generation", "modelArchitecture": "llama", "datasets": [{"ref": DATA}],
                            "inputs": [{"format": "text"}], "outputs": [{"format": "text"}]},
        "quantitativeAnalysis": {"performanceMetrics": [{"type": "notice_outcome", "value": "0.5", "confidenceInterval": {
            "lowerBound": "0.25", "upperBound": "0.75"}}]},
    }  # fmt: skip
    assert [(f["name"], f.get("hashes")) for f in one["components"]] == [
        ("a.bin", None), ("m.safetensors", [{"alg": "SHA-256", "content": "f" * 64}])
    ]  # fmt: skip
    assert [link["url"] for link in one["externalReferences"]] == [
        "https://huggingface.co/a/tuned", "https://arxiv.org/abs/2307.09288"
    ]  # fmt: skip


def test_lineage_is_said_in_pedigree_dependencies_and_typed_derivations() -> None:
    document = cyclonedx.document(COHORT, moment=MOMENT)
    one = document["metadata"]["component"]
    assert [(a["purl"], properties(a)) for a in one["pedigree"]["ancestors"]] == [(BASE_REF, {"component": [BASE_REF]})]
    told = [json.loads(value) for value in properties(one)["derivation"]]
    assert [(t["parent"], t["relation"], t["how"], t["confidence"], t["method"]) for t in told] == [
        (BASE_REF, "finetune", "declared", 0.95, "declared_base"), (BASE_REF, "finetune", "inferred", 0.5, "quantised_copy"),
        (TUNED_REF, "merge", "declared", 0.9, "declared_base"), (DATA, "trained_on", "declared", 0.95, "trained_on"),
    ]  # fmt: skip
    assert told[0]["evidence"] == "base_model"
    depends = {d["ref"]: d.get("dependsOn") for d in document["dependencies"]}
    assert depends == {TUNED_REF: sorted([BASE_REF, DATA]), BASE_REF: None, DATA: None}
    assert next(c for c in document["components"] if c["name"] == "data")["type"] == "data"


def test_what_is_unknown_is_said() -> None:
    document = cyclonedx.document(COHORT, moment=MOMENT)
    base = next(c for c in document["components"] if c["name"] == "base")
    assert properties(base)["unknown"] == ["licence files lineage task architecture parameters"]
    assert properties(document["metadata"]["component"])["unknown"] == [""]
    assert document["compositions"] == [
        {"aggregate": "incomplete", "assemblies": [TUNED_REF]}, {"aggregate": "unknown", "assemblies": [DATA, BASE_REF]},
        {"aggregate": "incomplete", "dependencies": [TUNED_REF]}, {"aggregate": "unknown", "dependencies": [DATA, BASE_REF]},
    ]  # fmt: skip
    notes = cyclonedx.document(COHORT._replace(linked=False, withheld=("release_gate",)), moment=MOMENT)["metadata"]
    assert properties(notes)["note"] == [
        "lineage was not looked for", "decisions of release_gate rest on a sensitive check and are left out"
    ]  # fmt: skip


def test_findings_and_decisions_are_properties() -> None:
    told = properties(cyclonedx.document(COHORT, moment=MOMENT)["metadata"]["component"])
    assert json.loads(told["finding:notice_outcome"][0]) == {
        "value": 0.5,
        "low": 0.25,
        "high": 0.75,
        "n": 8,
        "evidence": "",
    }
    assert json.loads(told["decision:release_gate"][0]) == {"decision": "allow", "because": ""}


@pytest.mark.parametrize(
    ("ref", "sha", "url"),
    [("hf:model:a/b", SHA, f"pkg:huggingface/a/b@{SHA}"), ("hf:model:a/b", None, "pkg:huggingface/a/b"), ("hf:model:bert", SHA, None),
     ("name:some text", None, None), ("hf:dataset:a/b", SHA, f"pkg:huggingface/a/b@{SHA}?repository_type=dataset"),
     ("civitai:version:7", None, "pkg:generic/civitai/version/7"), ("hf:model:a/b", "ABC", "pkg:huggingface/a/b@abc")],
)  # fmt: skip
def test_purl(ref: str, sha: str | None, url: str | None) -> None:
    one = Artifact(ref, "present", sha=sha)
    assert cyclonedx.purl(one) == url
    assert cyclonedx.bom_ref(one) == (url if sha and url else ref)


def test_a_licence_the_hub_does_not_list_has_the_name_and_address_of_its_card() -> None:
    one = RICH._replace(
        licences=(Licence("other", None, None),), licence_name="acme\x1b[31m-1", licence_link="https://a.example/L"
    )
    (found,) = cyclonedx.document(COHORT._replace(artifacts=COHORT.artifacts | {TUNED: one}), moment=MOMENT)["metadata"]["component"]["licenses"]  # fmt: skip
    assert found["license"] == {"name": "acme\ufffd[31m-1", "url": "https://a.example/L", "acknowledgement": "declared"}
    bad = one._replace(licence_link="javascript:alert(1)")
    (found,) = cyclonedx.document(COHORT._replace(artifacts=COHORT.artifacts | {TUNED: bad}), moment=MOMENT)["metadata"]["component"]["licenses"]  # fmt: skip
    assert "url" not in found["license"]


@pytest.mark.parametrize("word", ["other", "unknown", "Other"])
def test_a_word_that_names_no_licence_is_none(word: str) -> None:
    one = RICH._replace(licences=(Licence(word, None, None),))
    assert cyclonedx.licences(one) == []
    made = cyclonedx.document(COHORT._replace(artifacts=COHORT.artifacts | {TUNED: one}), moment=MOMENT)["metadata"][
        "component"
    ]
    assert "licenses" not in made
    assert (properties(made)["licence-declared"], properties(made)["unknown"]) == ([word], ["licence"])


HOSTILE = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    [
        "\x1b[2J",
        "\u202egnp.exe",
        "urn:cdx:x",
        "headgate:derivation",
        "</script>",
        "\ud800",
        "a" * 5000,
        "%",
        "../../etc/passwd",
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE, HOSTILE, HOSTILE)
def test_hostile_text_gives_a_valid_document_without_control_characters(one: str, two: str, three: str) -> None:
    hostile = RICH._replace(name=one, author=two, sha=three or None, licences=(Licence(one, None, None),), licence_link=two,
                            tags=(three,), pipeline=one, architecture=two, library=three, card=one * 9)  # fmt: skip
    named = f"name:{two}"
    cohort = COHORT._replace(
        artifacts=COHORT.artifacts | {TUNED: hostile, named: Artifact(named, "named only", name=two)},
        files={TUNED: (File(one, 1, None, None), File(two, 1, None, None))},
        parents={TUNED: (Edge(TUNED, named, three, "declared", 0.5, one, "declared_base"),)},
        findings={TUNED: (Finding("licence_missing", 0.0, None, None, 1, two),)},
    )
    document = cyclonedx.document(cohort, moment=MOMENT)
    assert errors(document) is None
    assert integrity.check(document) == []
    text = write.text(document)
    assert text.isascii()
    values = json.dumps(json.loads(text), ensure_ascii=False)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E for c in values)


def test_the_same_facts_and_moment_give_the_same_bytes(tmp_path: Path) -> None:
    records = [model("a/x", sha=SHA, tags=["base_model:a/y", "dataset:d/e", "dataset:d/f"]), model("a/y")]
    ws, _ = collect(tmp_path / "w", records, observed="2026-01-01")
    run.run_stage(ws, "link")
    made = [write.text(cyclonedx.document(facts.gather(open_workspace(ws.path), ["a/x"]), moment=MOMENT)) for _ in "ab"]
    assert made[0] == made[1]
    serial = json.loads(made[0])["serialNumber"]
    later = cyclonedx.document(facts.gather(ws, ["a/x"]), moment=MOMENT.replace(year=2027))
    assert later["serialNumber"] != serial
    assert {k: v for k, v in json.loads(made[0]).items() if k not in {"serialNumber", "metadata"}} == {
        k: v for k, v in later.items() if k not in {"serialNumber", "metadata"}
    }


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADGATE_HOME", str(tmp_path_factory.mktemp("home")))
        return synthetic(tmp_path_factory.mktemp("hub"))


@pytest.mark.parametrize("spec", cyclonedx.SPECS)
def test_a_whole_synthetic_hub_is_one_valid_document(hub: Workspace, spec: str) -> None:
    cohort = facts.gather(hub, None)
    document = cyclonedx.document(cohort, moment=MOMENT, spec=spec)
    assert errors(document) is None
    assert integrity.check(document) == []
    assert len(document["components"]) == len(cohort.artifacts)
    assert "uncensored_name" not in json.dumps(document)


@pytest.mark.slow
@pytest.mark.parametrize("spec", cyclonedx.SPECS)
def test_sixty_real_models_are_valid(data: Path, tmp_path: Path, spec: str) -> None:
    path = data / "hub" / "hf_models_sample2k.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        names = [json.loads(line)["id"] for line in file]
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=path, shape="huggingface-models")
    run.run_stage(ws, "link")
    run.run_method(ws, "detect", "licence_missing")
    wanted = random.Random(60).sample(names, 60)
    cohort = facts.gather(ws, wanted)
    for ref in cohort.asked:
        document = cyclonedx.document(only(cohort, ref), moment=MOMENT, spec=spec)
        assert errors(document) is None, ref
        assert integrity.check(document) == [], ref
    whole = cyclonedx.document(cohort, moment=MOMENT, spec=spec)
    assert errors(whole) is None
    assert integrity.check(whole) == []


def test_what_a_protected_copy_was_made_of_is_data() -> None:
    copy, own = "file:sha256:" + "c" * 64, "file:sha256:" + "d" * 64
    cohort = Cohort(
        (copy,), {copy: Artifact(copy, "present", "file", "dataset", "copy"), own: Artifact(own, "named only")}, {},
        {copy: (Edge(copy, own, "protected", "declared", 1.0, "a filter", "cuda"),)}, {}, {}, True,
    )  # fmt: skip
    document = cyclonedx.document(cohort, moment=MOMENT)
    (component,) = document["components"]
    (ancestor,) = document["metadata"]["component"]["pedigree"]["ancestors"]
    assert (component["type"], ancestor["type"]) == ("data", "data")
    kinds = [one["type"] for one in spdx.document(cohort, moment=MOMENT)["@graph"]]
    assert kinds.count("dataset_DatasetPackage") == 2
    assert [
        one["relationshipType"]
        for one in spdx.document(cohort, moment=MOMENT)["@graph"]
        if one["type"] == "Relationship" and one["to"][0].endswith(own)
    ].count("descendantOf") == 1
