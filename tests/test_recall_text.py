from __future__ import annotations

from pathlib import Path

from headgate import recall_text
from headgate.recall import recall
from tests.lineages import lineage


def model(name: str) -> str:
    return f"hf:model:{name}"


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    base, evil = model("org/base"), "name:\x1b[31m|<script>`x`\u202e"
    ws = lineage(tmp_path / "w", {base: {}}, [{"child": base, "parent": evil}])
    made = recall(ws, base)
    text, page = recall_text.text(made, limit=9), recall_text.text(made, limit=9, markdown=True)
    assert "\x1b" not in text + page
    assert "\u202e" not in text + page
    assert "<script>" not in page
    row = next(line for line in page.splitlines() if "script" in line)
    assert row.replace(r"\|", "").count("|") == 8


def test_record_holds_plain_values_and_cuts_lists(tmp_path: Path) -> None:
    base = model("org/base")
    ws = lineage(
        tmp_path / "w", {base: {"author": "org"}, model("a/x"): {}, model("a/y"): {}},
        [{"child": child, "parent": base} for child in (model("a/x"), model("a/y"))],
    )  # fmt: skip
    made = recall(ws, base)
    assert recall_text.record(made)["descendants"][1] == {
        "ref": model("a/y"), "depth": 1, "relation": "finetune", "via": base, "how": "declared", "known": "stated",
        "status": "present", "hub": "huggingface", "kind": "model", "author": None, "downloads": None, "window": None,
        "fix": "copied the weights",
    }  # fmt: skip
    assert len(recall_text.record(made, 1)["descendants"]) == 1
    assert recall_text.record(made)["levers"][0]["can"] == ["gate", "label", "remove"]
