from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from headgate.cli import headgate
from headgate.workspace import open_workspace
from tests.build import collect, model


def test_runs_one_method_and_says_what_it_wrote(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x"), model("a/y", tags=["base_model:finetune:a/x"])])
    done = CliRunner().invoke(headgate, ["link", "declared_base", "-w", str(tmp_path / "w")])
    assert re.fullmatch(r"link declared_base: 1 rows of edges in \d+\.\d\d s\n", done.stdout)
    assert open_workspace(tmp_path / "w").db.execute("SELECT count(*) FROM edges").fetchone() == (1,)
