"""What an audit of image-text pairs counts: which texts are flagged and how surely, beside what is said of the images.

Counts add up over batches and are kept by stratum; no text, no URL and no image is kept.

Reference: A. Birhane, V. U. Prabhu and E. Kahembwe (2021), Multimodal datasets: misogyny, pornography, and malignant
stereotypes, arXiv 2110.01963; A. Birhane et al. (2023), Into the LAION's Den, arXiv 2311.03449 (the curve over gates).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headgate import tables
from headgate.errors import BadInput, UsageError
from headgate.plain import plain
from headgate.shapes import Floats
from headgate.texts import linear_text, linear_text_file, ngrams
from headgate.texts.ngrams import Hashes

GATES = tuple(round(0.1 * step, 1) for step in range(1, 9))
MOST_TAGS, OTHER, NONE = 20, "other", "none"
_LONGEST = 4  # words of a term
_NO_IDENTITY = {"violence"}  # an axis of the table that is about deeds

Columns = dict[str, list[object]]


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores n texts on `names` (n x k, 0 to 1) from the texts or columns of the rows; `graded` if not just 0 or 1."""

    names: tuple[str, ...]
    score: Callable[[Sequence[str], Columns], Floats]
    graded: bool
    reads_texts: bool = True


@dataclass(slots=True)
class Counts:
    """Counts of one stratum's sample: rows, flags of any kind and of each class, rows over each gate; by tag of the
    image and by identity axis the rows and the flagged ones.
    """

    rows: int = 0
    flagged: int = 0
    classes: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    over: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(GATES), np.int64))
    tags: Counter[str] = field(default_factory=Counter)
    tags_flagged: Counter[str] = field(default_factory=Counter)
    named: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    named_flagged: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def add(counts: Counts, scores: Floats, gate: float, named: npt.NDArray[np.bool_], tags: Sequence[str] | None) -> None:
    """Add rows to the counts of their stratum: their `scores` (n x k), identity axes `named` (n x axes) and `tags`."""
    over = scores > np.float32(gate)
    any_ = over.any(axis=1)
    highest = scores.max(axis=1)
    counts.rows += len(scores)
    counts.flagged += int(any_.sum())
    counts.classes = over.sum(axis=0) + (counts.classes if len(counts.classes) else 0)
    counts.over += np.array([int((highest > np.float32(at)).sum()) for at in GATES])
    counts.named = named.sum(axis=0) + (counts.named if len(counts.named) else 0)
    counts.named_flagged = named[any_].sum(axis=0) + (counts.named_flagged if len(counts.named_flagged) else 0)
    if tags is not None:
        hits: list[bool] = np.asarray(any_).tolist()
        for tag, hit in zip(tags, hits, strict=True):
            # Of a column that turns out to be free text only the first values are kept.
            name = tag if tag in counts.tags or len(counts.tags) < MOST_TAGS else OTHER
            counts.tags[name] += 1
            counts.tags_flagged[name] += hit


def by_lexicon(file: Path) -> Scorer:
    """Flags by the terms of a CSV with the columns class and term, as whole words in any case.

    Raises `BadInput` where it is no such file, or a term has no words or more than four.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = [(row["class"].strip(), row["term"].strip()) for row in csv.DictReader(stream)]
    except (OSError, UnicodeError, KeyError, AttributeError, csv.Error) as error:
        msg = f"{plain(file)} is no lexicon ({type(error).__name__}). Give a CSV with the columns class and term."
        raise BadInput(msg) from None
    names = tuple(sorted({name for name, _ in rows if name}))
    if not names:
        msg = f"{plain(file)} has no terms. Give a CSV with the columns class and term."
        raise BadInput(msg)
    terms = [_hashes([term for one, term in rows if one == name], file) for name in names]

    def score(texts: Sequence[str], _: Columns) -> Floats:
        return _uses(texts, terms).astype(np.float32)

    return Scorer(tuple(plain(name, 40) for name in names), score, False)


def by_model(file: Path) -> Scorer:
    """Probabilities by a linear text model of Headgate; a text without any n-gram scores 0.

    Where its first output is `toxic`, the others are learnt on toxic texts and are multiplied by it.
    """
    model = linear_text_file.load(file)

    def score(texts: Sequence[str], _: Columns) -> Floats:
        made = linear_text.probabilities(linear_text.log_odds(model, texts))
        if model.labels[0] == "toxic":
            made[:, 1:] *= made[:, :1]
        return np.nan_to_num(made, nan=0.0)

    return Scorer(tuple(plain(name, 40) for name in model.labels), score, True)


def by_columns(names: str) -> Scorer:
    """Scores that stand in columns of the rows, named with commas between them; an absent number counts as 0."""
    wanted = tuple(name.strip() for name in names.split(",") if name.strip())

    def score(_: Sequence[str], columns: Columns) -> Floats:
        return np.stack([[_number(value) for value in column(columns, name)] for name in wanted], axis=1).astype(
            np.float32
        )

    return Scorer(tuple(plain(name, 40) for name in wanted), score, True, reads_texts=False)


def identities() -> tuple[tuple[str, ...], Callable[[Sequence[str]], npt.NDArray[np.bool_]]]:
    """The axes of identity that ship with Headgate, and whether each of n texts uses a term of each (n x axes)."""
    rows = tables.rows("identity_terms.csv")
    axes = tuple(sorted({row["axis"] for row in rows} - _NO_IDENTITY))
    terms = [_hashes([row["term"] for row in rows if row["axis"] == axis], None) for axis in axes]
    return axes, lambda texts: _uses(texts, terms)


def image_tags(columns: Columns, name: str, gate: float) -> list[str]:
    """What the column `name` says of each image: for numbers, whether over `gate`; otherwise the tag itself."""
    return [_tag(value, gate) for value in column(columns, name)]


def column(columns: Columns, name: str) -> list[object]:
    """The column `name`; raises `UsageError`, which names those there are, where it is absent."""
    if name not in columns:
        listed = ", ".join(plain(one, 40) for one in list(columns)[:20])
        msg = f"no column {plain(name, 60)!r}. The columns are: {listed or 'none'}."
        raise UsageError(msg)
    return columns[name]


def _tag(value: object, gate: float) -> str:
    if value is None or value == "":
        return NONE
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return _short(str(value))
    if np.isnan(number):
        return NONE
    return f"over {gate:g}" if number > gate else f"not over {gate:g}"


def _short(text: str) -> str:
    """A tag as a word; what could be a link or a sentence is none."""
    made = plain(text.strip(), 40)
    return made if made.replace("_", "").replace("-", "").isalnum() else OTHER


def _number(value: object) -> float:
    try:
        made = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return made if np.isfinite(made) else 0.0


def _hashes(terms: Sequence[str], file: Path | None) -> list[Hashes]:
    """Of each number of words, from 1 on, the hashes of the terms with so many."""
    flat, offsets = ngrams.code_points(list(terms))
    words = ngrams.words(ngrams.lowered(flat), offsets)
    length = np.bincount(words.owner, minlength=len(terms))
    if file is not None and ((length < 1) | (length > _LONGEST)).any():
        wrong = terms[int(np.flatnonzero((length < 1) | (length > _LONGEST))[0])]
        msg = f"{plain(file)}: the term {plain(wrong, 60)!r} is not of 1 to {_LONGEST} words. Split it or leave it out."
        raise BadInput(msg)
    made = []
    for n in range(1, _LONGEST + 1):
        hashes, owner = ngrams.word_ngrams(words, n)
        made.append(hashes[length[owner] == n])
    return made


def _uses(texts: Sequence[str], terms: Sequence[Sequence[Hashes]]) -> npt.NDArray[np.bool_]:
    flat, offsets = ngrams.code_points(list(texts))
    words = ngrams.words(ngrams.lowered(flat), offsets)
    found = np.zeros((len(texts), len(terms)), bool)
    for n in range(1, _LONGEST + 1):
        hashes, owner = ngrams.word_ngrams(words, n)
        for place, known in enumerate(terms):
            if len(known[n - 1]):
                found[owner[np.isin(hashes, known[n - 1])], place] = True
    return found
