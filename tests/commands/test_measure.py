from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from headgate.cli import headgate
from headgate.workspace import open_workspace
from tests.build import collect, model
from tests.calling import call
from tests.test_measuring import table


def test_runs_one_method_and_says_what_it_wrote(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x", gated=False)], observed="2025-01-01")
    collect(tmp_path / "w", [model("a/x", gated="auto")], observed="2025-03-01")
    log = tmp_path / "log.csv"
    log.write_text("ref,sent,reason\na/x,2025-02-01,access\n", encoding="utf-8")
    done = CliRunner().invoke(headgate, ["measure", "notice_outcome", str(log), "-w", str(tmp_path / "w")])
    assert re.fullmatch(r"measure notice_outcome: 1 rows of findings in \d+\.\d\d s\n", done.stdout), done.output
    assert open_workspace(tmp_path / "w").db.execute("SELECT value FROM findings").fetchall() == [(1.0,)]


def test_a_log_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x")])
    words = ["measure", "notice_outcome", str(tmp_path / "none.csv"), "-w", str(tmp_path / "w")]
    done = CliRunner().invoke(headgate, words)
    assert done.exit_code != 0
    assert "No such file" in str(done.exception)


def test_a_measurement_of_files_prints_its_figures_and_ends_with_the_answer(tmp_path: Path) -> None:
    path = table(tmp_path)
    shown = call("measure", "group_fairness", path, "--draws", 200, "--limit", 1, "--format", "json")
    assert shown.code == 0, shown
    made = json.loads(shown.out)
    assert made["answer"]["met"] is True
    assert [one["value"] for one in made["findings"] if one["axis"] == "recall"] == [0.5]
    assert call("measure", "group_fairness", path).code == 0
    assert call("measure", "group_fairness", path, "--limit", 0.01).code in (1, 2)
    assert call("measure", "group_fairness", path, "--limit", 3).code == 3
    assert call("measure", "group_fairness", tmp_path / "none.csv").code == 2


def test_findings_go_into_a_workspace_that_is_named(tmp_path: Path) -> None:
    done = call("measure", "group_fairness", table(tmp_path), "--into", tmp_path / "w", "--ref", "hf:model:a/b")
    assert done.code == 0, done
    assert done.out.startswith("of hf:model:a/b\n")
    found = open_workspace(tmp_path / "w").db.execute("SELECT DISTINCT subject FROM findings").fetchall()
    assert found == [("hf:model:a/b",)]


def test_a_method_of_the_workspace_keeps_its_options_and_one_of_files_has_others() -> None:
    whole, files = call("measure", "notice_outcome", "--help").out, call("measure", "group_fairness", "--help").out
    assert "--workspace" in whole
    assert "--into" not in whole
    assert "--into" in files
    assert "--workspace" not in files


def test_a_policy_may_ask_for_what_was_measured(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/b"), model("a/c")])
    policy = tmp_path / "p.toml"
    policy.write_text(
        'name = "p"\nmissing = "unknown"\n'
        '[[rule]]\nname = "groups fare alike"\ncheck = "group_fairness"\nat_most = 0\nthen = "block"\n',
        encoding="utf-8",
    )  # fmt: skip

    def gate(ref: str) -> int:
        return call("gate", ref, "--policy", policy, "-w", tmp_path / "w").code

    words = ["measure", "group_fairness", table(tmp_path), "--into", tmp_path / "w", "--ref", "hf:model:a/b"]
    assert gate("a/b") == 2  # nobody measured it
    assert call(*words).code == 0
    assert gate("a/b") == 2  # measured, but nothing was asked
    done = call(*words, "--limit", 1)
    assert (done.code, gate("a/b"), gate("a/c")) == (0, 0, 2)
    # 400 rows: a gap of 0.5 is surely above 0.1
    rows = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "t.csv").write_text("\n".join([rows[0], *rows[1:] * 40]) + "\n", encoding="utf-8")
    assert call(*words, "--limit", 0.1).code == 1
    assert gate("a/b") == 1
