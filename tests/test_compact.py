from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from headgate import run, workspace
from headgate.compact import compact
from headgate.workspace import open_workspace
from tests.build import collect, model

OBSERVATIONS = "SELECT ref, observed, downloads, gone, run FROM observations ORDER BY ALL"


def test_nothing_observed_is_lost_and_old_files_go_one_compaction_later(tmp_path: Path) -> None:
    path = tmp_path / "w"
    file = {"rfilename": "a.gguf", "size": 5}
    collect(path, [model("a/x", downloads=1, siblings=[file]), model("a/y")], observed="2025-01-01", complete=True)
    collect(path, [model("a/x", downloads=2, siblings=[file])], observed="2025-02-01", complete=True)
    ws, _ = collect(path, [model("a/x", downloads=3, siblings=[file])], observed="2025-03-01", complete=True)
    for _ in range(3):
        run.run_method(ws, "link", "declared_base")
    before = ws.db.execute(OBSERVATIONS).fetchall()
    files = ws.db.execute("FROM files").fetchall()
    reader = open_workspace(path)

    # 3 parts each of artifacts and files; those of edges stay, for whoever asks what was known on a date
    assert compact(ws) == (6, 2, 0)
    fresh = open_workspace(path)
    assert fresh.db.execute(OBSERVATIONS).fetchall() == before == reader.db.execute(OBSERVATIONS).fetchall()
    assert fresh.db.execute("FROM files").fetchall() == files
    assert fresh.db.execute("SELECT downloads FROM artifacts").fetchall() == [(3,)]
    earlier = open_workspace(path, as_of=datetime(2025, 1, 15, tzinfo=UTC))
    assert earlier.db.execute("SELECT ref, downloads FROM artifacts ORDER BY ref").fetchall() == [
        ("hf:model:a/x", 1), ("hf:model:a/y", None),
    ]  # fmt: skip

    assert compact(fresh) == (2, 2, 6)
    assert open_workspace(path).db.execute(OBSERVATIONS).fetchall() == before
    assert len(list((path / "tables").rglob("*.parquet"))) == 5


def test_a_compaction_that_was_killed_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x", downloads=1)], observed="2025-01-01")
    ws, _ = collect(path, [model("a/x", downloads=2)], observed="2025-02-01")
    before = ws.db.execute(OBSERVATIONS).fetchall()
    half = workspace.new_run(ws, "workspace", "compact", {})
    workspace.write_part(ws, half, "artifacts", ws.db.sql("FROM all_artifacts"))
    assert open_workspace(path).db.execute(OBSERVATIONS).fetchall() == before


def test_two_compactions_at_once_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w"
    for month in (1, 2, 3):
        ws, _ = collect(path, [model(f"a/m{n}", downloads=month) for n in range(20)], observed=f"2025-0{month}-01")
    before = ws.db.execute(OBSERVATIONS).fetchall()
    words = [sys.executable, "-m", "headgate", "compact", str(path)]
    both = [subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(3)]
    assert {process.wait() for process in both} <= {0, 2}
    assert open_workspace(path).db.execute(OBSERVATIONS).fetchall() == before


def test_what_was_collected_after_opening_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x")], observed="2025-01-01")
    early, _ = collect(path, [model("a/y")], observed="2025-02-01")
    collect(path, [model("a/z")], observed="2025-03-01")
    compact(early)
    compact(open_workspace(path))
    assert open_workspace(path).db.execute("SELECT count(*) FROM artifacts").fetchall() == [(3,)]


def test_what_was_found_on_a_date_is_still_known(tmp_path: Path) -> None:
    path = tmp_path / "w"
    collect(path, [model("a/x")], observed="2025-01-01")
    ws, _ = collect(path, [model("a/x")], observed="2025-02-01")
    first = run.run_method(ws, "detect", "licence_missing")
    run.run_method(ws, "detect", "licence_missing")
    compact(ws)
    then = open_workspace(path, as_of=datetime.fromisoformat(str(first.finished)))
    assert then.db.execute("SELECT DISTINCT run FROM findings").fetchall() == [(first.id,)]
