from __future__ import annotations

from pathlib import Path

import pytest

from headgate import run, workspace
from headgate.bom import facts
from headgate.bom.shapes import GONE, NAMED, PRESENT, Cohort, Decision, Edge, Finding, Licence, only
from headgate.errors import BadInput, UsageError
from headgate.workspace import Workspace
from tests.bom.hub import BASE, DATA, TUNED, synthetic
from tests.build import collect, findings, model
from tests.lineages import _write, lineage

CHAIN = {BASE: {"sha": "a" * 40}, TUNED: {"sha": "b" * 40}, "hf:model:a/other": {}, DATA: {"kind": "dataset"}}
EDGES = [
    {"child": TUNED, "parent": BASE, "evidence": "base_model:org/base"},
    {"child": TUNED, "parent": DATA, "relation": "trained_on"},
    {"child": BASE, "parent": "hf:model:far/away", "relation": "merge"},
    {"child": "hf:model:a/other", "parent": TUNED},
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADGATE_HOME", str(tmp_path_factory.mktemp("home")))
        return synthetic(tmp_path_factory.mktemp("hub"))


def test_everything_that_it_comes_from_and_nothing_else(tmp_path: Path) -> None:
    cohort = facts.gather(lineage(tmp_path / "w", CHAIN, EDGES), ["a/tuned", "A/Tuned"])
    assert cohort.asked == (TUNED,)
    assert list(cohort.artifacts) == [DATA, TUNED, "hf:model:far/away", BASE]
    assert [one.status for one in cohort.artifacts.values()] == [PRESENT, PRESENT, NAMED, PRESENT]
    assert cohort.artifacts["hf:model:far/away"].author == "far"
    assert cohort.parents[TUNED][1] == Edge(
        TUNED, BASE, "finetune", "declared", 0.95, "base_model:org/base", "declared_base"
    )
    near = facts.gather(lineage(tmp_path / "v", CHAIN, EDGES), ["hf:model:a/other"], with_ancestors=False)
    assert list(near.artifacts) == ["hf:model:a/other", TUNED]
    assert list(near.parents) == ["hf:model:a/other"]


def test_a_cycle_and_a_loop_end(tmp_path: Path) -> None:
    edges = [{"child": BASE, "parent": TUNED}, {"child": TUNED, "parent": BASE}, {"child": TUNED, "parent": TUNED}]
    cohort = facts.gather(lineage(tmp_path / "w", {BASE: {}, TUNED: {}}, edges), [BASE])
    assert list(cohort.artifacts) == [TUNED, BASE]
    assert {ref: len(group) for ref, group in cohort.parents.items()} == {TUNED: 2, BASE: 1}


def test_a_parent_is_one_artifact_whatever_its_case(tmp_path: Path) -> None:
    edges = [{"child": TUNED, "parent": "hf:model:Org/Base"}, {"child": TUNED, "parent": "hf:model:X/y"},
             {"child": TUNED, "parent": "hf:model:x/Y", "relation": "merge"}, {"child": BASE, "parent": DATA}]  # fmt: skip
    cohort = facts.gather(lineage(tmp_path / "w", {BASE: {}, TUNED: {}}, edges), [TUNED])
    assert set(cohort.artifacts) == {DATA, BASE, TUNED, "hf:model:X/y"}
    assert [edge.parent for edge in cohort.parents[BASE]] == [DATA]


def test_artifacts_that_differ_in_case_alone_stay_apart(tmp_path: Path) -> None:
    artifacts = {"hf:model:Org/base": {}, BASE: {}, TUNED: {}}
    ws = lineage(tmp_path / "w", artifacts, [{"child": TUNED, "parent": BASE}, {"child": BASE, "parent": DATA}])
    assert set(facts.gather(ws, [TUNED]).artifacts) == {TUNED, BASE, DATA}
    assert list(facts.gather(ws, ["Org/base"]).artifacts) == ["hf:model:Org/base"]
    assert len(facts.gather(ws, None).artifacts) == 4


def test_what_is_gone_is_an_ancestor_but_cannot_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x"), model("a/y", tags=["base_model:a/x"])], observed="2025-01-01", complete=True)
    ws, _ = collect(path, [model("a/y", tags=["base_model:a/x"])], observed="2025-02-01", complete=True)
    run.run_method(ws, "link", "declared_base")
    assert facts.gather(ws, ["a/y"]).artifacts["hf:model:a/x"].status == GONE
    with pytest.raises(BadInput, match=r"does not hold hf:model:a/x\. Collect"):
        facts.gather(ws, ["a/x"])


def test_unknown_refs_and_other_revisions_are_refused(tmp_path: Path) -> None:
    ws = lineage(tmp_path / "w", CHAIN)
    with pytest.raises(BadInput, match="hf:model:n/0, hf:model:n/1, hf:model:n/2 and 2 more"):
        facts.gather(ws, ["a/tuned", *(f"n/{i}" for i in range(5))])
    with pytest.raises(UsageError, match="not a ref"):
        facts.gather(ws, ["a b c"])
    assert facts.gather(ws, [f"a/tuned@{'b' * 8}", "a/tuned@main"]).asked == (TUNED,)
    with pytest.raises(BadInput, match=r"was observed at b{40}, not at ccccccccc"):
        facts.gather(ws, ["a/tuned@ccccccccc"])


def test_sensitive_and_outdated_findings_are_left_out(tmp_path: Path) -> None:
    told = [
        {"subject": BASE, "check": "seen", "value": 0.5, "low": 0.25, "high": float("nan"), "n": 8, "evidence": "e"},
        {"subject": BASE, "check": "hidden", "sensitive": True},
        {"subject": TUNED, "check": "seen", "value": None},
    ]
    ws = lineage(tmp_path / "w", CHAIN, EDGES, told)
    cohort = facts.gather(ws, [TUNED])
    assert cohort.findings == {TUNED: (Finding("seen", None, None, None, None, None),),
                               BASE: (Finding("seen", 0.5, 0.25, None, 8, "e"),)}  # fmt: skip
    _write(ws, "collect", "dump", "artifacts", [{"ref": BASE, "hub": "huggingface", "kind": "model",
                                                 "observed": "2026-12-01", "gone": False}])  # fmt: skip
    assert list(facts.gather(workspace.open_workspace(ws.path), [TUNED]).findings) == [TUNED]


POLICY = """
[[rule]]
name = "a licence is stated"
check = "licence_missing"
at_most = 0
[[rule]]
name = "by its name"
check = "uncensored_name"
at_most = 0
"""


def decided(path: Path, *names: str) -> Workspace:
    ws, _ = collect(path, [model("a/good", cardData={"license": "mit"}), *map(model, names)])
    findings(ws, "licence_missing")
    findings(ws, "uncensored_name")
    (path / "policy.toml").write_text(POLICY)
    run.run_method(ws, "govern", "release_gate", policy=path / "policy.toml")
    return ws


def test_decisions_are_all_left_out_where_one_rests_on_a_sensitive_check(tmp_path: Path) -> None:
    cohort = facts.gather(decided(tmp_path / "w", "a/bad"), None)
    assert cohort.decisions["hf:model:a/good"] == (Decision("release_gate", "allow", None),)
    assert cohort.decisions["hf:model:a/bad"][0].decision == "block"
    assert cohort.withheld == ()
    cohort = facts.gather(decided(tmp_path / "v", "a/x-uncensored"), ["a/good"])
    assert cohort.decisions == {}
    assert cohort.withheld == ("release_gate",)


def test_licences_are_told_as_declared_and_resolved(tmp_path: Path) -> None:
    licences = ["apache-2.0", "llama3.1", "my own words", "MIT OR Apache-2.0"]
    cohort = facts.gather(lineage(tmp_path / "w", {BASE: {"licences": licences}}), [BASE])
    assert cohort.artifacts[BASE].licences == (
        Licence("apache-2.0", "Apache-2.0", "Apache-2.0"), Licence("llama3.1", "llama3.1", None),
        Licence("my own words", None, None), Licence("MIT OR Apache-2.0", None, None),
    )  # fmt: skip


def test_what_depicts_a_person_keeps_its_number_only(tmp_path: Path) -> None:
    ref = "civitai:model:7"
    row = {"hub": "civitai", "name": "zqname", "card": "zqcard", "tags": ["zqtag"]}
    ws = lineage(tmp_path / "w", {ref: row})
    assert facts.gather(ws, [ref]).artifacts[ref].name == "zqname"
    _write(ws, "collect", "dump", "artifacts", [{"ref": ref, "kind": "model", "observed": "2026-01-01", "gone": False,
                                                 "person": True, **row}])  # fmt: skip
    assert "zq" not in str(facts.gather(workspace.open_workspace(ws.path), [ref]))


def test_files_are_counted_and_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [{"rfilename": f"{n}.bin", "size": n} for n in range(5)]
    files.append({"rfilename": "z.safetensors", "size": 9, "lfs": {"sha256": "F" * 64, "size": 9}})
    ws, _ = collect(tmp_path / "w", [model("a/x", siblings=files)])
    monkeypatch.setattr(facts, "MOST_FILES", 2)
    cohort = facts.gather(ws, ["a/x"])
    assert cohort.artifacts["hf:model:a/x"].files == 6
    assert [(file.path, file.sha256) for file in cohort.files["hf:model:a/x"]] == [
        ("0.bin", None),
        ("z.safetensors", "f" * 64),
    ]


def test_what_an_account_published(tmp_path: Path) -> None:
    ws = lineage(tmp_path / "w", {BASE: {"author": "Org"}, DATA: {"author": "org", "kind": "dataset"}, TUNED: {}})
    assert facts.of_author(ws, "ORG") == [DATA, BASE]
    with pytest.raises(BadInput, match="holds nothing by 'nobody'"):
        facts.of_author(ws, "nobody")


def test_part_of_a_cohort_is_what_one_would_gather_alone(hub: Workspace) -> None:
    whole = facts.gather(hub, None)
    assert len(whole.asked) > 250
    assert any(len(group) > 1 for group in whole.parents.values())
    for ref in whole.asked[::15]:
        alone: Cohort = facts.gather(hub, [ref])
        assert only(whole, ref) == alone


def test_no_ref_of_an_edge_is_missing_and_nothing_sensitive_is_there(hub: Workspace) -> None:
    whole = facts.gather(hub, None)
    assert {edge.parent for group in whole.parents.values() for edge in group} <= whole.artifacts.keys()
    assert {found.check for group in whole.findings.values() for found in group} == {"licence_missing"}
    assert whole.withheld == ("release_gate",)
    assert whole.decisions == {}
