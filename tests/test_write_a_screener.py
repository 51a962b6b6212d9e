"""The screener of docs/write-a-screener.md works as it is written, from its one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.workspace import open_workspace
from tests.page_methods import added

TEXTS = ["<p>hello</p>", "no markup here", "a&nbsp;b&#8211;c", "", "if a < b and c > d", "<br>" * 5]


def test_its_one_file_gives_a_command_and_scores(tmp_path: Path) -> None:
    headgate = added("write-a-screener.md", "screen/markup.py", tmp_path)
    data = tmp_path / "pages.jsonl"
    data.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS), encoding="utf-8")

    assert "Texts with left-over HTML" in headgate("methods", "screen")
    assert "The share from which on a text counts" in " ".join(headgate("screen", "markup", "--help").split())
    said = headgate("screen", "markup", str(data), "--into", str(tmp_path / "w"), "--threshold", "0.8", "--piece", "2")
    assert said.splitlines()[1].split(":")[1].strip().startswith("2 of 5 items flagged, 1 could not be told")

    db = open_workspace(tmp_path / "w").db
    rows = db.execute("SELECT score, axes['entities'], evidence FROM item_scores ORDER BY row").fetchall()
    assert [row[0] for row in rows] == [pytest.approx(7 / 12), 0, pytest.approx(13 / 16), None, 0, 1]
    assert [row[1] for row in rows] == [0, 0, pytest.approx(13 / 16), None, 0, 0]
    assert [row[2] for row in rows] == [
        "2 tags, 0 entities", None, "0 tags, 2 entities", None, None, "5 tags, 0 entities",
    ]  # fmt: skip
    found = db.execute('SELECT "check", value, n FROM findings ORDER BY 1').fetchall()
    assert found == [("markup", pytest.approx(2 / 5), 5), ("markup.entities", pytest.approx(1 / 5), 5)]
