from __future__ import annotations

from pathlib import Path

from headgate import catalog, finding_rows, workspace
from headgate.shapes import Finding
from headgate.workspace import open_workspace


def test_the_headline_has_the_name_of_the_method_and_a_part_its_axis(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    run = workspace.new_run(ws, "detect", "ncii_intent", {})
    run.subject = "hf:model:a/b"
    found = [Finding("", 1.0, None, None, 3, "why"), Finding("part", None, 0.1, 0.2, 0, "")]
    finding_rows.write(ws, run, catalog.find("detect", "ncii_intent"), found)
    workspace.finish(ws, run)
    columns = 'subject, "check", value, low, high, n, evidence, sensitive, harm, run'
    assert ws.db.execute(f'SELECT {columns} FROM findings ORDER BY "check"').fetchall() == [
        ("hf:model:a/b", "ncii_intent", 1.0, None, None, 3, "why", True, "use", run.id),
        ("hf:model:a/b", "ncii_intent.part", None, 0.1, 0.2, 0, "", True, "use", run.id),
    ]
    assert run.rows["findings"] == 2


def test_nothing_found_writes_no_part(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path / "w", create=True)
    run = workspace.new_run(ws, "detect", "ncii_intent", {})
    finding_rows.write(ws, run, catalog.find("detect", "ncii_intent"), [])
    assert not list((tmp_path / "w" / "tables" / "findings").glob("*.parquet"))
