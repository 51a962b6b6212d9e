from __future__ import annotations

from pathlib import Path

from tests.build import collect, edges, model


def test_tags_and_card_name_the_datasets_once(tmp_path: Path) -> None:
    record = model("me/child", tags=["dataset:org/data", "dataset:squad"]) | {
        "cardData": {"datasets": ["org/DATA", "my own", None]}
    }
    ws, _ = collect(tmp_path / "w", [record, model("me/one") | {"cardData": {"datasets": "org/data"}}])
    collect(tmp_path / "w", [{"id": "org/data", "description": "x", "tags": []}], "dataset")
    found = edges(ws, "trained_on")
    assert {(c, p) for c, p, r, h in found if (r, h) == ("trained_on", "declared")} == {
        ("hf:model:me/child", "hf:dataset:org/data"),
        ("hf:model:me/child", "hf:dataset:squad"),
        ("hf:model:me/child", "name:my own"),
        ("hf:model:me/one", "hf:dataset:org/data"),
    }
