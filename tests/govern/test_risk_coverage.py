from __future__ import annotations

from pathlib import Path

from headgate import catalog, run
from headgate.govern import risk_coverage
from headgate.tables import rows
from tests.build import collect, findings, model

IDS = ["1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "3.1", "3.2", "3.3", "4.1", "4.2", "4.3", "4.4", "5.1", "5.2", "5.3",
       "6.1", "6.2", "6.3", "6.4"]  # fmt: skip


def test_the_21_risks_in_6_areas() -> None:
    listed = rows("risks.csv")
    assert [row["id"] for row in listed] == IDS
    assert len({row["area"] for row in listed}) == 6
    assert all(row["area"] == other["area"] for row in listed for other in listed if row["id"][0] == other["id"][0])
    assert all("2112.04359" in row["source"] and row["risk"] for row in listed)


def coverage(path: Path, *checks: str) -> dict[str, tuple[str, str]]:
    ws, _ = collect(path / "w", [model("a/good"), model("a/x-uncensored"), {"id": "a/unseen", "modelId": "a/unseen"}])
    for check in checks:
        findings(ws, check)
    run.run_method(ws, "govern", "risk_coverage")
    rows = ws.db.execute("SELECT subject, decision, because FROM decisions").fetchall()
    assert len(rows) == 21
    return {subject.removeprefix("risk:"): (grade, because) for subject, grade, because in rows}


def test_a_check_that_never_ran_covers_nothing(tmp_path: Path) -> None:
    found = coverage(tmp_path)
    assert {grade for grade, _ in found.values()} == {"nothing looks"}
    assert "uncensored_name did not run here" in found["4.3"][1]


def test_what_ran_is_counted_and_what_nothing_addresses_is_said(tmp_path: Path) -> None:
    found = coverage(tmp_path, "uncensored_name", "licence_missing")
    declared = set(catalog.find("detect", "uncensored_name").risks) | set(
        catalog.find("detect", "licence_missing").risks
    )
    assert {risk for risk, (grade, _) in found.items() if grade == "looked at"} == declared
    assert "uncensored_name looked at <10" in found["4.3"][1]  # of a sensitive check few are not counted
    assert found["4.3"][1].startswith("help with cyber attacks, weapons or other malicious use (malicious uses): ")
    # the environment and labour: a report must not look as if somebody had looked
    assert found["6.1"] == (
        "nothing looks",
        "environmental harm of running the models (automation, access and environmental harms): no check addresses it",
    )
    assert found["6.2"][0] == "nothing looks"


def test_a_check_that_could_judge_none_covers_nothing(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model("a/x")])
    findings(ws, "uncensored_name")
    ws.db.execute("CREATE TEMP TABLE findings AS SELECT * REPLACE (NULL::DOUBLE AS value) FROM memory.main.findings")
    rows = dict(risk_coverage.govern(ws.db).project("subject, decision").fetchall())
    assert set(rows.values()) == {"nothing looks"}
