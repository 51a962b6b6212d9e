"""Celadon, a classifier of toxicity on five axes: its figures from the confusion matrices it was released with.

Reads: celadon/README.md, the src/README.md of Pleias/toxic-commons: for each of five heads a table of published figures
and the 4 x 4 confusion matrix (true class down, predicted across) over the test set.
Finds: accuracy, weighted F1, balanced accuracy beside the published ones; and what was not published: precision, recall
and F1 of "at least 1" and "at least 2", and quadratic kappa.
Cannot see: whether the labels are right, which one language model gave; nor whether test texts were in training: the
released split script excludes them by a shuffled copy's index, which leaves overlap.
Reference: C. Arnett, E. Jones, I. P. Yamshchikov and P.-C. Langlais, Toxicity of the Commons, arXiv 2410.22587.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from headgate.errors import BadInput
from headgate.evidence.clustered import Column
from headgate.evidence.intervals import wilson
from headgate.reproductions import Figure, Reproduced, needed

FILE = Path("celadon") / "README.md"
CLASSES = 4  # severities 0 to 3
_HEAD = re.compile(r"^\*\*Head \d+: (?P<name>[^*\n]+)\*\*$", re.MULTILINE)
_ROW = re.compile(r"\[+\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]+")
_STATED = re.compile(r"^\|\s*\*\*(?P<name>[\w ]+)\*\*\s*\|\s*(?P<value>\d?\.\d+)\s*\|", re.MULTILINE)
_DATA = "test set"
_MEANINGS = {
    "accuracy": "of all texts, the class is the label.",
    "weighted F1": "the classes' F1, each weighted by its number of labels.",
    "balanced accuracy": "the mean of the classes' recalls. The 'weighted accuracy' published beside it is the same.",
    "prevalence": "of all texts, the label is at least so severe.",
    "precision": "of texts classed at least so severe, the label is.",
    "recall": "of texts labelled at least so severe, the class is.",
    "F1": "the harmonic mean of that precision and recall.",
    "quadratic kappa": "agreement beyond chance, an error counting by the square of its distance.",
}
_REFERENCE = "C. Arnett et al., Toxicity of the Commons, arXiv 2410.22587; data: Pleias/toxic-commons, MIT."
_NOTES = (
    "The labels are one language model's; no agreement with people was published.",
    "The split script released with the model lets test texts into training, so take the figures as optimistic.",
)


def reproduce(folder: Path) -> Reproduced:
    """The figures of the file below `folder`; raises `BadInput` where it is absent or holds no such matrices."""
    file = needed(folder / FILE)
    figures: list[Figure] = []
    for about, text in _heads(file):
        figures += _figures(
            about, _matrix(about, text, file), {m["name"].lower(): m["value"] for m in _STATED.finditer(text)}
        )
    return Reproduced("celadon", _REFERENCE, tuple(figures), _NOTES)


def _heads(file: Path) -> list[tuple[str, str]]:
    text = file.read_text(encoding="utf-8")
    found = list(_HEAD.finditer(text))
    if not found:
        msg = f"{file} has no '**Head 0: ...**'. Give the src/README.md of Pleias/toxic-commons under that name."
        raise BadInput(msg)
    ends = [*(one.start() for one in found[1:]), len(text)]
    return [(one["name"].strip(), text[one.end() : end]) for one, end in zip(found, ends, strict=True)]


def _matrix(about: str, text: str, file: Path) -> Column:
    rows = _ROW.findall(text)
    counts = np.array(rows, dtype=np.int64)
    if counts.shape != (CLASSES, CLASSES) or not counts.sum(axis=1).all():
        msg = f"{file}: head {about[:40]!r} has no {CLASSES} x {CLASSES} matrix of counts. Give the file as published."
        raise BadInput(msg)
    return counts


def _figures(about: str, counts: Column, stated: dict[str, str]) -> Iterable[Figure]:
    total = int(counts.sum())
    recalls = np.diag(counts) / counts.sum(axis=1)
    yield _share(about, "accuracy", int(np.trace(counts)), total, stated.get("accuracy"))
    yield _value(about, "weighted F1", _weighted_f1(counts), stated.get("f1 score"))
    yield _value(about, "balanced accuracy", float(recalls.mean()), stated.get("balanced accuracy"))
    for least in (1, 2):
        where = f"{about}, at least {least}"
        hits, labelled, classed = (
            int(part.sum()) for part in (counts[least:, least:], counts[least:], counts[:, least:])
        )
        yield _share(where, "prevalence", labelled, total)
        yield _share(where, "precision", hits, classed)
        yield _share(where, "recall", hits, labelled)
        yield _value(where, "F1", 2 * hits / (labelled + classed))
    yield _value(about, "quadratic kappa", quadratic_kappa(counts))


def quadratic_kappa(counts: Column) -> float:
    """Cohen's kappa of a square table of ordered classes, weighted by the square of the distance."""
    place = np.arange(len(counts))
    off = (place[:, None] - place[None, :]) ** 2
    by_chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return 1 - float((off * counts).sum() / (off * by_chance).sum())


def _weighted_f1(counts: Column) -> float:
    labelled, classed = counts.sum(axis=1), counts.sum(axis=0)
    return float(labelled @ (2 * np.diag(counts) / (labelled + classed)) / counts.sum())


def _share(about: str, name: str, found: int, of: int, paper: str | None = None) -> Figure:
    low, high = wilson(found, of) or (None, None)
    return Figure(_DATA, about, name, found, of, low, high, _MEANINGS[name], paper, digits=2)


def _value(about: str, name: str, value: float, paper: str | None = None) -> Figure:
    return Figure(_DATA, about, name, 0, 0, None, None, _MEANINGS[name], paper, value=value, digits=4)
