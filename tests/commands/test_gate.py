from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from headgate import run
from headgate.cli import main
from tests.build import collect, model

STATED = {"cardData": {"license": "mit"}}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    records = [
        model("a/good") | STATED,
        model("a/bad"),
        {"id": "a/unseen", "modelId": "a/unseen"},
        model("a/x-uncensored") | STATED,
    ]
    ws, _ = collect(tmp_path / "w", records, observed="2025-01-01")
    run.run_stage(ws, "detect")
    return tmp_path / "w"


@pytest.mark.parametrize(
    ("refs", "code"),
    [(["a/good"], 0), (["a/bad"], 1), (["a/unseen"], 2), (["b/none"], 2), (["a/good", "a/unseen"], 2),
     (["a/unseen", "a/bad", "a/good"], 1), (["a b"], 3)],
)  # fmt: skip
def test_exit_codes(workspace: Path, refs: list[str], code: int) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["gate", *refs, "-w", str(workspace)])
    assert ended.value.code == code


def test_output_as_text_and_json(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["gate", "a/good", "a/bad", "-w", str(workspace)])
    assert capsys.readouterr().out == (
        "allow    hf:model:a/good  every rule is kept  (last seen 2025-01-01)\n"
        "block    hf:model:a/bad   broken: a licence is stated (licence_missing = 1.0, at most 0): "
        "card seen, no licence in card or tags; appeal: headgate appeal  (last seen 2025-01-01)\n"
    )
    with pytest.raises(SystemExit):
        main(["gate", "a/bad", "-w", str(workspace), "--format", "json"])
    (verdict,) = json.loads(capsys.readouterr().out)
    assert (verdict["ref"], verdict["decision"]) == ("hf:model:a/bad", "block")


def test_a_sensitive_check_shows_the_rule_and_no_evidence(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["gate", "a/x-uncensored", "-w", str(workspace)])
    assert ended.value.code == 1
    assert "alignment" not in (out := capsys.readouterr().out)
    assert "broken: a sensitive rule" in out


def test_help(workspace: Path) -> None:
    from headgate.commands.gate import command

    told = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    assert "exit 0 pass, 1 blocked, 2 could not tell" in told
