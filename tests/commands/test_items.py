from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from headgate import labels, looks
from headgate.workspace import Workspace
from tests import reviewing
from tests.lineages import lineage
from tests.reviewing import OPEN, SECRET, ref, review, said


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return reviewing.workspace(tmp_path / "w")


def test_items_of_an_open_check_need_no_key(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    labels.add(ws, [review(ref(38), "contested", "m", OPEN, role="appeal", reason="see https://x.example not so")])
    out, _ = said(capsys, "items", OPEN, "-w", ws.path, "--limit", 2)
    assert out.splitlines() == [
        "ref                    value       low      high  evidence",
        "hf:model:org39/m39     0.975     0.875         1  word39 at [link]",
        "hf:model:org38/m38      0.95      0.85         1  word38 at [link]",
        "    contested: see [link] not so",
    ]
    made = json.loads(said(capsys, "items", OPEN, "-w", ws.path, "--format", "json", "--min-value", "0.9")[0])
    assert [(one["ref"], one["value"]) for one in made] == [(ref(n), n / 40) for n in (39, 38, 37, 36)]
    rows = list(csv.DictReader(io.StringIO(said(capsys, "items", OPEN, "-w", ws.path, "--format", "csv")[0])))
    assert len(rows) == 20
    assert rows[1]["contested"] == "see [link] not so"
    assert looks.read(ws.path) == []


def test_items_of_a_sensitive_check_need_the_key_and_a_reason(ws: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    key = reviewing.key_for(ws)
    for words in ([], ["--host-key", key], ["--host-key", ws.path / "none", "--reason", "x"], ["--reason", "x"]):
        out, err = said(capsys, "items", SECRET, "-w", ws.path, *words, code=3)
        assert out == ""
        assert err.count("\n") == 1
        assert "org" not in err.replace("host's own", "")
    out, err = said(capsys, "items", SECRET, "-w", ws.path, "--host-key", key, "--reason", "sweep", "--limit", 3)
    assert [line.split()[0] for line in out.splitlines()[1:]] == [ref(39), ref(38), ref(37)]
    monkeypatch.setenv("HEADGATE_HOST_KEY", str(key))
    assert said(capsys, "items", SECRET, "-w", ws.path, "--reason", "sweep", "--limit", 3)[0] == out
    monkeypatch.setenv("HEADGATE_HOST_KEY", key.read_text().strip())  # the key itself is not taken from the environment
    said(capsys, "items", SECRET, "-w", ws.path, "--reason", "sweep", code=3)
    assert [(one["command"], one["items"], str(one["outcome"])[:7]) for one in looks.read(ws.path)] == [
        ("host-key make", 0, "made"), *[("items", 0, "refused")] * 4, ("items", 3, "allowed"), ("items", 3, "allowed"),
        ("items", 0, "refused"),
    ]  # fmt: skip


def test_hostile_evidence_stays_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bomb = "=1+1\x1b[2J\u202e\n<script>"
    rows = [{"subject": "name:" + bomb, "check": OPEN, "evidence": bomb}, {"subject": "hf:model:a/b", "check": OPEN, "value": float("nan")},
            {"subject": "hf:model:a/c", "check": OPEN, "value": None}]  # fmt: skip
    ws = lineage(tmp_path / "w", {}, findings=rows)
    for format_ in ("table", "json", "csv"):
        out, _ = said(capsys, "items", OPEN, "-w", ws.path, "--format", format_)
        assert not {"\x1b", "\u202e"} & set(out)
        assert "a/b" not in out
        assert "a/c" not in out
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["evidence"].startswith("'=1+1")


def test_no_such_check_and_no_finding(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        "no check 'an_open_chek'. Did you mean an_open_check?"
        in said(capsys, "items", "an_open_chek", "-w", ws.path, code=3)[1]
    )
    assert said(capsys, "items", OPEN, "-w", ws.path, "--min-value", 2)[0] == f"no item of {OPEN} has a value\n"
