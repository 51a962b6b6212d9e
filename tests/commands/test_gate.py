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
        "allow    hf:model:a/good  (last seen 2025-01-01)\n         every rule is kept\n"
        "block    hf:model:a/bad  (last seen 2025-01-01)\n         broken: a licence is stated (licence_missing = 1.0, "
        "at most 0): card seen, no licence in card or tags\n         appeal: headgate appeal\n"
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


def gated(*words: object) -> object:
    with pytest.raises(SystemExit) as ended:
        main(["gate", *map(str, words)])
    return ended.value.code


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, which is where the gate is run."""
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize(
    ("source", "words", "code"),
    [
        ('from_pretrained("a/good")', [], 0),
        ('from_pretrained("a/good")\nfrom_pretrained("a/bad")', [], 1),
        ('from_pretrained("a/good")\nfrom_pretrained("b/none")', [], 2),
        ('from_pretrained("b/none")\nfrom_pretrained("a/bad")', [], 1),
        ("from_pretrained(path)", [], 0),
        ("from_pretrained(path)", ["--strict"], 2),
        ('from_pretrained(path)\nfrom_pretrained("a/bad")', ["--strict"], 1),
        ("", ["--strict"], 0),
        ("", ["--format", "sarif", "a/good"], 3),
        ("", ["--lock", "none.txt"], 3),
        ("", ["--lock", "empty.txt"], 3),
    ],
)
def test_exit_codes_of_a_scan(workspace: Path, repository: Path, source: str, words: list[str], code: int) -> None:
    (repository / "app.py").write_text(source)
    (repository / "empty.txt").write_text("# nothing\n")
    assert gated("--scan", ".", "-w", workspace, *words) == code


def test_exit_codes_of_what_cannot_be_judged(workspace: Path, repository: Path) -> None:
    assert gated("-w", workspace) == 3
    assert gated("--scan", "none", "-w", workspace) == 3
    (repository / "app.py").write_text('from_pretrained("a/good")')
    assert gated("--scan", ".", "-w", repository / "none") in {2, 3}
    assert gated("--scan", ".", "-w", workspace, "--format", "yaml") == 3


@pytest.mark.parametrize(("listed", "code"), [("a/good\n", 0), ("a/good\na/bad\n", 1), ("b/none\n", 2), ("a b\n", 3)])
def test_exit_codes_of_a_list(workspace: Path, repository: Path, listed: str, code: int) -> None:
    (repository / "models.list").write_text(listed)
    assert gated("--lock", "models.list", "-w", workspace) == code


def test_what_a_repository_hides_is_told(workspace: Path, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "app.py").write_text("\nfrom_pretrained(path)")
    gated("--scan", ".", "-w", workspace)
    given = capsys.readouterr()
    assert given.out == ""
    assert "note: app.py:2 hides which model it loads: from_pretrained(path)" in given.err
    assert "names no model" in given.err


def test_two_revisions_of_one_model_keep_their_own_places(
    workspace: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "a.py").write_text('from_pretrained("a/good")\nfrom_pretrained("A/Good")')
    (repository / "b.py").write_text('from_pretrained("a/good", revision="0123456")')
    assert gated("--scan", ".", "-w", workspace, "--format", "json") == 2
    found = {one["decision"]: [(at["path"], at["line"]) for at in one["places"]]
             for one in json.loads(capsys.readouterr().out)}  # fmt: skip
    assert found == {"allow": [("a.py", 1), ("a.py", 2)], "unknown": [("b.py", 1)]}


def test_sarif_places_are_paths_from_where_the_gate_is_run(
    workspace: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "app").mkdir()
    (repository / "app" / "x.py").write_text('from_pretrained("a/bad")\nfrom_pretrained("a/good")')
    (repository / "models.list").write_text("a/unseen\n")
    outside = repository.parent / "models.list"
    outside.write_text("b/none\n")
    words = ("--scan", repository / "app", "--lock", repository / "models.list", "--lock", outside)
    assert gated(*words, "-w", workspace, "--format", "sarif") == 1
    (run_,) = json.loads(capsys.readouterr().out)["runs"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run_["results"]]
    assert places == ["app/x.py", "models.list", f"file://{outside}"]
    assert [one["level"] for one in run_["results"]] == ["error", "warning", "warning"]


def test_a_table_of_a_scan_says_where(workspace: Path, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "x.py").write_text('from_pretrained("a/good")')
    gated("--scan", ".", "-w", workspace)
    assert capsys.readouterr().out == (
        "allow    hf:model:a/good  (last seen 2025-01-01)\n         every rule is kept\n         at x.py:1\n"
    )
