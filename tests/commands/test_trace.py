from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="the extra learn is not installed")

from headgate.repair.example_files import read_ids
from headgate.workspace import open_workspace
from tests.calling import call
from tests.subject_folders import table_folder


def test_items_are_ranked_and_all_of_them_are_written(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    done = call("trace", "neighbours", folder, "--into", tmp_path / "w", "--top", 12)
    assert done.code == 0, done
    lines = done.out.splitlines()
    assert lines[0].startswith("trace neighbours: 60 training items in ")
    assert {line.split()[1] for line in lines[1:]} == set(read_ids(folder / "bad.csv"))
    db = open_workspace(tmp_path / "w").db
    assert db.execute("SELECT count(*), count(DISTINCT item) FROM influences").fetchall() == [(60, 60)]
    done = call("trace", "neighbours", folder, "--into", tmp_path / "w", "--format", "json", "--top", 3)
    given = json.loads(done.out)
    assert [len(given["top"]), given["method"]] == [3, "neighbours"]
    assert given["subject"].startswith("file:sha256:")


def test_a_flag_called_method_reaches_the_method(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    done = call("trace", "data_shapley", folder, "--into", tmp_path / "w", "--method", "nonsense")
    assert done.code == 3
    assert "nonsense" in done.err
    assert not (tmp_path / "w").exists()


def test_what_does_not_suit_is_told_and_nothing_counts(tmp_path: Path) -> None:
    done = call("trace", "boostin", table_folder(tmp_path / "t"), "--into", tmp_path / "w")
    assert (done.code, done.out) == (3, "")
    assert done.err.count("\n") == 1
    db = open_workspace(tmp_path / "w").db
    assert db.execute("SELECT status FROM runs").fetchall() == [("failed",)]
