from __future__ import annotations

from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.gate import decide
from tests.build import collect, findings, model


def test_each_name_gets_its_verdict_in_order_and_nothing_is_written(tmp_path: Path) -> None:
    ws, _ = collect(
        tmp_path / "w", [model("a/good") | {"cardData": {"license": "mit"}}, model("a/bad")], observed="2025-01-01"
    )
    findings(ws, "licence_missing")
    findings(ws, "uncensored_name")
    before = sorted((tmp_path / "w").rglob("*"))
    verdicts = decide(ws, ["a/bad", "https://huggingface.co/A/Good", "b/unknown", "a/bad"])
    assert [(v.ref, v.decision) for v in verdicts] == [
        ("hf:model:a/bad", "block"), ("hf:model:A/Good", "allow"), ("hf:model:b/unknown", "unknown"), ("hf:model:a/bad", "block"),
    ]  # fmt: skip
    assert verdicts[2].because == "not in the workspace"
    assert verdicts[1].observed is not None
    assert sorted((tmp_path / "w").rglob("*")) == before


def test_what_is_no_ref_is_said_so(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/good")])
    with pytest.raises(UsageError, match="not a ref"):
        decide(ws, ["not a ref"])
