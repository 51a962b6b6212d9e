"""The short summary for the terminal, and the same as Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headgate import workspace
from headgate.report import text
from tests.report_workspace import PERSON, findings, hostile, put, small


def test_table(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    put(ws, "detect", "licence_missing", "findings",
        findings("licence_missing", {"hf:model:org/base": 0.0, "hf:model:org/child": 1.0}))  # fmt: skip
    lines = text.render(ws).splitlines()
    assert "  Hugging Face  model        4  2026-11-01" in lines
    assert "  model           3           1        1             1" in lines
    assert re.search(r"^  licence_missing +1 +2 +50\.0 % +9\.5–90\.5 % +0$", "\n".join(lines), re.MULTILINE)
    assert PERSON not in "\n".join(lines)
    assert max(map(len, lines)) < 200


def test_markdown(tmp_path: Path) -> None:
    lines = text.render(small(tmp_path / "hub"), markdown=True).splitlines()
    assert lines[0].startswith("# hub: 20")
    assert "| Hugging Face | model | 4 | 2026-11-01 |" in lines
    assert "| --- | --- | --: | --: |" in lines


@pytest.mark.parametrize("markdown", [False, True])
def test_empty(tmp_path: Path, markdown: bool) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    assert "none" in text.render(ws, markdown=markdown).lower()


def test_hostile_text_in_the_terminal(tmp_path: Path) -> None:
    rendered = text.render(hostile(tmp_path / "hub"))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", rendered)
    assert max(map(len, rendered.splitlines())) < 250


def test_hostile_text_in_markdown(tmp_path: Path) -> None:
    rendered = text.render(hostile(tmp_path / "hub"), markdown=True)
    assert not re.search(r"(?<!\\)[<>`\[]", rendered)
    for line in rendered.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in {3, 5, 6, 7}, line
