"""Train hashed linear text models on labelled texts, with scikit-learn; `linear_text` then scores without it.

Each output is a logistic regression over n-gram counts divided by the root of their number, each n-gram first
weighted by how much more common it is among its own label's texts. How strong to regularise, the slope of the log-odds
and, for classes, what to add to each so that the macro-F1 is highest, are chosen on texts held out in turn from those
given: none of it needs or sees test rows.

Reference: S. Wang and C. D. Manning (2012), Baselines and bigrams: simple, good sentiment and topic classification, ACL
(the weights); J. Platt (1999), Probabilistic outputs for support vector machines (the slope).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput
from headgate.texts.linear_text import GRAMS, Model, places, probabilities
from headgate.texts.ngrams import Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Doubles: TypeAlias = npt.NDArray[np.float64]

STRENGTHS = (1.0, 3.0)
_FOLDS = 4
_SMOOTH = 0.5
_STEPS = np.linspace(-1.5, 1.5, 31)
_ROUNDS = 3
_LEVELS = 2**11 - 1  # of a weight, either way: with 127 nine of ten n-grams would be 0


def train(
    texts: Sequence[str], targets: npt.ArrayLike, labels: Sequence[str], *, grams: Sequence[str] = GRAMS,
    bits: int = 18, least: int = 2, weights: npt.ArrayLike | None = None, strengths: Sequence[float] = STRENGTHS,
    seed: int = 0,
) -> Model:  # fmt: skip
    """A model with an independent output for each of `labels`.

    `targets` (texts x labels) is 1, 0, or NaN where nobody said; `least` is in how many texts an n-gram must stand to
    count; `weights` says how much each text counts; of `strengths` (C of the regression) each output takes the one that
    fits texts held out best. Probabilities are calibrated to the weighted texts given.
    Raises `BadInput` where an output has fewer than 8 texts of either answer.
    """
    table = np.asarray(targets, float).reshape(len(texts), len(labels))
    counted = np.ones(len(texts)) if weights is None else np.asarray(weights, float)
    counts = _counts(texts, grams, bits, least)
    columns = [
        _output(counts, table[:, place], counted, label, strengths, seed)[0] for place, label in enumerate(labels)
    ]
    return _packed(tuple(labels), tuple(grams), columns, np.zeros(len(labels)))


def train_classes(
    texts: Sequence[str], labels: Sequence[str], *, grams: Sequence[str] = GRAMS, bits: int = 18, least: int = 2,
    strengths: Sequence[float] = STRENGTHS, seed: int = 0,
) -> Model:  # fmt: skip
    """A model that tells the classes `labels` (one a text) apart, for the highest macro-F1 (`linear_text.classes`).

    Raises `BadInput` where a class has fewer than 8 texts, or there is only one.
    """
    names = sorted(set(labels))
    truth = np.searchsorted(names, list(labels))
    counts = _counts(texts, grams, bits, least)
    fitted = [
        _output(counts, truth == place, np.ones(len(texts)), name, strengths, seed) for place, name in enumerate(names)
    ]
    held_out = np.column_stack([held for _, held in fitted])
    offset = best_offset(np.log(probabilities(held_out)), truth)
    return _packed(tuple(names), tuple(grams), [column for column, _ in fitted], offset)


def best_offset(scores: npt.NDArray[Any], truth: Ints) -> npt.NDArray[np.float32]:
    """What to add to each column of `scores` (texts x classes) for the macro-F1 of the highest to be highest."""
    offset = np.zeros(scores.shape[1])
    best = macro_f1(scores.argmax(1), truth, len(offset))
    for place in [*range(len(offset))] * _ROUNDS:
        for step in _STEPS:
            tried = offset.copy()
            tried[place] = step
            reached = macro_f1((scores + tried).argmax(1), truth, len(offset))
            if reached > best + 1e-6:
                best, offset = reached, tried
    return offset.astype(np.float32)


def macro_f1(told: Ints, truth: Ints, classes: int) -> float:
    """The mean F1 of the classes; a class that nobody is in and nobody is told to be in counts 0."""
    hit = np.bincount(truth[told == truth], minlength=classes)
    both = np.bincount(told, minlength=classes) + np.bincount(truth, minlength=classes)
    return float((2 * hit / np.maximum(both, 1)).mean())


def _counts(texts: Sequence[str], grams: Sequence[str], bits: int, least: int) -> csr_array:
    """Counts of n-grams over the root of their number, texts x places, none that fewer than `least` texts have."""
    from scipy.sparse import coo_array, diags_array

    place, owner, _ = places(texts, grams, bits)
    number = np.bincount(owner, minlength=len(texts))
    at = owner.astype(np.int32), place.astype(np.int32)  # scikit-learn takes no wider ones
    counts = coo_array((np.ones(len(place), np.float32), at), shape=(len(texts), 2**bits)).tocsr()
    common = np.bincount(counts.indices, minlength=2**bits) >= least
    kept = counts @ diags_array(common.astype(np.float32))
    kept.eliminate_zeros()
    scaled: csr_array = (diags_array((1 / np.sqrt(np.maximum(number, 1))).astype(np.float32)) @ kept).tocsr()
    return scaled


def _output(
    counts: csr_array, target: npt.NDArray[Any], weights: Doubles, label: str, strengths: Sequence[float], seed: int
) -> tuple[tuple[Doubles, float], Doubles]:
    """Weight of each place and bias of one output; and log-odds of each text from a fit without it (0 if unknown)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    known = np.flatnonzero(~np.isnan(target.astype(float)))
    truth = target[known].astype(bool)
    if min(truth.sum(), (~truth).sum()) < 2 * _FOLDS:
        msg = (
            f"Label {label!r} has {truth.sum()} texts and {(~truth).sum()} others; training needs {2 * _FOLDS} of each."
        )
        raise BadInput(msg)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    splits = [(known[fit], known[held]) for fit, held in folds.split(known, truth)]
    tried = []
    for strength in strengths:
        odds = np.zeros(counts.shape[0])
        for fit, held in splits:
            weight, bias = _fit(counts, target, weights, fit, strength)
            odds[held] = counts[held] @ weight + bias
        platt = LogisticRegression(C=1e6).fit(odds[known, None], truth, weights[known])
        slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
        signed = np.where(truth, -1, 1) * (slope * odds[known] + shift)
        loss = np.average(np.logaddexp(0, signed), weights=weights[known])
        tried.append((loss, strength, slope, shift, odds))
    _, strength, slope, shift, odds = min(tried, key=lambda one: one[:2])
    weight, bias = _fit(counts, target, weights, known, strength)
    return (weight * slope, bias * slope + shift), odds * slope + shift


def _fit(
    counts: csr_array, target: npt.NDArray[Any], weights: Doubles, rows: Ints, strength: float
) -> tuple[Doubles, float]:
    from scipy.sparse import diags_array
    from sklearn.linear_model import LogisticRegression

    truth, weighted = target[rows].astype(bool), weights[rows]
    chosen = counts[rows]
    inside = chosen.T @ (weighted * truth) + _SMOOTH * (chosen.T @ weighted > 0)
    outside = chosen.T @ (weighted * ~truth) + _SMOOTH * (chosen.T @ weighted > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num(np.log(inside / inside.sum()) - np.log(outside / outside.sum()), posinf=0, neginf=0)
    share = np.average(truth, weights=weighted)
    balanced = weighted * np.where(truth, 0.5 / share, 0.5 / (1 - share))
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=200, random_state=0)
    model.fit((chosen @ diags_array(ratio)).tocsr(), truth, balanced)
    return model.coef_[0] * ratio, float(model.intercept_[0])


def _packed(
    labels: tuple[str, ...], grams: tuple[str, ...], columns: list[tuple[Doubles, float]], offset: Any
) -> Model:
    """The weights as whole numbers from -2,047 to 2,047 times a scale for each output."""
    scale = np.array([max(float(np.abs(weight).max()), 1e-9) / _LEVELS for weight, _ in columns])
    whole = np.stack([np.rint(weight / one) for (weight, _), one in zip(columns, scale, strict=True)])
    bias = np.array([bias for _, bias in columns], np.float32)
    return Model(
        labels, grams, whole.astype(np.int16), scale.astype(np.float32), bias,
        np.asarray(offset, np.float32), np.zeros(0, np.uint32),
    )  # fmt: skip
