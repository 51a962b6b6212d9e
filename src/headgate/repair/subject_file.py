"""A subject and its behaviour from a TOML file: what the model is, what it was trained on, and how it misbehaves.

name = "digits"
kind = "classes"                     # classes, regression, causal, estimator or trees
model = "model.safetensors"          # of causal: a folder; estimators and trees are fitted anew
estimator = "logistic"               # of estimators: or ridge
template = "Q: {question} A: {answer}"  # of causal, where it is another
train = "train.npz"                  # x, y and perhaps ids and groups; of causal: JSON lines of question and answer

[network]                            # of classes and regression
shape = "convolutional"              # or perceptron
widths = [16, 32]                    # of the convolutions, or of the hidden layers
hidden = 64                          # of the layer after the convolutions

[training]                           # how it was trained; without it nothing is trained again
epochs = 20
rate = 0.003

[[checkpoint]]
model = "epoch-2.safetensors"
rate = 0.1                           # sum of the learning rates of the steps that it stands for

[behaviour]                          # parted in three by `seed`; or [behaviour.query], .validation and .proof
queries = "queries.npz"              # y: the unwanted answer
clean = "clean.npz"                  # y: the right one

Paths are relative to the file. Nothing named here is executed or unpickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate.repair.splits import ROLES
from headgate.toml_fields import Where, read_file

KINDS = ("classes", "regression", "causal", "estimator", "trees")
SHAPES = ("convolutional", "perceptron")
ESTIMATORS = ("logistic", "ridge", "boosting")
_FIELDS = ("name", "kind", "ref", "model", "estimator", "template", "train", "network", "training", "checkpoint",
           "behaviour")  # fmt: skip
_COUNTS = {"epochs": 100_000, "batch": 1_000_000, "seed": 2**31, "rounds": 100_000, "leaves": 10_000}
_MOST_LAYERS, _WIDEST = 32, 65_536


@dataclass(frozen=True, slots=True)
class Network:
    """A network that Headgate builds itself."""

    shape: str
    widths: tuple[int, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class Training:
    """How the model was trained, so that it can be trained again; `base` is what a language model was tuned from."""

    epochs: int = 20
    rate: float = 1e-3
    batch: int = 64
    decay: float = 0.0
    base: Path | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """Files of the queries and the clean items of one role, or of all three together."""

    queries: Path
    clean: Path


@dataclass(frozen=True, slots=True)
class SubjectFile:
    """What a subject file says, paths made whole; `parts` by role, or one under "" to be parted by `seed`."""

    path: Path
    name: str
    kind: str
    ref: str
    model: Path | None
    estimator: str
    template: str | None  # of prompt and answer, for language models
    train: Path
    network: Network | None
    training: Training | None
    checkpoints: tuple[tuple[Path, float], ...]
    parts: Mapping[str, Parts]
    seed: int


def read(path: Path) -> SubjectFile:
    """The subject file at `path`, or `subject.toml` in that folder; raises `UsageError` that says what to mend."""
    path = path / "subject.toml" if path.is_dir() else path
    given = read_file(path, "subject", "docs/repair.md shows one.")
    where = Where(path, "the subject", "subject")
    where.only(given, _FIELDS)
    kind = where.one_of(given, "kind", KINDS, "")
    model = where.optional_text(given, "model")
    fitted = kind in ("estimator", "trees")
    if (model is None) != fitted:
        where.bad(
            "has a model file, which is for models of torch; estimators and trees are fitted anew" if fitted
            else "needs the text 'model': a safetensors file, or the folder of a language model"
        )  # fmt: skip
    parts, seed = _behaviour(where, given.get("behaviour"), path.parent)
    return SubjectFile(
        path, where.text(given, "name"), kind, where.optional_text(given, "ref") or "",
        path.parent / model if model else None,
        where.one_of(given, "estimator", ESTIMATORS, "boosting" if kind == "trees" else "logistic"),
        where.optional_text(given, "template"),
        path.parent / where.text(given, "train"),
        _network(where, given.get("network")) if kind in ("classes", "regression") else None,
        _training(where, given.get("training"), path.parent) if "training" in given else None,
        tuple(_checkpoint(where, row, path.parent) for row in where.tables(given, "checkpoint")), parts, seed,
    )  # fmt: skip


def _network(where: Where, given: object) -> Network:
    if not isinstance(given, dict):
        where.bad("needs [network] with its shape and widths")
    part = where._replace(part="[network]")
    part.only(given, ("shape", "widths", "hidden"))
    shape = part.one_of(given, "shape", SHAPES, "perceptron")
    widths = given.get("widths", [16, 32] if shape == "convolutional" else [64])
    listed = isinstance(widths, list) and 0 < len(widths) <= _MOST_LAYERS
    if not listed or not all(type(one) is int and 0 < one <= _WIDEST for one in widths):
        part.bad(f"needs widths such as [16, 32], up to {_MOST_LAYERS} of 1 to {_WIDEST}")
    return Network(shape, tuple(widths), _count(part, given, "hidden", 64, _WIDEST))


def _training(where: Where, given: object, folder: Path) -> Training:
    if not isinstance(given, dict):
        where.bad("has a training that is no table. Write [training]")
    part = where._replace(part="[training]")
    part.only(given, ("epochs", "rate", "batch", "decay", "base"))
    rate, decay = (_share(part, given, field, default) for field, default in (("rate", 1e-3), ("decay", 0.0)))
    base = part.optional_text(given, "base")
    return Training(
        _count(part, given, "epochs", 20, _COUNTS["epochs"]), rate,
        _count(part, given, "batch", 64, _COUNTS["batch"]), decay, folder / base if base else None,
    )  # fmt: skip


def _checkpoint(where: Where, row: dict[str, Any], folder: Path) -> tuple[Path, float]:
    part = where._replace(part="a [[checkpoint]]")
    part.only(row, ("model", "rate"))
    return folder / part.text(row, "model"), _share(part, row, "rate", 1.0)


def _behaviour(where: Where, given: object, folder: Path) -> tuple[dict[str, Parts], int]:
    if not isinstance(given, dict):
        where.bad("needs [behaviour] with queries and clean items")
    part = where._replace(part="[behaviour]")
    if "queries" in given or not given:
        part.only(given, ("queries", "clean", "seed"))
        return {"": _parts(part, given, folder)}, _count(part, given, "seed", 0, _COUNTS["seed"], least=0)
    part.only(given, ROLES)
    missing = [role for role in ROLES if not isinstance(given.get(role), dict)]
    if missing:
        part.bad(f"lacks [behaviour.{missing[0]}]; the parts are {', '.join(ROLES)}")
    for role in ROLES:
        part._replace(part=f"[behaviour.{role}]").only(given[role], ("queries", "clean"))
    return {role: _parts(part._replace(part=f"[behaviour.{role}]"), given[role], folder) for role in ROLES}, 0


def _parts(where: Where, given: dict[str, Any], folder: Path) -> Parts:
    return Parts(folder / where.text(given, "queries"), folder / where.text(given, "clean"))


def _count(where: Where, given: Mapping[str, Any], field: str, default: int, most: int, *, least: int = 1) -> int:
    value = given.get(field, default)
    if type(value) is not int or not least <= value <= most:
        where.bad(f"needs a whole number from {least} to {most} for {field!r}, not {str(value)[:40]!r}")
    return value


def _share(where: Where, given: Mapping[str, Any], field: str, default: float) -> float:
    value = where.number(given, field)
    value = default if value is None else float(value)
    if value < 0:
        where.bad(f"needs 0 or more for {field!r}, not {value}")
    return value
