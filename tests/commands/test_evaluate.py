from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from headgate import labels, run
from headgate.cli import headgate
from headgate.labels import Label
from tests.build import collect, model


def test_prints_the_error_of_a_detector_and_no_item(tmp_path: Path) -> None:
    ws, _ = collect(
        tmp_path / "w", [model(f"a{i}/m{i}", cardData={"license": "mit"} if i >= 30 else {}) for i in range(60)]
    )
    run.run_method(ws, "detect", "licence_missing")
    labels.add(ws, [Label(f"hf:model:a{i}/m{i}", "licence_missing", "yes", "ann") for i in range(25)])
    asked = ["evaluate", "licence_missing", "-w", str(tmp_path / "w"), "--split", "author", "--split", "time"]
    shown = CliRunner().invoke(headgate, asked)
    assert shown.exit_code == 0, shown.stderr
    assert "worst split: author, average precision 0.833" in shown.stdout
    assert "left out: time: fewer than 20 labelled artifacts have a date" in shown.stdout
    assert "a3/m3" not in shown.stdout
    parsed = json.loads(CliRunner().invoke(headgate, [*asked, "--format", "json"]).stdout)
    assert parsed["rows"][0]["ranking"]["items"] == 60


def test_an_unknown_detector_is_named(tmp_path: Path) -> None:
    collect(tmp_path / "w", [model("a/x")])
    shown = CliRunner().invoke(headgate, ["evaluate", "uncensord", "-w", str(tmp_path / "w")])
    assert shown.exit_code != 0
    assert "Did you mean uncensored?" in str(shown.exception) + shown.stderr
