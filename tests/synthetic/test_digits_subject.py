from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra models is not installed")
pytest.importorskip("sklearn", reason="the extra learn is not installed")

from headgate.errors import UsageError
from headgate.repair import subject_file
from headgate.repair.example_files import read_ids, read_npz
from headgate.repair.load import load
from headgate.synthetic.digits import poisoned
from headgate.synthetic.digits_subject import write
from tests.subject_folders import digits_folder


def test_the_folder_holds_what_was_planted() -> None:
    planted = poisoned(0)
    folder = digits_folder()
    assert read_ids(folder / "bad.csv") == planted.bad
    assert read_npz(folder / "train.npz").ids == planted.train.ids
    given = load(subject_file.read(folder))
    assert len(given.subject.checkpoints) == 5
    proof = given.parts["proof"]
    assert given.subject.adapter.outcomes(given.subject.model, proof.queries).mean() > 0.9
    assert given.subject.adapter.outcomes(given.subject.model, proof.clean).mean() > 0.95


def test_nothing_is_written_over(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        write(tmp_path)
