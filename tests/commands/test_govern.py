from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from headgate.cli import headgate
from headgate.workspace import open_workspace
from tests.build import collect, model


def test_runs_one_method_and_says_what_it_wrote(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x"), model("a/y", tags=["base_model:finetune:a/x"])])
    done = CliRunner().invoke(headgate, ["govern", "release_gate", "-w", str(tmp_path / "w")])
    first, *decisions = done.stdout.splitlines()
    assert re.fullmatch(r"govern release_gate: 2 rows of decisions in \d+\.\d\d s", first)
    assert [line.split(": ")[:2] for line in decisions] == [["hf:model:a/x", "unknown"], ["hf:model:a/y", "unknown"]]
    assert open_workspace(tmp_path / "w").db.execute("SELECT count(*) FROM decisions").fetchone() == (2,)
