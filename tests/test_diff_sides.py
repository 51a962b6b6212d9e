from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from headgate import diff_sides, run
from headgate.errors import UsageError
from tests.build import collect, model
from tests.comparing import BEFORE, DECLARED, found, holding, judged, tagged, two_dates

FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)


def test_a_side_says_what_it_ran_and_listed(tmp_path: Path) -> None:
    ws = judged(tmp_path / "w", BEFORE)
    _, older, newer = diff_sides.read((tmp_path / "w", None), (tmp_path / "w", None))
    assert (older.schema, newer.schema) == ("older", "newer")
    assert older.methods("detect", "measure") == {"licence_conflict", "licence_missing", "uncensored_name"}
    assert older.methods("govern") == {"release_gate"}
    assert older.complete == {("huggingface", "model")}
    assert "licence_missing" in older.open
    assert "uncensored_name" not in older.open
    assert not older.stale("release_gate", "govern")
    assert older.newest == ws.db.execute("SELECT max(run) FROM artifacts").fetchall()[0][0]
    assert older.label == str(tmp_path / "w")


def test_each_side_shows_its_own_date(tmp_path: Path) -> None:
    two_dates(tmp_path / "w")
    db, older, newer = diff_sides.read((tmp_path / "w", FEBRUARY), (tmp_path / "w", None))
    rows = {side: db.execute(f"SELECT count(*) FROM {side}.artifacts").fetchall()[0][0] for side in ("older", "newer")}
    assert rows == {"older": 8, "newer": 8}
    gone = "SELECT count(*) FROM {}.artifacts WHERE ref = 'hf:model:a/leaves'"
    assert [db.execute(gone.format(side)).fetchall()[0][0] for side in ("older", "newer")] == [1, 0]
    assert older.label == f"{tmp_path / 'w'} as of 2026-02-01 00:00 UTC"
    assert older.made["govern", "release_gate"] < newer.made["govern", "release_gate"]


def parents(tmp_path: Path) -> dict[str, list[tuple[str, str]]]:
    db, *_ = diff_sides.read((tmp_path / "old", None), (tmp_path / "new", None))
    return {side: db.execute(f"FROM {side}_parents ORDER BY ALL").fetchall() for side in ("older", "newer")}


def test_stored_edges_are_read_where_both_were_linked_alike_and_made_anew_otherwise(tmp_path: Path) -> None:
    child = tagged("a/child", DECLARED + "a/base")
    old, _ = collect(tmp_path / "old", [model("a/base"), child])
    new, _ = collect(tmp_path / "new", [model("a/base"), child])
    made = [("hf:model:a/child", "finetune of hf:model:a/base")]
    run.run_method(old, "link", "declared_base")
    assert parents(tmp_path) == {"older": made, "newer": made}  # the new one was never linked
    run.run_method(new, "link", "trained_on")  # which finds nothing
    assert parents(tmp_path) == {"older": made, "newer": made}
    run.run_method(old, "link", "trained_on")
    run.run_method(new, "link", "declared_base")
    assert parents(tmp_path) == {"older": made, "newer": made}
    # stored edges, as read: one is taken out by hand
    part = next(p for p in (tmp_path / "new" / "tables" / "edges").glob("*") if run_of_declared(tmp_path) in p.name)
    part.unlink()
    assert parents(tmp_path) == {"older": made, "newer": []}


def run_of_declared(tmp_path: Path) -> str:
    _, _, newer = diff_sides.read((tmp_path / "old", None), (tmp_path / "new", None))
    return newer.made["link", "declared_base"]


def test_a_method_is_stale_once_something_newer_was_collected(tmp_path: Path) -> None:
    ws = holding(tmp_path / "w", x={})
    found(ws, "open_check", x=0)
    collect(tmp_path / "w", [model("a/y")], observed="2026-03-01")
    _, older, _ = diff_sides.read((tmp_path / "w", None), (tmp_path / "w", None))
    assert older.stale("open_check", "detect", "measure")


def test_no_workspace_is_said(tmp_path: Path) -> None:
    holding(tmp_path / "w", x={})
    with pytest.raises(UsageError, match="no workspace at"):
        diff_sides.read((tmp_path / "w", None), (tmp_path / "none", None))
