from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from headgate.cli import main
from headgate.commands.terms import command

OLD = "Heron terms\n\nYou must retain\nthis copyright notice.\n\nNo \x1b[31mwarranty: the model is provided as is.\n"
NEW = "Heron terms\n\nYou must retain\nthis copyright notice and | credit us.\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, text in (("old.txt", OLD), ("new.txt", NEW), ("none.txt", "Hello there.\n")):
        (tmp_path / name).write_text(text)
    return [str(tmp_path / name) for name in ("old.txt", "new.txt", "none.txt")]


def shown(*words: str) -> str:
    done = CliRunner().invoke(command, list(words), catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_clauses_of_one_file(files: list[str]) -> None:
    rows = json.loads(shown(files[0], "--format", "json"))
    assert rows == [
        {"line": 3, "type": "attribution", "quote": "You must retain this copyright notice."},
        {"line": 6, "type": "disclaimer", "quote": "No \ufffd[31mwarranty: the model is provided as is."},
    ]
    table = shown(files[0]).splitlines()
    assert table[0].split() == ["line", "type", "quote"]
    assert table[1].split()[:2] == ["3", "attribution"]
    assert "\x1b" not in shown(files[0])


def test_what_changed_between_two(files: list[str]) -> None:
    rows = json.loads(shown(files[0], files[1], "--format", "json"))
    assert [(row["change"], row["types"], row["line before"], row["line after"]) for row in rows] == [
        ("changed", "attribution", 3, 3), ("dropped", "disclaimer", 6, None),
    ]  # fmt: skip
    assert "and \\| credit us" in shown(files[0], files[1], "--format", "md")
    assert shown(files[0], files[0]) == "no paragraph with a recognised clause changed\n"


def test_nothing_recognised_is_said_so(files: list[str]) -> None:
    assert shown(files[2]) == "no clause was recognised; that does not mean that the text has none\n"
    assert json.loads(shown(files[2], "--format", "json")) == []


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_file_is_told(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(SystemExit) as ended:
        main(["terms", str(path)])
    assert ended.value.code == 3
    assert capsys.readouterr().err.startswith("headgate: cannot read ")


def test_a_file_too_large_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_bytes(b"a" * 5_000_001)
    with pytest.raises(SystemExit) as ended:
        main(["terms", str(tmp_path / "x")])
    assert ended.value.code == 2
    assert "more than 5000000 bytes" in capsys.readouterr().err
