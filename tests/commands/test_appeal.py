from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.workspace import Workspace
from tests.lineages import lineage
from tests.reviewing import OPEN, SECRET, said
from tests.test_hostile import BOMBS

BASE, CHILD, OTHER = "hf:model:org/base", "hf:model:a/child", "hf:model:b/other"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    checks = [{"subject": CHILD, "check": name, "sensitive": name == SECRET} for name in (SECRET, OPEN)]
    edges = [{"child": CHILD, "parent": BASE}, {"child": OTHER, "parent": BASE}]
    return lineage(tmp_path / "w", {BASE: {}, CHILD: {}, OTHER: {}}, edges, checks)


def appeal(capsys: pytest.CaptureFixture[str], ws: Workspace, ref: str, question: str, note: str, code: int = 0) -> str:
    return "".join(said(capsys, "appeal", ref, "--question", question, "--note", note, "-w", ws.path, code=code))


def test_the_note_travels_with_the_artifact(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    appeal(capsys, ws, "A/Child", OPEN, "mine\x1b[31m: https://x.example | wrong")
    note = "mine\ufffd[31m: [link] | wrong"
    assert f"contested: {note}" in said(capsys, "gate", "a/child", "-w", ws.path, code=2)[0]
    assert "contested" not in said(capsys, "gate", "b/other", "-w", ws.path, code=2)[0]
    escaped = "mine\ufffd\\[31m: \\[link\\] \\| wrong"
    assert f"contested: {escaped} |" in said(capsys, "gate", "a/child", "-w", ws.path, "--format", "md", code=2)[0]
    (verdict,) = json.loads(said(capsys, "gate", "a/child", "-w", ws.path, "--format", "json", code=2)[0])
    assert [(one["check"], one["note"]) for one in verdict["contested"]] == [(OPEN, note)]
    for ref in ("a/child", "org/base"):
        made = json.loads(said(capsys, "recall", ref, "-w", ws.path, "--format", "json")[0])
        assert [(one["ref"], one["check"], one["note"]) for one in made["contested"]] == [(CHILD, OPEN, note)]
        assert f"{OPEN}  contested: {note}" in said(capsys, "recall", ref, "-w", ws.path)[0]
        assert "## Contested" in said(capsys, "recall", ref, "-w", ws.path, "--format", "md")[0]
    assert "Contested" not in said(capsys, "recall", "b/other", "-w", ws.path)[0]


def test_an_appeal_against_a_sensitive_check_tells_nothing_of_what_it_found(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    found = appeal(capsys, ws, CHILD, SECRET, "one")  # the check found it
    other = appeal(capsys, ws, OTHER, SECRET, "two")  # the check did not look
    assert found.replace(CHILD, OTHER) == other
    for ref, note in ((CHILD, "one"), (OTHER, "two")):
        text = said(capsys, "recall", ref, "-w", ws.path)[0]
        assert f"{ref} a sensitive check contested: {note}" in " ".join(text.split())
        assert SECRET not in text
        assert SECRET not in said(capsys, "gate", ref, "-w", ws.path, "--format", "json", code=2)[0]
    # in a list of kin it would single out what the check may have found
    assert "ontested" not in said(capsys, "recall", BASE, "-w", ws.path)[0]


def test_many_appeals_do_not_drown_the_verdict(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(5):
        said(capsys, "appeal", CHILD, "--question", OPEN, "--note", f"n{n}", "--labeller", f"p{n}", "-w", ws.path)
    text = said(capsys, "gate", CHILD, "-w", ws.path, code=2)[0]
    assert text.count("contested: ") == 3
    assert "contested 2 more times" in text
    tables = b"".join(path.read_bytes() for path in (ws.path / "tables" / "labels").iterdir())
    assert b"p3" not in tables


@pytest.mark.parametrize("kind", [kind for kind in BOMBS if kind != "null"])  # no argument can hold a NUL
def test_a_hostile_note_stays_text(kind: str, ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    text = appeal(capsys, ws, CHILD, OPEN, BOMBS[kind])
    for format_ in ("table", "json", "md"):
        gated = said(capsys, "gate", CHILD, "-w", ws.path, "--format", format_, code=2)[0]
        recalled = said(capsys, "recall", CHILD, "-w", ws.path, "--format", format_)[0]
        text += gated + recalled
        if format_ == "md":
            assert "<script" not in (gated + recalled).replace("\\<", "")
    text += said(capsys, "items", OPEN, "-w", ws.path, "--format", "csv")[0]
    for unsafe in ("\x1b", "\x00", "\x9b", "\x07", "\u202e", "\u2066", "http://", "A" * 600):
        assert unsafe not in text


def test_what_cannot_be_contested(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is not in" in appeal(capsys, ws, "no/where", OPEN, "x", code=2)
    assert "no check 'nonsense'" in appeal(capsys, ws, CHILD, "nonsense", "x", code=3)
    assert "the note is empty" in appeal(capsys, ws, CHILD, OPEN, "  ", code=3)
    assert "not a ref" in appeal(capsys, ws, "a b", OPEN, "x", code=3)
    assert not (ws.path / "tables" / "labels").exists()
