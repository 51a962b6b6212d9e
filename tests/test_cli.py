from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headgate import __version__
from headgate.cli import main

COMMANDS = (
    "appeal", "audit", "collect", "compact", "demo", "detect", "gate", "govern", "host-key", "items", "link", "measure",
    "methods", "policy", "probe", "protect", "prove", "recall", "remove", "repair", "report", "review", "screen", "serve", "trace", "typology",
)  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_help_names_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in out
    assert "Exit codes: 0 pass, 1 blocked, 2 could not tell, 3 wrong usage." in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"headgate {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["detect", "license_missing"], "Did you mean licence_missing?"),
        (["audit", "--nonsense"], "No such option"),
        (["link", "declared_base"], "Missing option '--workspace'"),
        (["detect", "licence_missing", "-w", "x", "--min-downloads", "many"], "'many' is not a valid integer"),
        (["collect", "dump", "no-such-file", "--into", "w"], "no dump at no-such-file"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_3(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert (code, out) == (3, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_missing_workspace_is_wrong_usage_and_an_empty_one_could_not_tell(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "empty" / "runs").mkdir(parents=True)
    assert run(capsys, "audit", str(tmp_path / "empty"))[0] == 2
    code, _, err = run(capsys, "audit", str(tmp_path / "none"))
    assert code == 3
    assert err.startswith("headgate: no workspace at")


def test_debug_shows_the_traceback() -> None:
    words = [sys.executable, "-m", "headgate", "--debug", "audit", "/nonexistent/w"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "Traceback" in done.stderr
    plain = subprocess.run([w for w in words if w != "--debug"], capture_output=True, text=True, check=False)
    assert "Traceback" not in plain.stderr
    assert plain.returncode == 3


def test_a_closed_pipe_is_quiet() -> None:
    command = f"{sys.executable} -m headgate methods | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, env=os.environ)
    assert "Traceback" not in done.stderr


def test_hostile_words_do_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "gate", "a\x1b[31m/b", "-w", "x")
    assert "\x1b" not in err


@pytest.mark.parametrize("words", [[], ["collect"], ["link"]])
def test_a_bare_command_shows_its_help(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    code, _, err = run(capsys, *words)
    assert code == 3
    assert err.startswith("Usage: headgate")
    assert err.count("\n") > 5
