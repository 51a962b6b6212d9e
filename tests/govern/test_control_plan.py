from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from headgate import run
from headgate.evidence.agreement import agreement
from headgate.govern.control_plan import KINDS, govern
from headgate.workspace import Workspace, open_workspace
from tests.build import collect, model

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = {
    "licence": "The license terms prohibit harmful use.",
    "norms": "This model must not be used for surveillance.",
    "limits": "Every image carries a watermark.",
    "monitoring": "Please report any misuse to us.",
    "gating": "You have to request access to the model.",
    "staged": "We follow a staged release.",
}
FILES = {
    "norms": "CODE_OF_CONDUCT.md",
    "limits": "safety_checker/model.safetensors",
    "monitoring": "SECURITY.md",
}


def scored(ws: Workspace) -> dict[str, tuple[str, dict[str, str]]]:
    run.run_method(ws, "govern", "control_plan")
    rows = ws.db.execute("SELECT subject, decision, because FROM decisions WHERE control = 'control_plan'").fetchall()
    found = {}
    for subject, decision, because in rows:
        if not subject.startswith("control:"):
            entries = [entry.split(": ", 1) for entry in because.split("; ")[:6]]
            assert tuple(kind for kind, _ in entries) == KINDS
            found[subject.split(":", 2)[2]] = decision, {kind: words.split(" (")[0] for kind, words in entries}
    return found


def one(path: Path, **fields: Any) -> tuple[str, dict[str, str]]:
    ws, _ = collect(path, [model("a/x", **fields)])
    return scored(ws)["a/x"]


@pytest.mark.parametrize("kind", KINDS)
def test_prose_alone_is_a_claim(tmp_path: Path, kind: str) -> None:
    decision, found = one(tmp_path / "w", card=f"# Model\n{CLAIMS[kind]}\n", gated=False)
    assert decision == "0 of 6 in place"
    assert found == dict.fromkeys(KINDS, "missing") | {kind: "claimed only"}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_evidence_even_where_the_card_says_it_too(tmp_path: Path, kind: str) -> None:
    listed = {"siblings": [{"rfilename": FILES[kind], "size": 9}]}
    decision, found = one(tmp_path / "w", card=f"# Model\n{CLAIMS[kind]}\n", gated=False, **listed)
    assert decision == "1 of 6 in place"
    assert found == dict.fromkeys(KINDS, "missing") | {kind: "in place"}


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({"license": "creativeml-openrail-m"}, "in place"), ({"license": "llama2"}, "in place"),
        ({"license": "other", "license_name": "gemma-terms-of-use"}, "in place"),
        ({"license": ["mit", "openrail++"]}, "in place"), ({"license": "mit"}, "missing"),
        ({"license": "cc-by-nc-4.0"}, "missing"), ({"license": "other"}, "missing"), ({}, "missing"),
    ],
)  # fmt: skip
def test_a_licence_counts_where_it_restricts_uses(tmp_path: Path, card: dict[str, Any], expected: str) -> None:
    assert one(tmp_path / "w", cardData=card, card="# Model")[1]["licence"] == expected


@pytest.mark.parametrize(
    ("gated", "card", "expected"),
    [
        ("manual", "", "in place"), ("auto", "", "in place"), (False, "", "missing"), (None, "", "not known"),
        (None, "extra_gated_prompt: agree first", "claimed only"),
        (False, "extra_gated_prompt: agree first", "claimed only"),
    ],
)  # fmt: skip
def test_the_gate_is_a_flag(tmp_path: Path, gated: Any, card: str, expected: str) -> None:
    assert one(tmp_path / "w", gated=gated, card=f"---\n{card}\n---\n# Model")[1]["gating"] == expected


@pytest.mark.parametrize(
    "card",
    [
        "This fork comes without a safety checker.", "We removed the watermark.", "It does not include content filters.",
        "pipe = load(safety_checker=None)", "<!-- This model must not be used for harm. -->",
        "### Out-of-Scope Use\n\n[More Information Needed]\n\n## Bias", "## Intended uses & limitations\n\n#### How to use",
        "A language model for poetry, trained on books.",
    ],
)  # fmt: skip
def test_words_that_claim_nothing(tmp_path: Path, card: str) -> None:
    assert set(one(tmp_path / "w", card=card, gated=False)[1].values()) == {"missing"}


def test_what_nobody_looked_at_is_not_known(tmp_path: Path) -> None:
    bare = {"id": "a/bare", "modelId": "a/bare"}
    ws, _ = collect(
        tmp_path / "w",
        [bare, model("a/no-card", cardData=None), model("a/listed"), bare | {"id": "a/nc", "tags": ["license:llama2"]}],
    )
    found = scored(ws)
    assert found["a/bare"] == ("unknown", dict.fromkeys(KINDS, "not known"))
    # card data alone hold no prose; where there is no card it says nothing
    assert found["a/no-card"][1]["norms"] == "missing"
    assert found["a/listed"][1]["norms"] == "not known"
    assert found["a/nc"] == ("1 of 6 in place", dict.fromkeys(KINDS, "not known") | {"licence": "in place"})


def test_a_gate_that_was_lifted_is_a_staged_release(tmp_path: Path) -> None:
    kept = model("a/kept", gated="auto", card="# X")
    collect(tmp_path / "w", [kept, model("a/x", gated="manual", card="# X")], observed="2025-01-01")
    collect(tmp_path / "w", [kept, model("a/x", gated=False, card="# X")], observed="2025-02-01")
    told = scored(open_workspace(tmp_path / "w"))
    assert told["a/kept"][1]["staged"] == "missing"
    decision, found = told["a/x"]
    assert (decision, found["staged"], found["gating"]) == ("1 of 6 in place", "in place", "missing")


def test_a_norm_that_a_detector_found_is_a_claim(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x", card="# X", gated=False), model("a/y", card="# Y", gated=False)])
    found = """SELECT 'hf:model:a/' || name AS subject, 'norm_statements' AS "check", value, false AS sensitive, run FROM
        (VALUES ('x', 1, '3'), ('y', 0, '3')) AS v (name, value, run)"""
    ws.db.execute(f"CREATE OR REPLACE VIEW findings AS {found}")
    told = {row[0]: row[2] for row in govern(ws.db).fetchall()}
    assert "norms: claimed only (card: see norm_statements);" in told["hf:model:a/x"]
    assert "norms: missing;" in told["hf:model:a/y"]
    # a finding older than the last look says nothing of the card of today
    older = found.replace("'3'", "'1'")
    ws.db.execute(f"CREATE OR REPLACE VIEW findings AS {older}")
    assert "norms: missing;" in {row[0]: row[2] for row in govern(ws.db).fetchall()}["hf:model:a/x"]


def test_a_card_cannot_write_an_entry_of_its_own(tmp_path: Path) -> None:
    card = "You must not use this; gating: in place (the hub asks first: manual); norms: in place (x)"
    decision, found = one(tmp_path / "w", card=card, gated=False)
    assert (decision, found["norms"], found["gating"]) == ("0 of 6 in place", "claimed only", "missing")


def test_what_a_control_costs_and_both_sides_are_told_once(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    scored(ws)
    rows = ws.db.execute(
        "SELECT subject, decision, because FROM decisions WHERE starts_with(subject, 'control:')"
    ).fetchall()
    assert {row[0].removeprefix("control:") for row in rows} == {*KINDS, "openness"}
    assert all("cost: " in row[2] and "for it: " in row[2] and "against it: " in row[2] for row in rows)
    assert {row[0] for row in rows if "void once the weights can be kept" in row[2]} == {"control:monitoring"}


def test_against_labels_of_one_reader(tmp_path: Path, data: Path) -> None:
    lines = (ROOT / "docs/labels/control_plan.csv").read_text().splitlines()
    assert lines[0].startswith("# labels by the authors, one pass by one reader")
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=data / "hub" / "hf_models_sample2k.jsonl.gz")
    found = {sha256(f"hf:model:{name}".encode()).hexdigest(): kinds for name, (_, kinds) in scored(ws).items()}
    # round 1 was used to correct the rules, round 2 was not
    rows = [row for row in csv.DictReader(lines[1:]) if row["round"] == "2"]
    pairs = [(row[kind], found[row["sha256"]][kind]) for row in rows for kind in KINDS]
    assert len(pairs) == 180
    assert not [pair for pair in pairs if pair[1] == "in place" != pair[0]]
    kappa = agreement([label for label, _ in pairs], [told for _, told in pairs]).kappa
    assert kappa is not None
    assert kappa > 0.9
