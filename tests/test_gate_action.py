"""The script of the GitHub Action: its exit codes, what it writes, and that no input is run as a command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from headgate import run
from tests.build import collect, model

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "gate-action"
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def act(tmp_path: Path, source: str, **env: str) -> tuple[int, str]:
    """Run the script in a repository that holds `source`; the exit code and what was said."""
    if not (tmp_path / "w").exists():
        ws, _ = collect(tmp_path / "w", [model("a/good") | {"cardData": {"license": "mit"}}, model("a/bad")])
        run.run_stage(ws, "detect")
    root, bin_ = tmp_path / "repository", tmp_path / "bin"
    for folder in (root, bin_):
        folder.mkdir(exist_ok=True)
    (root / "app.py").write_text(source)
    (root / "headgate.md").write_text("the user's own")
    (bin_ / "headgate").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m headgate "$@"\n')
    (bin_ / "headgate").chmod(0o755)
    given = os.environ | {
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "HEADGATE_WORKSPACE": str(tmp_path / "w"), "SCAN": ".",
        "SARIF": "out/gate.sarif", "GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "md"),
    }  # fmt: skip
    done = subprocess.run(["bash", str(SCRIPT)], cwd=root, env=given | env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_what_is_blocked_fails_and_is_written(tmp_path: Path) -> None:
    code, said = act(tmp_path, 'from_pretrained("a/bad")')
    assert code == 1
    assert "| block | hf:model:a/bad |" in said
    assert "| block | hf:model:a/bad |" in (tmp_path / "md").read_text()
    assert (tmp_path / "output").read_text() == "code=1\n"
    assert (tmp_path / "repository/out/gate.sarif").stat().st_size > 100
    assert (tmp_path / "repository/headgate.md").read_text() == "the user's own"


def test_a_warning_is_for_what_could_not_be_told_and_never_for_an_error(tmp_path: Path) -> None:
    assert act(tmp_path, 'from_pretrained("b/none")')[0] == 2
    code, said = act(tmp_path, 'from_pretrained("b/none")', ON_UNKNOWN="warn")
    assert (code, "::warning::" in said) == (0, True)
    assert act(tmp_path, 'from_pretrained("b/none")', ON_UNKNOWN="warn", LOCK="none.txt")[0] == 3
    (tmp_path / "image").write_bytes(b"\xff\xfe")
    assert act(tmp_path, 'from_pretrained("b/none")', ON_UNKNOWN="warn", LOCK=str(tmp_path / "image"))[0] == 2
    assert not (tmp_path / "repository/out/gate.sarif").exists()


def test_no_input_is_run_as_a_command(tmp_path: Path) -> None:
    evil = "x; touch ran $(touch ran) `touch ran`"
    for name in ("SCAN", "POLICY", "LOCK", "STRICT", "ON_UNKNOWN", "SARIF"):
        act(tmp_path, 'from_pretrained("a/good")', **{name: evil})
        assert not (tmp_path / "repository/ran").exists()
