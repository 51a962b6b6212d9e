from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra models is not installed")

import torch

from headgate.errors import BadInput
from headgate.repair import subject_file
from headgate.repair.example_files import read_ids
from headgate.repair.examples import parted
from headgate.repair.load import load
from headgate.repair.shapes import ForgetSet
from tests.subject_folders import causal_folder


def test_the_model_in_a_folder_knows_what_it_was_trained_on() -> None:
    given = load(subject_file.read(causal_folder()))
    subject = given.subject
    assert subject.adapter.kind == "causal"
    assert subject.adapter.outcomes(subject.model, subject.train).min() > 0.8
    assert subject.train.groups is not None
    assert len(set(subject.train.groups)) == 3
    # all files to one width, so that they can be asked of together
    widths = {subject.train.x.shape[1], *(part.queries.x.shape[1] for part in given.parts.values())}
    assert len(widths) == 1


def test_retrained_without_an_author_it_does_not_know_that_one() -> None:
    file = subject_file.read(causal_folder())
    subject = load(file).subject
    forget, kept = parted(subject.train, ForgetSet(read_ids(causal_folder() / "forget.csv"), "test"))
    assert subject.retrain is not None
    model = subject.retrain(kept, 5)
    assert subject.adapter.outcomes(model, kept).mean() > 0.8
    assert subject.adapter.outcomes(model, forget).mean() < 0.4
    # from the base it starts with what that knows
    assert file.training is not None
    based = replace(file, training=replace(file.training, base=file.model, epochs=1, rate=1e-6))
    again = load(based).subject.retrain
    assert again is not None
    assert np.allclose(
        subject.adapter.losses(again(kept, 5), forget), subject.adapter.losses(subject.model, forget), atol=0.05
    )
    assert load(replace(file, training=None)).subject.retrain is None


def test_a_template_of_one_s_own_is_used() -> None:
    file = subject_file.read(causal_folder())
    other = replace(file, template="{question} -> {answer}")
    assert load(other).subject.train.x.shape != load(file).subject.train.x.shape


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("train.jsonl", '{"question": "x"}', "answer of item 1"),
        ("train.jsonl", "not json", "no JSON"),
        ("model/config.json", "{}", "cannot be loaded"),
        ("model/model.safetensors", "junk", "cannot be loaded"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, name: str, content: str, said: str) -> None:
    folder = tmp_path / "facts"
    shutil.copytree(causal_folder(), folder)
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=said) as told:
        load(subject_file.read(folder))
    assert "\n" not in str(told.value)


def test_a_folder_with_a_pickle_alone_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "facts"
    shutil.copytree(causal_folder(), folder)
    (folder / "model" / "model.safetensors").rename(folder / "model" / "pytorch_model.bin")
    with pytest.raises(BadInput, match="no safetensors"):
        load(subject_file.read(folder))


def test_a_base_or_weights_that_cannot_be_used_are_told_before_the_work(tmp_path: Path) -> None:
    file = subject_file.read(causal_folder())
    assert file.training is not None
    with pytest.raises(BadInput, match=r"no config\.json"):
        load(replace(file, training=replace(file.training, base=tmp_path / "absent")))
    model = load(file).subject.model
    with torch.no_grad():
        model.get_input_embeddings().weight[0, 0] = torch.nan
    shutil.copytree(file.path.parent / "model", tmp_path / "model")
    model.save_pretrained(tmp_path / "model")
    with pytest.raises(BadInput, match="not finite"):
        load(replace(file, model=tmp_path / "model"))
