from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra models is not installed")
pytest.importorskip("sklearn", reason="the extra learn is not installed")

from headgate.repair.example_files import read_npz
from headgate.workspace import open_workspace
from tests.calling import call
from tests.subject_folders import digits_folder, table_folder


def test_the_model_is_written_and_known_to_come_from_its_source(tmp_path: Path) -> None:
    words = [digits_folder(), "--forget", digits_folder() / "bad.csv", "--into", tmp_path / "w"]
    done = call("remove", "finetune", *words, "--out", tmp_path / "m", "--epochs", 1)
    assert done.code == 0, done
    assert done.out.startswith("remove finetune: done in ")
    assert "pass 1: loss on forget" in done.err
    assert "nothing is proved yet" in done.err
    db = open_workspace(tmp_path / "w").db
    ((child, parent),) = db.execute("SELECT child, parent FROM edges WHERE relation = 'unlearned'").fetchall()
    assert child in done.out
    assert db.execute("SELECT ref FROM artifacts").fetchall() == [(child,)]
    assert parent != child
    again = call("remove", "finetune", *words, "--out", tmp_path / "m", "--epochs", 1)
    assert (again.code, again.out) == (3, "")
    assert "is not empty" in again.err


def test_an_estimator_is_kept_as_the_items_it_is_fitted_on(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    done = call("remove", "retrain", folder, "--forget", folder / "bad.csv", "--out", tmp_path / "m", "--into",
                tmp_path / "w")  # fmt: skip
    assert done.code == 0, done
    assert len(read_npz(tmp_path / "m" / "train.npz")) == 48


def test_ids_of_no_item_are_told(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    (tmp_path / "ids.csv").write_text("id\nrow-1\nrow-999\n")
    done = call("remove", "retrain", folder, "--forget", tmp_path / "ids.csv", "--out", tmp_path / "m", "--into",
                tmp_path / "w")  # fmt: skip
    assert done.code == 3
    assert "no training item has the id 'row-999'" in done.err
    assert not (tmp_path / "m").exists()
