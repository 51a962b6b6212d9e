from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="the extra learn is not installed")

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
    assert "behaviour_rate: held: before 0.933, after 0.000, reference 0.000, margin 0.3" in done.out
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
