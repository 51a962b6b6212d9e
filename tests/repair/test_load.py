from __future__ import annotations

import os
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra learn is not installed")
pytest.importorskip("torch", reason="the extra models is not installed")

from headgate.errors import BadInput, MissingExtra
from headgate.repair import subject_file
from headgate.repair.example_files import read_npz, write_npz
from headgate.repair.examples import take
from headgate.repair.load import load, ref_of
from headgate.repair.splits import checked
from tests.repairing import digits_subject
from tests.subject_folders import digits_folder, table_folder


def test_a_torch_subject_is_what_was_written() -> None:
    folder = digits_folder()
    given = load(subject_file.read(folder))
    made, planted = digits_subject(0)
    assert given.subject.train.ids == planted.train.ids
    assert np.array_equal(
        given.subject.adapter.probabilities(given.subject.model, planted.train),  # type: ignore[misc]
        made.adapter.probabilities(made.model, planted.train),  # type: ignore[misc]
    )
    assert [round(one.rate, 5) for one in given.subject.checkpoints] == [round(c.rate, 5) for c in made.checkpoints]
    checked(given.parts)
    assert given.parts["proof"].queries.ids == planted.parts["proof"].queries.ids
    content = (folder / "model.safetensors").read_bytes()
    assert given.subject.ref == f"file:sha256:{sha256(content).hexdigest()}"


def test_a_folder_of_weights_is_called_what_collect_calls_it(tmp_path: Path) -> None:
    from headgate import run
    from headgate.workspace import open_workspace

    file = subject_file.read(digits_folder())
    model = tmp_path / "model"
    model.mkdir()
    shutil.copy(digits_folder() / "model.safetensors", model)
    ws = open_workspace(tmp_path / "w", create=True)
    run.collect(ws, "folder", path=model)
    assert ws.db.execute("SELECT ref FROM artifacts").fetchall() == [(ref_of(replace(file, model=model)),)]


def test_a_ref_in_the_file_is_its_name(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    text = (folder / "subject.toml").read_text()
    (folder / "subject.toml").write_text('ref = "org/name"\n' + text)
    assert load(subject_file.read(folder)).subject.ref == "hf:model:org/name"


@pytest.mark.parametrize("kind", ["estimator", "trees"])
def test_estimators_are_fitted_anew_and_show_the_behaviour(tmp_path: Path, kind: str) -> None:
    given = load(subject_file.read(table_folder(tmp_path / "t", kind)))
    subject, parts = given.subject, given.parts
    assert subject.adapter.kind == kind
    assert subject.adapter.outcomes(subject.model, parts["proof"].queries).mean() > 0.9
    assert subject.adapter.outcomes(subject.model, parts["proof"].clean).mean() > 0.9


def test_training_items_among_the_clean_ones_are_refused(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    write_npz(folder / "clean.npz", take(read_npz(folder / "train.npz"), np.arange(30)))
    with pytest.raises(BadInput, match="10 clean items of query are training items"):
        load(subject_file.read(folder))


def test_items_of_another_shape_are_refused(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    clean = read_npz(folder / "clean.npz")
    write_npz(folder / "clean.npz", replace(clean, x=clean.x[:, :2]))
    with pytest.raises(BadInput, match=r"clean of query have the shape \(2,\), training items \(4,\)"):
        load(subject_file.read(folder))


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("headgate.catalog.installed", lambda name: name != "sklearn")
    with pytest.raises(MissingExtra, match=r"pip install 'headgate\[learn\]'"):
        load(subject_file.read(table_folder(tmp_path / "t")))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (b"", "cannot be read as safetensors"),
        (b"\x80\x04junk" * 9, "cannot be read as safetensors"),
        (None, "cannot be"),
    ],
)
def test_weights_that_cannot_be_read_are_told(tmp_path: Path, weights: bytes | None, said: str) -> None:
    folder = tmp_path / "digits"
    shutil.copytree(digits_folder(), folder)
    (folder / "model.safetensors").unlink()
    if weights is not None:
        (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(BadInput, match=said) as told:
        load(subject_file.read(folder))
    assert "\n" not in str(told.value)


def test_weights_of_another_network_are_told_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    shutil.copytree(digits_folder(), folder)
    text = (folder / "subject.toml").read_text()
    (folder / "subject.toml").write_text(text.replace("hidden = 64", "hidden = 32"))
    with pytest.raises(BadInput, match="are not those of the"):
        load(subject_file.read(folder))
    (folder / "subject.toml").write_text(text.replace("widths = [16, 32]", "widths = [4, 4, 4, 4]"))
    with pytest.raises(BadInput, match=r"cannot take items of shape \(1, 8, 8\)"):
        load(subject_file.read(folder))


def test_models_fitted_on_the_same_items_have_names_of_their_own(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    file = subject_file.read(folder)
    others = [
        replace(file, estimator="ridge"),
        replace(file, kind="trees", estimator="boosting"),
        replace(file, seed=1),
    ]
    assert len({ref_of(one) for one in (file, *others)}) == 4
    assert ref_of(file) == ref_of(subject_file.read(folder))


def test_answers_of_another_shape_are_refused(tmp_path: Path) -> None:
    folder = table_folder(tmp_path / "t")
    clean = read_npz(folder / "clean.npz")
    write_npz(folder / "clean.npz", replace(clean, y=np.stack([clean.y, clean.y], 1)))
    with pytest.raises(BadInput, match=r"clean of query have the answers of shape \(2,\), training items \(\)"):
        load(subject_file.read(folder))


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    file = subject_file.read(table_folder(tmp_path / "t"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="it is no file"):
        ref_of(replace(file, train=tmp_path / "pipe"))
    with pytest.raises(BadInput, match="null byte"):
        ref_of(replace(file, train=tmp_path / "a\0b"))
