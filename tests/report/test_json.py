"""The JSON holds the same figures and no raw hub text."""

from __future__ import annotations

import json as stdlib
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from headgate import workspace
from headgate.report import json
from headgate.report.summary import summarise
from tests.report_workspace import PERSON, hostile, small


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.items() for part in item for text in _texts(part)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def test_same_figures(tmp_path: Path) -> None:
    ws = small(tmp_path / "hub")
    summary = summarise(ws)
    given = stdlib.loads(json.render(ws, summary))
    assert given.pop("schema") == 1
    assert given == stdlib.loads(stdlib.dumps(asdict(summary)))
    assert given["graph"]["self_loops"] == 1
    assert PERSON not in json.render(ws)


def test_empty(tmp_path: Path) -> None:
    given = stdlib.loads(json.render(workspace.open_workspace(tmp_path / "hub", create=True)))
    assert given["artifacts"] == []


def test_hostile_text(tmp_path: Path) -> None:
    ws = hostile(tmp_path / "hub")
    json.write(ws, tmp_path / "report.json")
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert len(text) < 100_000
    for found in _texts(stdlib.loads(text)):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", found)
        assert not found.startswith(("=", "+", "@"))
        assert len(found) < 200
