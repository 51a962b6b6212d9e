from __future__ import annotations

import csv
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import run
from headgate.evidence.agreement import agreement
from headgate.govern.release_level import level, levels
from headgate.workspace import Workspace, open_workspace
from tests.build import collect, model

ROOT = Path(__file__).resolve().parents[2]
FACTS = ("announced", "staged", "hosted", "api", "weights", "code", "data", "docs")
# The example systems of Solaiman (2023), figure 1, with the facts of that time.
SYSTEMS = {
    "PaLM": ("announced docs", 1), "Gopher": ("announced docs", 1), "Imagen": ("announced docs", 1),
    "Make-A-Video": ("announced docs", 1), "GPT-2": ("announced staged docs", 2),
    "Stable Diffusion": ("announced staged docs", 2), "DALL-E 2": ("announced hosted", 3),
    "Midjourney": ("announced hosted", 3), "GPT-3": ("announced hosted api docs", 4),
    "OPT": ("announced weights code docs", 5), "Craiyon": ("announced hosted weights code docs", 5),
    "BLOOM": ("announced weights code data docs", 6), "GPT-J": ("announced weights code data docs", 6),
}  # fmt: skip
VOID = "void: rate limit, use log, revocation, filter on the host, ban of a user, fix that reaches every copy"


def files(*paths: str) -> dict[str, Any]:
    return {"siblings": [{"rfilename": path, "size": 100} for path in paths]}


def told(ws: Workspace) -> dict[str, tuple[str, str]]:
    run.run_method(ws, "govern", "release_level")
    rows = ws.db.execute("SELECT subject, decision, because FROM decisions WHERE control = 'release_level'").fetchall()
    assert len(rows) == ws.db.execute("SELECT count(*) FROM artifacts").fetchall()[0][0]
    return {row[0].split(":", 2)[2]: row[1:] for row in rows}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_systems_of_the_paper(system: str) -> None:
    facts, expected = SYSTEMS[system]
    assert level(facts.split()) == expected


def test_the_table_has_six_levels_and_says_what_is_void() -> None:
    assert [levels()[n]["grade"] for n in range(7)] == [
        "unknown", "fully closed", "staged", "hosted", "API", "downloadable", "fully open",
    ]  # fmt: skip
    assert [bool(levels()[n]["void"]) for n in range(7)] == [False] * 5 + [True] * 2


@given(st.sets(st.sampled_from(FACTS)), st.sampled_from(("model", "dataset")))
def test_the_level_never_rises_when_a_fact_is_removed(facts: set[str], of: str) -> None:
    assert all(level(facts - {fact}, of=of) <= level(facts, of=of) for fact in facts)


def test_what_each_component_is_proved_by(tmp_path: Path) -> None:
    card = {"cardData": {"license": "mit", "datasets": ["d/open"]}}
    gated_data = {"cardData": {"datasets": ["d/open", "d/gated"]}}
    whole = files("model.safetensors", "train.py")
    collect(
        tmp_path / "w",
        [
            model("a/whole") | card | whole,
            model("a/gated", gated="manual") | card | whole,
            model("a/gated-data") | gated_data | whole,
            model("a/unknown-data", cardData={"datasets": ["d/absent"]}) | whole,
            model("a/no-code") | card | files("model.safetensors", "modeling_x.py", "constraints.py"),
            model("a/tags", tags=["gguf", "license:mit"], gated=False),
            model("a/counted", safetensors={"total": 7}),
            model("a/leftovers") | files("training_args.bin", "optimizer.pt", "README.md"),
            model("a/empty", siblings=[{"rfilename": "model.safetensors", "size": 0}]),
            model("a/library", library_name="transformers", tags=["transformers"]),
            {"id": "a/bare", "modelId": "a/bare"},
        ],
    )
    collect(tmp_path / "w", [
        {"id": "d/open", "cardData": {}, "gated": False} | files("data/train.parquet", "README.md", "build/train.py"),
        {"id": "d/gated", "cardData": {}, "gated": "auto"} | files("rows.csv"),
        {"id": "d/card-only", "cardData": {}} | files("README.md", "dataset_infos.json"),
        {"id": "d/tag", "cardData": {}, "tags": ["format:parquet"]},
    ], "dataset")  # fmt: skip
    found = told(open_workspace(tmp_path / "w"))
    assert {name: grade for name, (grade, _) in found.items()} == {
        "a/whole": "fully open", "a/gated": "fully open, gated", "a/gated-data": "downloadable",
        "a/unknown-data": "downloadable", "a/no-code": "downloadable", "a/tags": "downloadable",
        "a/counted": "downloadable", "a/leftovers": "unknown", "a/empty": "unknown", "a/library": "unknown",
        "a/bare": "unknown", "d/open": "fully open", "d/gated": "downloadable, gated", "d/card-only": "unknown",
        "d/tag": "downloadable",
    }  # fmt: skip
    assert found["a/whole"][1] == (
        "weights: 1 files listed; code: 1 training scripts listed; data: 1 declared, 1 of them in the workspace without a "
        f"gate; docs: a card; licence: declared; gate: not said; {VOID}"
    )
    assert "data: 2 declared, 1 of them in the workspace without a gate" in found["a/gated-data"][1]
    assert found["a/leftovers"][1] == (
        "weights: none among 3 files listed; code: none listed; data: none declared; docs: a card; licence: none declared; "
        "gate: not said"
    )
    assert "weights: a tag of the hub; code: not seen" in found["a/tags"][1]
    assert "docs: not seen" in found["a/bare"][1]
    assert VOID in found["d/gated"][1]


def test_a_fact_less_on_the_hub_never_raises_the_level(tmp_path: Path) -> None:
    parts = ("weights", "code", "datasets", "card", "tag", "counted")
    chosen = [frozenset(some) for size in range(len(parts) + 1) for some in combinations(parts, size)]
    records = []
    for number, some in enumerate(chosen):
        record: dict[str, Any] = {"id": f"a/{number}", "modelId": f"a/{number}", "tags": ["gguf"] * ("tag" in some)}
        record |= files(*["m.gguf"] * ("weights" in some), *["train.py"] * ("code" in some))
        record["tags"] += ["dataset:d/open"] * ("datasets" in some)
        record |= {"cardData": {}} if "card" in some else {}
        records.append(record | ({"safetensors": {"total": 7}} if "counted" in some else {}))
    collect(tmp_path / "w", records)
    collect(tmp_path / "w", [{"id": "d/open", "cardData": {}}], "dataset")
    grades = told(open_workspace(tmp_path / "w"))
    order = {row["grade"]: number for number, row in levels().items()}
    found = {some: order[grades[f"a/{number}"][0]] for number, some in enumerate(chosen)}
    assert set(found.values()) == {0, 5, 6}
    assert all(found[some - {part}] <= found[some] for some in chosen for part in some)


def test_files_of_versions_are_those_of_their_model_on_civitai(tmp_path: Path) -> None:
    version = {"id": 10, "name": "v1", "baseModel": "SDXL 1.0", "files": [{"name": "m.safetensors", "sizeKB": 9}]}
    records = [
        {"id": 1, "name": "m", "type": "LORA", "modelVersions": [version]},
        {"id": 2, "name": "n", "type": "LORA", "modelVersions": []},
    ]
    ws, _ = collect(tmp_path / "w", records, "civitai")
    found = told(ws)
    assert {name: grade for name, (grade, _) in found.items()} == {
        "1": "downloadable", "10": "downloadable", "2": "unknown"
    }  # fmt: skip


def test_earlier_grades_are_told_with_their_date(tmp_path: Path) -> None:
    weights = files("model.safetensors")
    collect(tmp_path / "w", [model("a/x"), model("a/y") | weights], observed="2025-01-01")
    collect(tmp_path / "w", [model("a/x", gated="auto") | weights, model("a/y") | weights], observed="2025-02-01")
    collect(tmp_path / "w", [model("a/x", gated=False) | weights, model("a/y") | weights], observed="2025-03-01")
    found = told(open_workspace(tmp_path / "w"))
    assert found["a/x"][0] == "downloadable"
    assert found["a/x"][1].endswith("earlier: unknown until 2025-01-01, downloadable, gated until 2025-02-01")
    assert "earlier" not in found["a/y"][1]


def test_against_labels_made_before_it_was_written(tmp_path: Path, data: Path) -> None:
    lines = (ROOT / "docs/labels/release_level.csv").read_text().splitlines()
    assert lines[0].startswith("# labels by the authors, one pass")
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=data / "hub" / "hf_models_sample2k.jsonl.gz")
    grades = {sha256(f"hf:model:{name}".encode()).hexdigest(): grade for name, (grade, _) in told(ws).items()}
    pairs = [(row["label"], grades[row["sha256"]]) for row in csv.DictReader(lines[1:])]
    assert len(pairs) == 40
    assert sum(label == grade for label, grade in pairs) >= 37
    # the grade is at times too low, never too high
    order = ["unknown", "downloadable", "fully open"]
    assert all(order.index(grade.removesuffix(", gated")) <= order.index(label) for label, grade in pairs)
    kappa = agreement([label for label, _ in pairs], [grade for _, grade in pairs]).kappa
    assert kappa is not None
    assert kappa > 0.8
