from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from headgate import pieces, workspace
from headgate.pieces import Rows
from headgate.shapes import Batch, Scores, Screener, Trouble
from tests.screened import job_of

NAN = float("nan")


def never(_: Batch) -> Scores:
    raise AssertionError


def test_rows_are_written_as_they_were_scored_and_counted(tmp_path: Path) -> None:
    workspace.open_workspace(tmp_path, create=True)
    scores = Scores(
        np.array([0.5, NAN, 1.0], np.float32), np.array([[0.5, NAN], [0.4, 1], [NAN, 0]], np.float32), ["w", None, "v"]
    )
    rows = Rows(["a", "b", "c"], ["x.csv", None, "y'; DROP.csv"], [0, None, 7])
    trouble = Trouble("z.csv", None, "broken")
    done = pieces.write(job_of(tmp_path), 3, rows, scores, Screener(never, ("one", "two"), 0.5), (trouble,))
    assert (done.number, done.rows, done.told, done.over) == (3, 3, (2, 2, 2), (2, 1, 1))
    part = tmp_path / "tables" / "item_scores" / "part-r+000003.parquet"
    with duckdb.connect() as db:
        found = db.execute(f"SELECT file, row, item, score, axes, evidence FROM '{part}'").fetchall()
    assert found == [
        ("x.csv", 0, "a", 0.5, {"one": 0.5, "two": None}, "w"),
        (None, None, "b", None, {"one": pytest.approx(0.4), "two": 1.0}, None),
        ("y'; DROP.csv", 7, "c", 1.0, {"one": None, "two": 0.0}, "v"),
    ]
    assert pieces.finished(job_of(tmp_path), 3) == done
    pieces.clear_markers(job_of(tmp_path))
    assert pieces.finished(job_of(tmp_path), 3) is None


def test_a_method_without_axes_and_a_piece_without_items(tmp_path: Path) -> None:
    workspace.open_workspace(tmp_path, create=True)
    none = Scores(np.empty(0, np.float32), np.empty((0, 0), np.float32))
    done = pieces.write(job_of(tmp_path), 0, Rows([], [], []), none, Screener(never))
    assert (done.rows, done.told, done.over) == (0, (0,), (0,))
    one = Scores(np.array([1], np.float32), np.empty((1, 0), np.float32))
    done = pieces.write(job_of(tmp_path), 1, Rows(["a"], ["f"], [0]), one, Screener(never))
    assert done.over == (1,)


def test_scores_of_batches_are_joined_in_order() -> None:
    parts = [
        Scores(np.array([1, 2], np.float32), np.array([[1], [2]], np.float32)),
        Scores(np.array([3], np.float32), np.array([[3]], np.float32), ["c"]),
    ]
    made = pieces.joined(parts, 1)
    assert made.score.tolist() == [1, 2, 3]
    assert made.axes.tolist() == [[1], [2], [3]]
    assert made.evidence == [None, None, "c"]
    empty = pieces.joined([], 2)
    assert empty.axes.shape == (0, 2)


def test_names_that_are_no_utf_8_are_written_legibly_and_what_the_killed_left_goes(tmp_path: Path) -> None:
    workspace.open_workspace(tmp_path, create=True)
    one = Scores(np.array([1], np.float32), np.empty((1, 0), np.float32))
    pieces.write(job_of(tmp_path), 0, Rows(["a"], ["bad\udcff.csv"], [None]), one, Screener(never))
    folder = tmp_path / "tables" / "item_scores"
    with duckdb.connect() as db:
        found = db.execute(f"SELECT file, row FROM '{folder}/part-r+000000.parquet'").fetchall()
    assert found == [("bad\ufffd.csv", None)]
    (folder / ".part-r+000001.parquet.123").write_bytes(b"half")
    (folder / ".part-s+000001.parquet.124").write_bytes(b"of another run")
    pieces.clear_markers(job_of(tmp_path))
    assert sorted(path.name for path in folder.iterdir()) == [".part-s+000001.parquet.124", "part-r+000000.parquet"]
