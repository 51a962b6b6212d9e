from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate import runs, screening
from headgate.errors import BadInput
from headgate.workspace import open_workspace


def test_a_method_of_the_whole_writes_rows_and_its_own_findings_and_leaves_no_scratch(tmp_path: Path) -> None:
    rows = [{"a": n % 3, "b": (n % 3) * 2, "c": n} for n in range(60)]
    lines = [json.dumps(row) for row in rows]
    (tmp_path / "d.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n")
    ws = open_workspace(tmp_path / "w", create=True)
    made = screening.screen(ws, "dependencies", tmp_path / "d.jsonl")
    assert made.run.rows["item_scores"] == 60
    # told once, though the method streams the rows several times
    assert made.run.counts["places unreadable"] == 1
    assert len(made.troubles) == 1
    assert {one.axis for one in made.findings}
    stored = ws.db.execute("SELECT count(*) FROM findings WHERE run = ?", [made.run.id]).fetchall()
    assert stored == [(len(made.findings),)]
    assert not list((tmp_path / "w").glob(".screen-*"))
    assert ws.db.execute("SELECT count(DISTINCT item) FROM item_scores").fetchall() == [(60,)]


def test_a_method_that_finds_none_of_its_columns_fails_and_shows_no_rows(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"remark": "a"}\n{"remark": "b"}\n')
    ws = open_workspace(tmp_path / "w", create=True)
    with pytest.raises(BadInput, match="no row has a text"):
        screening.screen(ws, "chinese_safe", tmp_path / "d.jsonl")
    assert [run.status for run in runs.read_all(ws.path)] == ["failed"]
    assert ws.db.execute("SELECT count(*) FROM item_scores").fetchall() == [(0,)]


@pytest.mark.parametrize(("column", "words"), [("TEXT", {}), ("comment", {}), ("remark", {"text": "remark"})])
def test_rows_are_judged_by_the_column_of_texts_that_is_named_or_guessed(
    tmp_path: Path, column: str, words: dict[str, str]
) -> None:
    rows = [{column: "今天天气很好", "label": "safe"}, {column: "明天下雨", "label": "safe"}]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = screening.screen(open_workspace(tmp_path / "w", create=True), "chinese_safe", tmp_path / "d.jsonl", **words)
    assert {one.axis: one.n for one in made.findings}["accuracy"] == 2


def test_what_a_killed_screening_left_goes_and_what_another_works_on_stays(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b\n1,2\n3,4\n")
    ws = open_workspace(tmp_path / "w", create=True)
    for name in (".screen-killed", ".screen-busy"):
        (ws.path / name).mkdir()
        (ws.path / name / "large").write_text("x")
    with runs.locked(ws.path, "busy"):
        screening.screen(ws, "dependencies", tmp_path / "d.csv")
    assert [path.name for path in ws.path.glob(".screen-*")] == [".screen-busy"]
