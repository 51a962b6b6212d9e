from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="the extra learn is not installed")
pytest.importorskip("torch", reason="the extra models is not installed")

import torch

from headgate.errors import BadInput, UsageError
from headgate.repair import after, subject_file
from headgate.repair.example_files import read_ids, read_npz
from headgate.repair.load import load
from headgate.repair.shapes import ForgetSet
from tests.subject_folders import causal_folder, digits_folder, table_folder


def test_a_torch_model_comes_back_with_its_weights_and_a_ref_of_its_own(tmp_path: Path) -> None:
    file = subject_file.read(digits_folder())
    subject = load(file).subject
    changed = subject.adapter.clone(subject.model)
    with torch.no_grad():
        next(changed.parameters()).add_(1.0)
    forget = ForgetSet(read_ids(digits_folder() / "bad.csv"), "test")
    written = after.write(file, subject, forget, changed, tmp_path / "out")
    model, ref = after.read(file, subject, tmp_path / "out")
    assert written == ref
    assert all(map(torch.equal, model.parameters(), changed.parameters()))
    assert ref.startswith("file:sha256:")
    assert ref != subject.ref
    with pytest.raises(UsageError, match="is not empty"):
        after.write(file, subject, forget, changed, tmp_path / "out")


def test_of_an_estimator_the_items_are_kept_that_it_is_fitted_on(tmp_path: Path) -> None:
    file = subject_file.read(table_folder(tmp_path / "t"))
    given = load(file)
    forget = ForgetSet(read_ids(tmp_path / "t" / "bad.csv"), "test")
    after.write(file, given.subject, forget, given.subject.model, tmp_path / "out")
    assert read_npz(tmp_path / "out" / "train.npz").ids == given.subject.train.ids[12:]
    model, ref = after.read(file, given.subject, tmp_path / "out")
    assert given.subject.adapter.outcomes(model, given.parts["proof"].queries).mean() < 0.1
    assert ref != given.subject.ref


def test_a_language_model_gets_the_tokeniser_of_its_source(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="the extra models is not installed")
    file = subject_file.read(causal_folder())
    subject = load(file).subject
    forget = ForgetSet(read_ids(causal_folder() / "forget.csv"), "test")
    written = after.write(file, subject, forget, subject.model, tmp_path / "out")
    model, ref = after.read(file, subject, tmp_path / "out")
    assert written == ref
    assert (subject.adapter.losses(model, subject.train) == subject.adapter.losses(subject.model, subject.train)).all()


def test_no_model_and_a_file_in_the_way_are_told(tmp_path: Path) -> None:
    file = subject_file.read(digits_folder())
    subject = load(file).subject
    with pytest.raises(BadInput, match="no repaired model in"):
        after.read(file, subject, tmp_path / "absent")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is not empty"):
        after.check_empty(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    after.check_empty(tmp_path / "empty")
    with pytest.raises(BadInput, match="cannot be read as safetensors"):
        after.read(file, subject, tmp_path / "empty")
