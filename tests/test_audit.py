from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate import runs, workspace
from headgate.audit import audit
from headgate.catalog import AUDITED
from headgate.errors import WorkspaceError
from headgate.workspace import open_workspace
from tests.build import collect, model


def test_the_whole_chain_leaves_a_report_and_its_numbers(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/base"), model("b/child", tags=["base_model:finetune:a/base"])])
    page = audit(ws)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    done = {(r.stage, r.method) for r in runs.read_all(ws.path) if r.status == "done"}
    assert {("link", "declared_base"), ("detect", "licence_missing")} <= done
    assert {method for stage, method in done if stage == "govern"} == set(AUDITED)
    assert ws.db.execute("SELECT count(*) FROM edges").fetchone() == (1,)


def test_nothing_collected_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="holds no artifacts"):
        audit(open_workspace(tmp_path / "w", create=True))


def test_a_collection_that_stopped_half_way_is_mentioned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/base")])
    stopped = workspace.new_run(ws, "collect", "huggingface", {})
    stopped.pages = 7
    runs.save(ws.path, stopped)
    audit(ws)
    assert "huggingface of" in (err := capsys.readouterr().err)
    assert "stopped after 7 pages" in err
