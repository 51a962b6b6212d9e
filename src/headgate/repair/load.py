"""A subject and its behaviour loaded from their files, by the kind of the model."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import file_digest, sha256
from typing import TYPE_CHECKING

from headgate import catalog, refs
from headgate.errors import BadInput, MissingExtra
from headgate.folders import content_hash, files, hashed
from headgate.plain import plain
from headgate.repair import splits
from headgate.repair.example_files import read_npz
from headgate.repair.shapes import Behaviour, Examples, Role, Subject
from headgate.repair.subject_file import Parts, SubjectFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NEEDS = {"classes": ("torch", "models"), "regression": ("torch", "models"), "causal": ("transformers", "models"),
          "estimator": ("sklearn", "learn"), "trees": ("sklearn", "learn")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """A subject and the three parts of its behaviour."""

    subject: Subject
    parts: dict[Role, Behaviour]


def load(file: SubjectFile) -> Loaded:
    """What `file` describes; raises `MissingExtra`, `UsageError` and `BadInput` in one line each."""
    need(*_NEEDS[file.kind], f"a subject of kind {file.kind}")
    reader = _reader(file)
    train = reader(file.train)
    parts = _parts(file, reader)
    _check_apart(file, train, parts)
    return Loaded(subject_of(file, train, ref_of(file)), parts)


def need(package: str, extra: str, who: str) -> None:
    """Raise `MissingExtra` where `package` is not installed."""
    if not catalog.installed(package):
        msg = f"{who} needs {package}. Install it with: pip install 'headgate[{extra}]'"
        raise MissingExtra(msg)


def ref_of(file: SubjectFile) -> str:
    """What the model is called: the `ref` of its file, or file:sha256: and the hash of its weights' content.

    One that is fitted anew is called by what it is and the items it is fitted on: others are fitted on the same.
    """
    if file.ref:
        return str(refs.parse(file.ref))
    if file.model is not None and file.model.is_dir():  # as `collect folder` calls it
        found = [(name, hashed(path, name, [])) for path, name in files(file.model, file.model.resolve(), [])]
        return f"file:sha256:{content_hash((name, one[0]) for name, one in found if one)}"
    path = file.model or file.train
    try:
        if path.exists() and not path.is_file():  # a device or a pipe has no end
            msg = "it is no file"
            raise ValueError(msg)
        with path.open("rb") as opened:
            hashed_as = file_digest(opened, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        msg = f"{file.path}: {plain(path)} cannot be opened ({plain(why, 120)}). Name the model's file or folder."
        raise BadInput(msg) from error
    if file.model is None:
        hashed_as = sha256(f"{file.kind} {file.estimator} {file.seed} {hashed_as}".encode()).hexdigest()
    return f"file:sha256:{hashed_as}"


def _reader(file: SubjectFile) -> Callable[[Path], Examples]:
    if file.kind in ("classes", "regression"):
        from headgate.nn import recipes

        return recipes.reader(file)
    if file.kind != "causal":
        return read_npz
    from headgate.nn import causal_files

    return causal_files.reader(file)


def subject_of(file: SubjectFile, train: Examples, ref: str) -> Subject:
    """The model that `file` names as a subject called `ref`, trained on `train`; raises `BadInput`."""
    if file.kind in ("classes", "regression"):
        from headgate.nn import recipes

        return recipes.subject(file, train, ref)
    if file.kind == "causal":
        from headgate.nn import causal_files

        return causal_files.subject(file, train, ref)
    from headgate.repair import fitted

    return fitted.subject(file, train, ref)


def _parts(file: SubjectFile, reader: Callable[[Path], Examples]) -> dict[Role, Behaviour]:
    def read(part: Parts) -> tuple[Examples, Examples]:
        return reader(part.queries), reader(part.clean)

    if "" in file.parts:
        queries, clean = read(file.parts[""])
        return splits.split(queries, clean, seed=file.seed)
    return splits.checked({role: Behaviour(role, *read(file.parts[role])) for role in splits.ROLES})


def _check_apart(file: SubjectFile, train: Examples, parts: dict[Role, Behaviour]) -> None:
    known = set(train.ids)
    for role, part in parts.items():
        for name, items in (("queries", part.queries), ("clean", part.clean)):
            for what, here, there in (("shape", items.x, train.x), ("answers of shape", items.y, train.y)):
                if here.shape[1:] != there.shape[1:]:
                    msg = f"{file.path}: {name} of {role} have the {what} {here.shape[1:]}, training items "
                    raise BadInput(f"{msg}{there.shape[1:]}. Give both alike.")
        if shared := known.intersection(part.clean.ids):
            msg = f"{file.path}: {len(shared)} clean items of {role} are training items. Give held-out ones."
            raise BadInput(msg)
