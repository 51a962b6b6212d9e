from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="the extra learn is not installed")

from headgate.repair.shapes import Case, Check
from headgate.workspace import open_workspace
from tests.calling import call
from tests.subject_folders import table_folder


def removed(folder: Path) -> list[object]:
    table = table_folder(folder / "t")
    words = [table, "--forget", table / "bad.csv", "--into", folder / "w"]
    assert call("remove", "retrain", *words, "--out", folder / "m").code == 0
    return [*words, "--after", folder / "m"]


def test_the_verdict_is_the_exit_code_and_the_checks_are_findings_of_the_repaired_model(tmp_path: Path) -> None:
    words = removed(tmp_path)
    done = call("prove", "behaviour_rate", *words, "--margin", 0.3, "--ceiling", 0.3)
    assert done.code == 0, done
    assert (
        "behaviour_rate: held: before 0.933, after 0.000, reference 0.000, apart -0.163 to +0.163, margin 0.3"
        in done.out
    )
    db = open_workspace(tmp_path / "w").db
    (child,) = db.execute("SELECT child FROM edges").fetchone()  # type: ignore[misc]
    assert db.execute('SELECT DISTINCT subject, "check", value FROM findings ORDER BY ALL').fetchall() == [
        (child, "behaviour_rate", 0.0), (child, "behaviour_rate.utility", 0.0)
    ]  # fmt: skip
    strict = call("prove", "behaviour_rate", *words, "--margin", 0.001, "--format", "json")
    assert strict.code == 2
    assert {one["verdict"] for one in json.loads(strict.out)["checks"]} == {"inconclusive"}


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    words = removed(tmp_path)[:-1]
    done = call("prove", "behaviour_rate", *words, tmp_path / "absent")
    assert (done.code, done.out) == (2, "")
    assert "no repaired model in" in done.err


def test_no_flag_of_a_test_is_one_of_all_tests(recwarn: pytest.WarningsRecorder) -> None:
    # worst_case_forget has --references of its own, whose number has to reach it
    shown = call("prove", "worst_case_forget", "--help")
    assert shown.out.count("--references") == 1
    assert "retrained without each of the two sets" in " ".join(shown.out.split())
    assert not [one for one in recwarn if "more than once" in str(one.message)]


def test_a_flag_that_a_test_shares_with_all_reaches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    def prove(case: Case, *, references: int = 1, **others: object) -> list[Check]:
        given.update(references=references, retrained=len(case.references))
        return []

    words = removed(tmp_path)
    monkeypatch.setattr("headgate.catalog.load", lambda _: prove)
    assert call("prove", "worst_case_forget", *words, "--references", 2).code == 2
    assert given == {"references": 2, "retrained": 2}


def test_a_check_that_told_nothing_passes_no_rule(tmp_path: Path) -> None:
    words = removed(tmp_path)
    policy = tmp_path / "policy.toml"
    policy.write_text('name = "p"\n[[rule]]\nname = "b"\ncheck = "behaviour_rate"\nat_most = 0.1\nthen = "block"\n')
    for margin, code in ((0.3, 0), (0.001, 2)):
        call("prove", "behaviour_rate", *words, "--margin", margin, "--ceiling", 0.3)
        (child,) = open_workspace(tmp_path / "w").db.execute("SELECT child FROM edges").fetchone()  # type: ignore[misc]
        assert call("gate", child, "--workspace", tmp_path / "w", "--policy", policy).code == code
