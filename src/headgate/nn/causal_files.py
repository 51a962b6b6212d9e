"""Language models from local folders as subjects, with their tokeniser; nothing is fetched and no code in them run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from headgate import model_folders
from headgate.errors import BadInput
from headgate.nn.causal import CAUSAL, mean_losses
from headgate.nn.training import seeded, train
from headgate.plain import plain
from headgate.repair import questions
from headgate.repair.shapes import Checkpoint, Examples, Subject
from headgate.repair.subject_file import SubjectFile, Training


def reader(file: SubjectFile) -> Callable[[Path], Examples]:
    """Reads questions and answers as the model of `file` takes them, all of its files to one width."""
    assert file.model is not None
    tokeniser = model_folders.causal(file.model)[0]
    template = file.template or questions.TEMPLATE
    paths = {file.train, *(path for part in file.parts.values() for path in (part.queries, part.clean))}
    widest = max(questions.asked(questions.read(path), tokeniser, template=template).x.shape[1] for path in paths)
    return lambda path: questions.asked(questions.read(path), tokeniser, template=template, length=widest)


def subject(file: SubjectFile, items: Examples, ref: str) -> Subject:
    """The language model in the folder of `file`; raises `BadInput` where it cannot be loaded safely."""
    assert file.model is not None
    if file.training and file.training.base:
        model_folders.checked(file.training.base)  # told now, not after the work
    checkpoints = tuple(Checkpoint(_model(path), rate) for path, rate in file.checkpoints)
    retrain = _retrain(file.model, file.training) if file.training else None
    return Subject(file.name, _model(file.model), items, CAUSAL, checkpoints, retrain, ref)


def _retrain(folder: Path, how: Training) -> Callable[[Examples, int], torch.nn.Module]:
    """Training again from the base, or where none is named from weights drawn anew."""

    def retrain(items: Examples, seed: int) -> torch.nn.Module:
        with seeded(seed):
            model = _model(how.base) if how.base else _untrained(folder)
        train(model, items, mean_losses, epochs=how.epochs, rate=how.rate, batch=how.batch, decay=how.decay, clip=1.0,
              seed=seed)  # fmt: skip
        return model

    return retrain


def _untrained(folder: Path) -> torch.nn.Module:
    from transformers import AutoConfig, AutoModelForCausalLM

    model_folders.checked(folder)
    config = AutoConfig.from_pretrained(folder, **model_folders.CLOSED)
    model: torch.nn.Module = AutoModelForCausalLM.from_config(config, trust_remote_code=False)  # type: ignore[no-untyped-call]
    return model.eval()


def _model(folder: Path) -> torch.nn.Module:
    model: torch.nn.Module = model_folders.causal(folder, dtype=torch.float32)[1]
    if not all(bool(torch.isfinite(one).all()) for one in model.parameters()):
        msg = f"{plain(folder)} has weights that are not finite. Such a model answers nothing: give another."
        raise BadInput(msg)
    return model
