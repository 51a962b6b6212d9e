"""A probe of embeddings: two class vectors, trained on a few labels while the encoder stays as it is.

logits = 100 * cosine(image, class vector), cross-entropy with both classes weighing the same, gradient descent with
momentum on the vectors alone. How long to train is chosen by cross-validation inside the training rows: with few labels
a scale of 100 fits them all within a few steps.

Reference: P. Schramowski, C. Tauchmann and K. Kersting (2022), Can Machines Help Us Answering Question 16 in
Datasheets, FAccT, arXiv 2202.06675 (they train 300 epochs at a fixed rate, starting from the vectors of two texts).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headgate.errors import BadInput, UsageError
from headgate.evidence.clustered import Column
from headgate.evidence.splits import group_folds
from headgate.shapes import Floats
from headgate.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

SCALE = 100.0
GATE = 0.90
STEPS = (0, 3, 10, 30, 100, 300)
_RATE, _MOMENTUM = 1e-3, 0.9
_FOLDS = 5
_LONGEST = 16 * 2**20  # bytes of a file of two vectors


@dataclass(frozen=True, slots=True)
class Probe:
    """Two unit vectors (2 x d, float32), the second of what is sought; `notes` are texts saved with them."""

    vectors: Floats
    notes: dict[str, str] = field(default_factory=dict)


def chances(embeddings: Column, vectors: Column) -> Floats:
    """The softmax of the second class for each of n embeddings (n x d, any length above 0), float32."""
    first, second = _unit(vectors)
    # By rows and not as one product, whose rounding depends on how many rows there are.
    margin = SCALE * (_unit(embeddings) * (second - first)).sum(axis=1)
    return np.asarray(1 / (1 + np.exp(-np.clip(margin, -80, 80))), dtype=np.float32)


def class_means(embeddings: Column, labels: Column) -> Column:
    """The mean direction of either class (2 x d), a start where no texts can be encoded."""
    rows, positive = _unit(embeddings), np.asarray(labels, dtype=bool)
    if positive.all() or not positive.any():
        msg = f"{len(positive)} labels of one class only. Give some of both."
        raise UsageError(msg)
    return np.asarray(_unit(np.stack([rows[~positive].mean(axis=0), rows[positive].mean(axis=0)])))


def train(embeddings: Column, labels: Column, *, start: Column | None = None, seed: int = 0) -> Probe:
    """A probe from n embeddings (n x d) and labels (1 sought, 0 not), started from `start` (2 x d; None: class means).

    Raises `UsageError` for labels of one class, or shapes that do not match.
    """
    rows, positive = np.asarray(embeddings, dtype=float), np.asarray(labels, dtype=float)
    if rows.ndim != 2 or positive.shape != rows.shape[:1] or (start is not None and start.shape != (2, rows.shape[1])):
        msg = f"embeddings {rows.shape}, labels {positive.shape} and start do not match. Give n x d, n and 2 x d."
        raise UsageError(msg)
    first = class_means(rows, positive) if start is None else _unit(start)
    steps = _best_steps(rows, positive, start, seed)
    *_, vectors = _descent(rows, positive, first, steps)
    notes = {"steps": str(steps), "rows": str(len(rows)), "positives": str(int(positive.sum())), "seed": str(seed)}
    return Probe(np.asarray(vectors, dtype=np.float32), notes)


def out_of_fold(embeddings: Column, labels: Column, *, start: Column | None = None, seed: int = 0) -> Floats:
    """The chance of each row by a probe that was trained, the number of steps included, on the other folds."""
    rows, positive = np.asarray(embeddings, dtype=float), np.asarray(labels)
    given = np.empty(len(rows), dtype=np.float32)
    for test in _folds(positive, seed + 1):
        made = train(rows[~test], positive[~test], start=start, seed=seed)
        given[test] = chances(rows[test], made.vectors)
    return given


def save(probe: Probe, path: Path) -> None:
    """Write the probe as safetensors, its notes beside it; the same probe gives the same bytes."""
    data = np.ascontiguousarray(probe.vectors, dtype="<f4").tobytes()
    vectors = {"dtype": "F32", "shape": list(probe.vectors.shape), "data_offsets": [0, len(data)]}
    header = json.dumps({"__metadata__": dict(sorted(probe.notes.items())), "vectors": vectors}).encode()
    header += b" " * (-len(header) % 8)
    write_whole(path, len(header).to_bytes(8, "little") + header + data)


def load(path: Path) -> Probe:
    """Two class vectors from a .safetensors or .npy file; nothing is unpickled. Raises `BadInput` for anything else."""
    try:
        if path.stat().st_size > _LONGEST:
            raise ValueError("too long")
        vectors, notes = (
            _safetensors(path) if path.suffix == ".safetensors" else (np.load(path, allow_pickle=False), {})
        )
        made = np.asarray(vectors, dtype=np.float32)
    except Exception as error:
        msg = (
            f"{path} is no probe ({type(error).__name__}). Give 2 x d vectors as .safetensors or .npy, never a pickle."
        )
        raise BadInput(msg) from error
    if made.ndim != 2 or made.shape[0] != 2 or not np.isfinite(made).all() or not (made != 0).any(axis=1).all():
        msg = f"{path} holds an array of shape {made.shape} and no two class vectors. Give 2 x d finite numbers."
        raise BadInput(msg)
    return Probe(made, notes)


def _safetensors(path: Path) -> tuple[Column, dict[str, str]]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        (name,) = file.keys()
        return file.get_tensor(name), dict(file.metadata() or {})


def _best_steps(rows: Column, labels: Column, start: Column | None, seed: int) -> int:
    """The number of steps whose cross-entropy on held-out training rows is least; 0 where there are too few rows."""
    if min(labels.sum(), (1 - labels).sum()) < _FOLDS:
        return 0
    loss = dict.fromkeys(STEPS, 0.0)
    for test in _folds(labels, seed):
        first = class_means(rows[~test], labels[~test]) if start is None else _unit(start)
        for step, vectors in enumerate(_descent(rows[~test], labels[~test], first, max(STEPS))):
            if step in loss:
                loss[step] += float(_losses(rows[test], labels[test], vectors).sum())
    return min(loss, key=lambda step: loss[step])


def _folds(labels: Column, seed: int) -> Iterator[Column]:
    fold = group_folds(np.arange(len(labels)), np.asarray(labels, dtype=bool), _FOLDS, seed=seed)
    return (fold == number for number in range(_FOLDS))


def _descent(rows: Column, labels: Column, start: Column, steps: int) -> Iterator[Column]:
    """The vectors before the first step and after each."""
    image, truth, weight = _unit(rows), np.stack([1 - labels, labels], axis=1), _weights(labels)
    vectors, moved = _unit(start), np.zeros_like(np.asarray(start, dtype=float))
    yield vectors
    for _ in range(steps):
        cosine = image @ vectors.T
        off = (weight / weight.sum())[:, None] * (_softmax(cosine) - truth)
        slope = off.T @ image - (off * cosine).sum(axis=0)[:, None] * vectors
        moved = _MOMENTUM * moved - _RATE * SCALE * slope
        vectors = _unit(vectors + moved)
        yield vectors


def _losses(rows: Column, labels: Column, vectors: Column) -> Column:
    chance = np.clip(chances(rows, vectors).astype(float), 1e-6, 1 - 1e-6)
    return np.asarray(-np.where(np.asarray(labels) > 0, np.log(chance), np.log(1 - chance)) * _weights(labels))


def _weights(labels: Column) -> Column:
    """Both classes weigh the same; a class that is absent weighs nothing."""
    positive = max(1e-9, float(labels.mean()))
    return np.asarray(np.where(labels > 0, 0.5 / positive, 0.5 / max(1e-9, 1 - positive)))


def _softmax(cosine: Column) -> Column:
    raised = np.exp(SCALE * (cosine - cosine.max(axis=1, keepdims=True)))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _unit(rows: Column) -> Column:
    values = np.asarray(rows, dtype=float)
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12))
