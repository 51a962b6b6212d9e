from __future__ import annotations

from pathlib import Path

from headgate import run
from headgate.access import VERDICTS
from tests.build import collect, model


def test_one_decision_for_each_use(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    run.run_method(ws, "govern", "attribute_access")
    rows = ws.db.execute("SELECT subject, decision, because FROM decisions").fetchall()
    assert len(rows) == len({row[0] for row in rows}) == 256
    assert {row[1] for row in rows} == set(VERDICTS)
    assert all(("keep rows " in row[2]) == (row[1] == "own data") for row in rows)


def test_one_use_alone_is_the_record_for_a_report(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    use = {"domain": "credit", "jurisdiction": "US", "purpose": "monitor", "source": "collected"}
    run.run_method(ws, "govern", "attribute_access", **use)
    assert ws.db.execute("SELECT subject, decision, because FROM decisions").fetchall() == [
        ("use:credit/US/monitor/collected", "own data",
         "what was collected because a law demands it such as for home mortgages; keep rows 1095 days at most; HMDA and "
         "Regulation C 12 CFR 1003.4(a)(10); Regulation B 12 CFR 1002.5(a)(2) and 1002.13")
    ]  # fmt: skip
