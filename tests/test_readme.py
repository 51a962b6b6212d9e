"""The commands of README.md run as written and print what it says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")  # goes on with the demo that README makes


def sessions() -> list[tuple[str, str]]:
    """Every command of the console blocks with the output printed under it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README + CI, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def shape_of(text: str) -> str:
    # what differs from run to run: run ids, dates of today, seconds
    text = re.sub(r"\d{8}T\d{6}(\.\d+)?Z(-[0-9a-f]{4})?", "<run>", text)
    text = re.sub(r" in \d+\.\d\d s\b", " in <s> s", text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def pattern_of(output: str) -> str:
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in shape_of(output).splitlines()]
    return "".join(lines)


def test_there_is_something_to_run() -> None:
    assert len(sessions()) >= 3


def test_every_session_prints_what_the_readme_says(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for command, output in sessions():
        words = shlex.split(command)
        assert words[0] == "headgate"
        done = subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert re.fullmatch(pattern_of(output), shape_of(done.stdout) + "\n"), (command, done.stdout, done.stderr)


@pytest.mark.parametrize("command", re.findall(r"^headgate [a-z-]+(?: [a-z_]+)?", README, re.MULTILINE))
def test_every_other_command_exists(command: str) -> None:
    words = [word for word in command.split() if word not in {"hub", "org"}]
    done = subprocess.run([sys.executable, "-m", *words, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_make_knows_the_two_commands() -> None:
    if not shutil.which("make"):
        pytest.skip("no make here")
    for target in ("demo", "test"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
