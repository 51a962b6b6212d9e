"""Toxic texts, about whom or what, and how to triage them: none, mild or toxic.

Reads: texts, and a model: the one that ships, a .npz trained on labels of yours, or a classifier in a local folder.
Finds: six grades from 0 to 3, toxic of any kind and the five axes of Celadon (race or origin, gender or sex, religion,
ability, violence), and from their sum and highest the triage, the headline: 0 none, 1 mild, 2 toxic. A grade of the
models in .npz says how sure it is (1, 2, 3 from probability .5, .75, .9 on), not how grave. `seen_in_training` is 1
for a text that the model was trained on: what it says of such a text is worth nothing.
Cannot see: who speaks to whom, irony, quotation, counter speech or reclaimed words: on cases made to test just that
(HateCheck) the shipped model ranks hardly better than chance. Languages beyond English, Chinese and, from templates
alone, German; scripts beyond Latin and Han are left untold. The axes are learned from weak labels.
Reference: Arnett et al. (2024), Toxicity of the Commons: curating open-source pre-training data, arXiv 2410.22587
(S083).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput, UsageError
from headgate.plain import plain
from headgate.shapes import Batch, Errors, Floats, Scores, Screener
from headgate.tables import DATA
from headgate.texts import ngrams
from headgate.texts.decode import deobfuscated
from headgate.texts.linear_text import Model, groups, log_odds, probabilities
from headgate.texts.linear_text_file import load, was_seen
from headgate.texts.local_classifier import classifier
from headgate.texts.toxicity_model import AXES, TOXIC

RISKS = ("1.1", "1.3")
READS = "texts"
SHIPPED = DATA / "toxicity.npz"
SEEN = "seen_in_training"
_SURE = (0.0, 0.5, 0.75, 0.9, 1.0)  # probabilities of the grades 0, 1, 2, 3 and 3
_LOOKED_AT = 2**16  # characters of a text by which its script is told
_CASED = 0x41  # below are digits and punctuation, which every script shares
Grades = Callable[[Batch], Floats]


def screen(
    *, model: Path | None = None, passage: int = 1000, none_sum: int = 3, none_max: int = 2, toxic_sum: int = 7,
    toxic_labels: str | None = None, deobfuscate: bool = False,
) -> Screener:  # fmt: skip
    """Grade texts by toxicity and triage them.

    `model` is a .npz written by linear_text_file.save, or the folder of a Hugging Face classifier, which is read with
    its safetensors and never fetched; `passage` is how many characters are graded at once, the highest counts;
    `none_sum` is the sum of grades up to which a text is none; `none_max` is the highest grade up to which it is;
    `toxic_sum` is the sum from which it is toxic; `toxic_labels` names the labels of a classifier that count,
    separated by commas; `deobfuscate` has disguised texts graded as they read, lower-case and without measured errors.
    """
    if passage < 1 or not 0 <= none_sum < toxic_sum or none_max < 0:
        msg = (
            f"passage {passage}, none_sum {none_sum}, none_max {none_max} and toxic_sum {toxic_sum} do not fit. "
            "Give a passage of 1 or more, none_max of 0 or more, and 0 <= none_sum < toxic_sum."
        )
        raise UsageError(msg)
    axes, grades, errors = _grader(model or SHIPPED, passage, toxic_labels)
    as_measured = (none_sum, none_max, toxic_sum) == (3, 2, 7) and passage == 1000 and not deobfuscate

    def score(batch: Batch) -> Scores:
        table = grades(replace(batch, texts=[deobfuscated(text) for text in batch.texts]) if deobfuscate else batch)
        levels = table[:, : len(axes) - (SEEN in axes)]
        return Scores(triage(levels, none_sum, none_max, toxic_sum), table)

    return Screener(score, axes, threshold=1.0, errors=errors if as_measured else (), certain=(SEEN,))


def triage(grades: Floats, none_sum: int = 3, none_max: int = 2, toxic_sum: int = 7) -> Floats:
    """0 none, 1 mild, 2 toxic, by the sum and the highest of the whole grades of each row; NaN where one is NaN."""
    whole = np.floor(grades)
    total, highest = whole.sum(1), whole.max(1)
    some = np.where((total <= none_sum) & (highest <= none_max), 0, 1)
    told = np.where(total >= toxic_sum, 2, some)
    return np.where(np.isnan(total), np.nan, told).astype(np.float32)


def _grader(path: Path, passage: int, toxic_labels: str | None) -> tuple[tuple[str, ...], Grades, tuple[Errors, ...]]:
    if path.is_dir():
        local = classifier(path, passage, toxic_labels)
        return local.axes, lambda batch: local.grades(batch.texts), ()
    if toxic_labels is not None:
        msg = f"toxic_labels {toxic_labels!r} is for a classifier in a folder. Leave it out, or give --model FOLDER."
        raise UsageError(msg)
    if not path.exists():
        msg = f"no model at {plain(path)}. Name a .npz, or the folder of a classifier, with --model."
        raise UsageError(msg)
    model = load(path)
    if model.labels != (TOXIC, *AXES):
        msg = f"{plain(path)} has the outputs {plain(', '.join(model.labels), 80)}, not toxic and the five axes."
        raise BadInput(f"{msg} Train it with toxicity_model.train_toxicity.")
    errors, letters = _facts(model, path)
    return (TOXIC, *AXES, SEEN), lambda batch: _linear(model, batch, passage, letters), errors


def _facts(model: Model, path: Path) -> tuple[tuple[Errors, ...], list[tuple[int, int]]]:
    """What a model file says of its errors and letters."""
    try:
        errors = tuple(
            Errors(
                axis=str(one["axis"]), hits=int(one["hits"]), positives=int(one["positives"]),
                passed=int(one["passed"]), negatives=int(one["negatives"]), rows=plain(one["rows"], 120),
            )
            for one in model.facts.get("errors", ())
        )  # fmt: skip
        if not all(
            0 <= one.hits <= one.positives < 2**40 and 0 <= one.passed <= one.negatives < 2**40 for one in errors
        ):
            raise ValueError
        return errors, [(int(first), int(last)) for first, last in model.facts.get("letters", ())]
    except (KeyError, TypeError, ValueError, OverflowError):
        msg = f"{plain(path)} states its errors or letters in a way that cannot be read. Write it anew."
        raise BadInput(msg) from None


def _linear(model: Model, batch: Batch, passage: int, letters: list[tuple[int, int]]) -> Floats:
    chance = probabilities(log_odds(model, batch.texts, passage=passage)).astype(float)
    chance[:, 1:] *= chance[:, :1]  # an output of an axis is right given that the text is toxic
    chance[~_readable(batch.texts, letters)] = np.nan
    grades = np.interp(chance, _SURE, (0, 1, 2, 3, 3))
    return np.column_stack([grades, was_seen(model, batch.ids)]).astype(np.float32)


def _readable(texts: list[str], letters: list[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Whether half of the letters of each text are of scripts that the model has learned from."""
    if not letters or not texts:
        return np.ones(len(texts), bool)
    parts = [_known([text[:_LOOKED_AT] for text in group], letters) for group in groups(texts)]
    return np.concatenate(parts)


def _known(texts: list[str], letters: list[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    flat, offsets = ngrams.code_points(texts)
    letter = (ngrams.kinds(flat) > 0) & (flat >= _CASED)
    known = np.zeros(len(flat), bool)
    for first, last in letters:
        known |= (flat >= first) & (flat <= last)
    counts = [np.append(0, np.cumsum(part))[offsets] for part in (letter, letter & known)]
    return np.asarray(2 * np.diff(counts[1]) >= np.diff(counts[0]), np.bool_)
