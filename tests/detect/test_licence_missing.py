from __future__ import annotations

import gzip
import json
from pathlib import Path

from headgate import run
from headgate.workspace import open_workspace
from tests.build import collect, findings, model


def test_missing_stated_and_not_seen_are_three_things(tmp_path: Path) -> None:
    records = [
        model("a/none"),
        model("a/card") | {"cardData": {"license": ["mit", "apache-2.0"]}},
        model("a/tag", tags=["license:mit"]),
        {"id": "a/unseen", "modelId": "a/unseen", "tags": ["x"]},
        {"id": "a/tag-only", "modelId": "a/tag-only", "tags": ["license:mit"]},
    ]
    ws, _ = collect(tmp_path / "w", records)
    found = findings(ws, "licence_missing")
    assert {ref[9:]: value for ref, (value, _) in found.items()} == {
        "a/none": 1, "a/card": 0, "a/tag": 0, "a/unseen": None, "a/tag-only": 0,
    }  # fmt: skip
    assert found["hf:model:a/tag"][1] == "tag: mit"
    # a record that cannot show an omission is left out of shares
    rows = ws.db.execute("SELECT subject FROM findings WHERE n = 0 ORDER BY 1").fetchall()
    assert rows == [("hf:model:a/tag-only",), ("hf:model:a/unseen",)]


def test_the_permission_flags_of_civitai_state_terms(tmp_path: Path) -> None:
    records = [
        {"id": 1, "name": "x", "modelVersions": [], "allowCommercialUse": "{Image}"},
        {"id": 2, "name": "y", "modelVersions": []},
    ]
    ws, _ = collect(tmp_path / "w", records, "civitai")
    assert {ref: value for ref, (value, _) in findings(ws, "licence_missing").items()} == {
        "civitai:model:1": 0, "civitai:model:2": None,
    }  # fmt: skip


def test_few_downloads_can_be_left_out(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/big", downloads=10), model("a/small", downloads=9), model("a/none")])
    assert set(findings(ws, "licence_missing", min_downloads=10)) == {"hf:model:a/big"}


def test_equals_a_count_by_hand_on_real_cards(tmp_path: Path, data: Path) -> None:
    source = data / "hub" / "hf_models_sample2k.jsonl.gz"
    missing = stated = 0
    with gzip.open(source, "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            card = record.get("cardData") or {}
            said = bool(card.get("license")) or any(tag.startswith("license:") for tag in record["tags"])
            stated += said
            missing += not said and (bool(record.get("cardData")) or "card" in record)
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "dump", path=source)
    values = [value for value, _ in findings(ws, "licence_missing").values()]
    assert (values.count(1.0), values.count(0.0)) == (missing, stated)
    assert missing + stated == 1_895
