from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from headgate.cli import headgate
from headgate.workspace import open_workspace
from tests.build import collect, model


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
