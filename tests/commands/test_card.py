from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.cli import main
from tests.build import collect, model

CARD = "# Set\n\nAnnotators were paid. No ethics review was sought.\n"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["card", *[str(word) for word in words]])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_text(CARD, encoding="utf-8")
    return path


def test_a_file_as_a_table(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, file)
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "ethics_review        denied  “No ethics review was sought.”"
    assert lines[1].strip().startswith("ask: Did an ethics committee")
    assert lines[2] == "payment              present  “Annotators were paid.”"
    assert lines[3].split() == ["demographics", "absent"]  # what is answered is not asked


def test_json_gives_the_place(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, file, "--format", "json")
    rows = {row["item"]: row for row in json.loads(out)}
    assert (
        CARD[rows["payment"]["start"] : rows["payment"]["end"]] == rows["payment"]["quote"] == "Annotators were paid."
    )
    assert (rows["payment"]["ask"], rows["consent"]["quote"]) == ("", "")


def test_markdown_of_hostile_text_stays_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.md"
    path.write_text("Annotators \x1b[31m| were # paid & thanked.", encoding="utf-8")
    _, out, _ = run(capsys, path, "--format", "md")
    assert "\x1b" not in out
    assert r"\| were \# paid \& thanked." in out


def test_a_file_that_is_no_text_is_not_absent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.md"
    path.write_bytes(b"\xff\xfe\x00bad")
    assert run(capsys, path) == (2, "", f"headgate: cannot read the card {path}: it is not UTF-8 text.\n")
    path.write_bytes("é".encode() * 500_001 + b"x")
    path.write_bytes(b"x" + path.read_bytes())  # cut inside a letter
    assert run(capsys, path)[0] == 0


def test_other_sets(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, file, "--questions", "norm_statements")
    assert [line.split()[0] for line in out.splitlines() if line[0] != " "] == ["norm", "enforcement", "disavowal"]
    assert "not its maker's matter" not in out  # nothing was disowned
    code, _, err = run(capsys, file, "--questions", "nope")
    assert (code, "no set of questions 'nope'" in err) == (3, True)


def test_a_ref(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "w"
    collect(path, [model("A/m", card=CARD), model("a/bare")])
    assert "payment              present" in run(capsys, "a/M", "-w", path)[1]
    code, _, err = run(capsys, "a/bare", "-w", path)
    assert (code, "hf:model:a/bare has no card" in err) == (2, True)
    code, _, err = run(capsys, "a/other", "-w", path)
    assert (code, "hf:model:a/other is not in the workspace" in err) == (2, True)
    code, _, err = run(capsys, "a/other")
    assert (code, "'a/other' is no file here. Name one, or a ref with --workspace." in err) == (3, True)
