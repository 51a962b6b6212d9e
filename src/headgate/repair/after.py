"""Repaired models on disk: their weights in a folder of their own, read back as the subject they were made from.

An estimator or trees cannot be kept without a pickle: what is kept is the items that it is fitted on.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from headgate.errors import BadInput, UsageError
from headgate.plain import plain
from headgate.repair.example_files import read_npz, write_npz
from headgate.repair.examples import parted
from headgate.repair.load import ref_of, subject_of
from headgate.repair.shapes import ForgetSet, Model, Subject
from headgate.repair.subject_file import SubjectFile

ITEMS = "train.npz"
_KEPT = (
    "tokenizer",
    "special_tokens",
    "added_tokens",
    "vocab",
    "merges",
    "spiece",
    "chat_template",
    "generation_config",
)


def check_empty(folder: Path) -> None:
    """Raise `UsageError` where `folder` is a file or holds anything: nothing is written over."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        msg = f"{plain(folder)} is not empty. Name a new folder with --out."
        raise UsageError(msg)


def make(folder: Path) -> None:
    """Make the empty `folder` before the work begins; raises `UsageError` where it cannot be, or holds anything."""
    check_empty(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unused = folder / ".headgate"
        unused.touch()
        unused.unlink()
    except OSError as error:
        raise _unwritable(folder, error) from error


def write(file: SubjectFile, subject: Subject, forget: ForgetSet, model: Model, folder: Path) -> str:
    """Write `model`, made from `subject` without `forget`, into `folder`, which must be empty or absent; its ref.

    A language model gets the tokeniser of its source.
    """
    check_empty(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if subject.adapter.save is not None:
            subject.adapter.save(model, folder)
            for path in _beside(file.model, folder):
                shutil.copyfile(path, folder / path.name)
        else:
            write_npz(folder / ITEMS, parted(subject.train, forget)[1])
    except OSError as error:
        raise _unwritable(folder, error) from error
    return ref_of(_at(file, folder))


def read(file: SubjectFile, source: Subject, folder: Path) -> tuple[Model, str]:
    """The repaired model in `folder`, of the kind of `file`, and its ref; raises `BadInput` where there is none."""
    there = _at(file, folder)
    kept = there.train if file.model is None else folder
    if not kept.exists():
        msg = f"no repaired model in {plain(folder)}. Name the folder that `headgate remove` wrote."
        raise BadInput(msg)
    ref = ref_of(there)
    return subject_of(there, read_npz(kept) if file.model is None else source.train, ref).model, ref


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {plain(folder)} ({error.strerror}). Name a folder that can be written with --out.")


def _at(file: SubjectFile, folder: Path) -> SubjectFile:
    """`file` as it would say of the repaired model in `folder`."""
    if file.model is None:
        return replace(file, ref="", checkpoints=(), train=folder / ITEMS)
    return replace(file, ref="", checkpoints=(), model=folder)


def _beside(model: Path | None, folder: Path) -> list[Path]:
    """Files of the source's folder that the repaired one needs and lacks: of the tokeniser, and how it generates."""
    if model is None or not model.is_dir():
        return []
    found = (path for path in sorted(model.iterdir()) if path.is_file() and path.name.startswith(_KEPT))
    return [path for path in found if not (folder / path.name).exists()]
