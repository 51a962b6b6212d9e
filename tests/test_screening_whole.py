from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate import runs, screening
from headgate.errors import BadInput
from headgate.workspace import open_workspace


def test_a_method_of_the_whole_writes_rows_and_its_own_findings_and_leaves_no_scratch(tmp_path: Path) -> None:
    rows = [{"a": n % 3, "b": (n % 3) * 2, "c": n} for n in range(60)]
    lines = [json.dumps(row) for row in rows]
    (tmp_path / "d.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n")
    ws = open_workspace(tmp_path / "w", create=True)
    made = screening.screen(ws, "dependencies", tmp_path / "d.jsonl")
    assert made.run.rows["item_scores"] == 60
    # told once, though the method streams the rows several times
    assert made.run.counts["places unreadable"] == 1
    assert len(made.troubles) == 1
    assert {one.axis for one in made.findings}
    stored = ws.db.execute("SELECT count(*) FROM findings WHERE run = ?", [made.run.id]).fetchall()
    assert stored == [(len(made.findings),)]
    assert not list((tmp_path / "w").glob(".screen-*"))
    assert ws.db.execute("SELECT count(DISTINCT item) FROM item_scores").fetchall() == [(60,)]


def test_a_method_that_finds_none_of_its_columns_fails_and_shows_no_rows(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"comment": "a"}\n{"comment": "b"}\n')
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(BadInput, match="no row has a text in a column `text`"):
        screening.screen(ws, "chinese_safe", tmp_path / "d.jsonl")
    assert [run.status for run in runs.read_all(ws.path)] == ["failed"]
    assert ws.db.execute("SELECT count(*) FROM item_scores").fetchall() == [(0,)]
