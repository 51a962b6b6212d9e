from __future__ import annotations

import csv
from pathlib import Path

import pytest

from headgate import run
from headgate.workspace import open_workspace
from tests.build import collect, findings, model


@pytest.mark.parametrize(
    ("name", "tags", "value"),
    [
        ("me/Llama-3-8B-Uncensored", [], 1),
        ("me/llama3-abliterated-v2", [], 1),
        ("me/Big_Heretic_12B", [], 1),
        ("me/model-unaligned-dpo", [], 1),
        ("me/plain", ["Uncensored"], 1),
        ("uncensored-labs/plain", [], 0),  # the author's name says nothing of the model
        ("me/plain", ["dataset:org/uncensored"], 0),
        ("me/theretical-base", [], 0),
        ("me/censored", [], 0),
    ],
)
def test_keywords(tmp_path: Path, name: str, tags: list[str], value: int) -> None:
    ws, _ = collect(tmp_path / "w", [model(name, tags=tags)])
    assert findings(ws, "uncensored_name")[f"hf:model:{name}"][0] == value


def test_disguised_keywords_are_found_and_said_to_be_disguised(tmp_path: Path) -> None:
    records = [
        {"id": 1, "name": "Llama Un\u0441ens\u043ered", "modelVersions": []},
        {"id": 2, "name": "plain", "tags": ["h3ret1c", "base"], "modelVersions": []},
        {"id": 3, "name": "\u043c\u043e\u0434\u0435\u043b\u044c LoRA", "modelVersions": []},
        {"id": 4, "name": "lewd LEWD", "tags": ["l\u200bewd"], "modelVersions": []},
    ]
    ws, _ = collect(tmp_path / "w", records, "civitai")
    assert findings(ws, "uncensored_name") == {
        "civitai:model:1": (1, "name (disguised): uncensored"),
        "civitai:model:2": (1, "tag (disguised): heretic"),
        "civitai:model:3": (0, None),
        "civitai:model:4": (1, "name: lewd"),
    }


def test_a_tag_is_named(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("me/x", tags=["Unfiltered", "x"]), model("me/y-lewd", tags=["lewd"])])
    assert findings(ws, "uncensored_name") == {
        "hf:model:me/x": (1, "tag: unfiltered"), "hf:model:me/y-lewd": (1, "name: lewd"),
    }  # fmt: skip


def test_it_is_marked_as_sensitive_and_as_a_harm_of_use(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("me/x-uncensored")])
    findings(ws, "uncensored_name")
    assert ws.db.execute("SELECT sensitive, harm FROM findings").fetchall() == [(True, "use")]


def test_finds_most_of_what_another_keyword_list_finds(tmp_path: Path, data: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=data / "hub" / "hf_models.jsonl.gz")
    hits = {ref[9:] for ref, (value, _) in findings(ws, "uncensored_name").items() if value == 1}
    with (data / "hub" / "hf_uncensored_weak_labels.csv").open(encoding="utf-8") as file:
        strict = {row["id"] for row in csv.DictReader(file) if row["level"] == "strict"}
    # labels from names, rule on names: a check against blunders, not an accuracy
    assert len(strict & hits) / len(strict) > 0.95
    assert len(hits) < 1.1 * len(strict)
