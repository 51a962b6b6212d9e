"""Cards before they are committed, and the hook in a real git repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from headgate.cli import main

CARD = "---\n{}\n---\n# A model\n"


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (CARD.format("license: mit"), 0, ""),
        (CARD.format("license:\n- mit\n- cc-by-4.0"), 0, ""),
        (CARD.format("tags: [x]"), 1, "states no licence"),
        (CARD.format("license: unknown"), 1, "states no licence"),
        (CARD.format("license: Unknown"), 1, "states no licence"),
        (CARD.format("license: n/a"), 1, "states no licence"),
        (CARD.format("license: [Other, other]"), 1, "says nothing by itself"),
        (CARD.format("license: other"), 1, "says nothing by itself"),
        (CARD.format("license: other\nlicense_name: ours\nlicense_link: LICENSE"), 0, ""),
        (CARD.format("license: [a: b"), 1, "not YAML"),
        ("# only prose, no card\n", 0, ""),
    ],
)
def test_cards(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, told: str) -> None:
    path = tmp_path / "README.md"
    path.write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(["check-card", str(path)])
    assert ended.value.code == code
    assert told in capsys.readouterr().out


def test_a_licence_nobody_knows_is_told_and_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "README.md"
    path.write_text(CARD.format("license: our very own terms 7"))
    with pytest.raises(SystemExit) as ended:
        main(["check-card", str(path)])
    assert ended.value.code == 0
    assert "no table knows the licence our very own terms 7" in capsys.readouterr().err


def test_the_worst_card_decides_and_what_cannot_be_read_never_passes(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.md", tmp_path / "b.md"
    good.write_text(CARD.format("license: mit"))
    bad.write_text(CARD.format("x: 1"))
    for files, code in (([good, bad], 1), ([good, tmp_path / "none"], 2), ([tmp_path / "none", bad], 1)):
        with pytest.raises(SystemExit) as ended:
            main(["check-card", *map(str, files)])
        assert ended.value.code == code


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_as_a_hook_it_blocks_a_commit_without_a_licence_and_lets_a_clean_one_pass(tmp_path: Path) -> None:
    def git(*words: str) -> subprocess.CompletedProcess[str]:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *who, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    git("init", "-q")
    hook = tmp_path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\ngit diff --cached --name-only --diff-filter=AM -- '*README.md' | "
        f"xargs -r '{sys.executable}' -m headgate check-card\n"
    )
    hook.chmod(0o755)
    (tmp_path / "README.md").write_text(CARD.format("tags: [x]"))
    git("add", "README.md")
    refused = git("commit", "-m", "card")
    assert refused.returncode != 0
    assert "states no licence" in refused.stdout + refused.stderr
    (tmp_path / "README.md").write_text(CARD.format("license: apache-2.0"))
    git("add", "README.md")
    assert git("commit", "-m", "card").returncode == 0
