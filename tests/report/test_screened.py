from __future__ import annotations

from pathlib import Path

from headgate.report import screened
from headgate.report.findings import read
from headgate.shapes import Finding
from headgate.workspace import refresh
from tests.screened import REF
from tests.screened import screened as made


def test_findings_about_items_have_lines_of_their_own(tmp_path: Path) -> None:
    found = [Finding("", 0.25, 0.1, 0.5, 4, "1 of 4"), Finding("violence", None, None, None, 0, "none")]
    ws = made(tmp_path / "w", "toxicity", ["a", "b", "c", "d"], [0, 0, 0, 1], findings=found)
    refresh(ws)
    rows = screened.read(ws.db)
    assert [(one.dataset, one.check, one.value, one.low, one.high, one.items) for one in rows] == [
        (REF, "toxicity", 0.25, 0.1, 0.5, 4), (REF, "toxicity.violence", None, None, None, 0),
    ]  # fmt: skip
    assert len(rows[0].date) == 10
    checks, _ = read(ws.db, "2026-01-01")
    assert checks == ()  # a share of items is no share of artifacts
