from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from headgate.cli import headgate
from tests.build import collect, model


def test_prints_a_summary_and_where_the_report_is(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x"), model("a/y", tags=["base_model:finetune:a/x"])])
    done = CliRunner().invoke(headgate, ["audit", str(tmp_path / "w")])
    assert done.exit_code == 0, done.output
    page = Path(done.stdout.splitlines()[-1].removeprefix("report: "))
    assert page.exists()
    assert page.with_suffix(".json").exists()


def test_json_goes_to_stdout_alone(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x")])
    done = CliRunner().invoke(headgate, ["audit", str(tmp_path / "w"), "--format", "json"])
    json.loads(done.stdout)
    assert "report: " in done.stderr
