"""The short summary for the terminal, and the same as Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headgate import workspace
from headgate.report import text
from tests.report_workspace import PERSON, edge, findings, hostile, put, small


def test_table(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    put(ws, "detect", "licence_missing", "findings",
        findings("licence_missing", {"hf:model:org/base": 0.0, "hf:model:org/child": 1.0}))  # fmt: skip
    lines = text.render(ws).splitlines()
    assert "  Hugging Face  model        4  2026-11-01" in lines
    assert lines[0].startswith("hub: observed 2026-11-01; report made 20")
    assert "  Hugging Face models           1           1        1             1" in lines
    found = r"^  licence_missing +Hugging Face models +1 +2 +50\.0 % +9\.5–90\.5 % +0$"
    assert re.search(found, "\n".join(lines), re.MULTILINE)
    assert PERSON not in "\n".join(lines)
    assert max(map(len, lines)) < 200


def test_a_row_for_each_hub_and_kind_and_no_pooled_share(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    values = {"hf:model:org/base": 1.0, "hf:model:org/child": 0.0, "hf:dataset:org/data": 0.0, "civitai:model:2": 0.0}
    put(ws, "detect", "licence_missing", "findings", findings("licence_missing", values))
    lines = [line.split() for line in text.render(ws).splitlines() if line.startswith("  licence_missing")]
    assert [" ".join(line[1:-4]) for line in lines] == [
        "Hugging Face models 1 2 50.0", "Civitai models 0 1 0.0", "Hugging Face datasets 0 1 0.0",
    ]  # fmt: skip


def test_edges_are_sorted_by_count(tmp_path: Path) -> None:
    # By how they are known adapters lead, finetunes in all.
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    rows = [edge(f"hf:model:a/{n}", "hf:model:a/x", "adapter") for n in range(3)]
    rows += [edge(f"hf:model:a/{n}", "hf:model:a/x", how=how) for n, how in enumerate(["read"] * 2 + ["declared"] * 2)]
    put(ws, "link", "declared_base", "edges", rows)
    lines = text.render(ws).splitlines()
    first = lines.index("Edges")
    assert [line.split() for line in lines[first + 2 : first + 4]] == [["finetune", "4"], ["adapter", "3"]]
    assert "Findings" not in lines
    assert "Decisions" not in lines


def test_the_policy_that_decided(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    rows = [{"subject": "hf:model:org/base", "control": "release_gate", "decision": "allow"}]
    put(ws, "govern", "release_gate", "decisions", rows, params={"policy": None})
    assert re.search(r"^  release_gate  default policy +1 +0 +0$", text.render(ws), re.MULTILINE)
    put(ws, "govern", "release_gate", "decisions", rows, params={"policy": "strict.toml"})
    assert re.search(r"^  release_gate  strict\.toml +1 +0 +0$", text.render(ws), re.MULTILINE)


def test_markdown(tmp_path: Path) -> None:
    lines = text.render(small(tmp_path / "hub"), markdown=True).splitlines()
    assert lines[0].startswith("# hub: observed 2026-11-01; report made 20")
    assert "| Hugging Face | model | 4 | 2026-11-01 |" in lines
    assert "| --- | --- | --: | --: |" in lines


@pytest.mark.parametrize("markdown", [False, True])
def test_empty(tmp_path: Path, markdown: bool) -> None:
    ws = workspace.open_workspace(tmp_path / "hub", create=True)
    rendered = text.render(ws, markdown=markdown)
    assert "hub: nothing observed" in rendered
    assert not [title for title in ("Edges", "Licences", "Findings", "Decisions") if title in rendered]
    assert "Hugging Face models: no artifact was collected" in rendered


def test_hostile_text_in_the_terminal(tmp_path: Path) -> None:
    rendered = text.render(hostile(tmp_path / "hub"))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", rendered)
    assert max(map(len, rendered.splitlines())) < 250


def test_hostile_text_in_markdown(tmp_path: Path) -> None:
    rendered = text.render(hostile(tmp_path / "hub"), markdown=True)
    assert not re.search(r"(?<!\\)[<>`\[]", rendered)
    for line in rendered.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in {3, 4, 5, 6, 7, 8}, line
