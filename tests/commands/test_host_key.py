from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import reviewing
from tests.reviewing import SECRET, said


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return reviewing.workspace(tmp_path / "w").path


def test_a_key_is_written_to_a_file_and_never_printed(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = said(capsys, "host-key", "make", "--into", path, "--out", tmp_path / "k")
    key = (tmp_path / "k").read_text().strip()
    assert out == ""
    assert key not in err
    _, err = said(capsys, "host-key", "make", "--into", path, "--out", tmp_path / "k2", code=3)
    assert err.count("\n") == 1
    assert "--replace" in err
    said(capsys, "host-key", "make", "--into", path, "--out", tmp_path / "k2", "--replace")
    assert (tmp_path / "k2").read_text() != (tmp_path / "k").read_text()


def test_the_log_says_who_looked_at_what_and_why(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "host-key", "make", "--into", path, "--out", tmp_path / "k")
    said(
        capsys,
        "items",
        SECRET,
        "-w",
        path,
        "--host-key",
        tmp_path / "k",
        "--reason",
        "sweep \x1b[31m\u202e",
        "--limit",
        7,
    )
    said(capsys, "items", SECRET, "-w", path, code=3)
    out, _ = said(capsys, "host-key", "looks", path)
    lines = out.splitlines()
    assert lines[0].split() == ["time", "outcome", "command", "check", "items", "who", "reason"]
    assert ["allowed" in lines[2], "refused: no key was given" in lines[3]] == [True, True]
    assert "\x1b" not in out
    made = json.loads(said(capsys, "host-key", "looks", path, "--format", "json")[0])
    assert [(one["command"], one["items"]) for one in made] == [("host-key make", 0), ("items", 7), ("items", 0)]
    assert "hf:model" not in out


def test_no_workspace_and_no_log(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "host-key", "looks", path)[0].count("\n") == 1
    assert (
        "no workspace at"
        in said(capsys, "host-key", "make", "--into", tmp_path / "none", "--out", tmp_path / "k", code=3)[1]
    )
    assert not (tmp_path / "k").exists()
