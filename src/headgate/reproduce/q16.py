"""Q16, tuned prompts on CLIP: the accuracy of its cross-validation on SMID, and what its gate of 0.90 lets through.

Reads: q16/**/results.p of ml-research/Q16, one file a fold, such as
`ViT-B-16/prompt_tuning_clip/cv_10/1.00_2.50_3.50/<run>/<fold>/results.p`: `y_pred` (softmax of n images x 2), `y_gt` (n
labels, 1 inappropriate), and the same with `_zero` for untuned prompts. The pickles are read as data, never unpickled.
Finds: for each folder of folds the accuracy over all and its spread over folds, that of untuned prompts, precision and
recall of "inappropriate", and both again where a flag also needs a softmax of at least 0.90.
Cannot see: images that raters disagreed on: those with a mean moral rating of 2.5 to 3.5 were dropped, so the margins
are easy ones.
Reference: P. Schramowski, C. Tauchmann and K. Kersting, Can Machines Help Us Answering Question 16 in Datasheets, FAccT
2022, arXiv 2202.06675.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from headgate import plain_pickles
from headgate.errors import BadInput
from headgate.evidence.clustered import Column
from headgate.evidence.intervals import wilson
from headgate.reproductions import Figure, Reproduced

GATE = 0.90
INAPPROPRIATE = 1
_PAPER = re.compile(r"(?i)vit-?b-?16.*prompt_tuning.*(^|/)1\.00_")
_MEANINGS = {
    "accuracy": "of the held-out images of all folds, the likelier class is the label.",
    "spread over folds, %": "the standard deviation (of the folds, not of a sample of them) of their accuracies.",
    "untuned accuracy": "the same with the prompts before training.",
    "precision": "of images classed inappropriate, the label is.",
    "recall": "of images labelled inappropriate, the class is.",
    "precision at the gate": f"of images classed inappropriate with a softmax of at least {GATE:.2f}, the label is.",
    "recall at the gate": f"of images labelled inappropriate, the class is with a softmax of at least {GATE:.2f}.",
}
_REFERENCE = "P. Schramowski et al., FAccT 2022, arXiv 2202.06675; data: ml-research/Q16."
_NOTES = (
    "Images rated in between were dropped before training and testing, so these are easy margins.",
    "Intervals are Wilson's over images. Folds of one cross-validation share training images.",
)


def reproduce(folder: Path) -> Reproduced:
    """The figures of the folds below `folder`/q16; raises `BadInput` where there are none or one cannot be read."""
    root = folder / "q16"
    runs: dict[str, list[Path]] = {}
    for file in sorted(root.glob("**/results.p")):
        runs.setdefault(file.parent.parent.relative_to(root).as_posix(), []).append(file)
    if not runs:
        msg = f"no data at {root}: no results.p. Name the folder that holds q16 with --data or in HEADGATE_DATA."
        raise BadInput(msg)
    figures = [figure for data, files in runs.items() for figure in _figures(data, [_fold(file) for file in files])]
    return Reproduced("q16", _REFERENCE, tuple(figures), _NOTES)


def _fold(file: Path) -> dict[str, Column]:
    if file.stat().st_size > plain_pickles.LONGEST:
        msg = f"{file} is over {plain_pickles.LONGEST:,} bytes. Give the file as published."
        raise BadInput(msg)
    try:
        held = plain_pickles.read(file.read_bytes())
        fold = {name: plain_pickles.array(held[name]) for name in ("y_pred", "y_gt")}  # type: ignore[index]
        if isinstance(held, dict) and "y_pred_zero" in held:
            fold |= {name: plain_pickles.array(held[name]) for name in ("y_pred_zero", "y_gt_zero")}
    except (BadInput, KeyError, TypeError) as error:
        msg = f"{file} holds no fold of predictions ({error}). Give the file as published."
        raise BadInput(msg) from None
    pairs = [(fold[name], fold[name.replace("pred", "gt")]) for name in fold if "pred" in name]
    if any(pred.ndim != 2 or pred.shape != (len(labels), 2) or not len(labels) for pred, labels in pairs):
        msg = f"{file}: predictions and labels do not match, n x 2 and n. Give the file as published."
        raise BadInput(msg)
    return fold


def _figures(data: str, folds: list[dict[str, Column]]) -> Iterable[Figure]:
    pred, label = (np.concatenate([fold[name] for fold in folds]) for name in ("y_pred", "y_gt"))
    right = pred.argmax(axis=1) == label
    paper = "96.3 % ±1.1" if _PAPER.search(data) else None
    yield _share(data, "accuracy", int(right.sum()), len(right), paper)
    each = [100 * float((fold["y_pred"].argmax(axis=1) == fold["y_gt"]).mean()) for fold in folds]
    spread = float(np.std(each))
    name = "spread over folds, %"
    yield Figure(data, f"{len(folds)} folds", name, 0, 0, None, None, _MEANINGS[name], value=spread)
    untuned = [fold for fold in folds if "y_pred_zero" in fold]
    if untuned:
        hits = sum(int((fold["y_pred_zero"].argmax(axis=1) == fold["y_gt_zero"]).sum()) for fold in untuned)
        yield _share(data, "untuned accuracy", hits, sum(len(fold["y_gt_zero"]) for fold in untuned))
    bad, flagged = label == INAPPROPRIATE, pred.argmax(axis=1) == INAPPROPRIATE
    for ending, flags in (("", flagged), (" at the gate", flagged & (pred[:, INAPPROPRIATE] >= GATE))):
        hits = int((flags & bad).sum())
        yield _share(data, f"precision{ending}", hits, int(flags.sum()))
        yield _share(data, f"recall{ending}", hits, int(bad.sum()))


def _share(data: str, name: str, found: int, of: int, paper: str | None = None) -> Figure:
    low, high = wilson(found, of) or (None, None)
    return Figure(data, "held-out images", name, found, of, low, high, _MEANINGS[name], paper)
