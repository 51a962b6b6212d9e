"""A linear model over hashed words and n-grams: scores many texts at once with numpy alone, and keeps no word.

Each n-gram of a text falls into one of 2^bits places, and each output is the sum of the small whole-number weights of
its places over the root of their number. Whole numbers add up to the same in any order, so a text has the same scores
in every batch and on every machine. `linear_text_fit` makes such models.

Reference: K. Weinberger et al. (2009), Feature hashing for large scale multitask learning, ICML, 1113-1120; for the
weights S. Wang and C. D. Manning (2012), Baselines and bigrams: simple, good sentiment and topic classification, ACL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.texts import ngrams
from headgate.texts.ngrams import Ints

Floats: TypeAlias = npt.NDArray[np.float32]

GRAMS = ("w1", "w2")
_TOGETHER = 2**20  # characters that are hashed at once


@dataclass(frozen=True, slots=True)
class Model:
    """`weights` (outputs x 2^bits) times `scale` give log-odds, `bias` added; `offset` is added to the log
    probabilities before the highest wins (`classes`). `grams` names the n-grams: w1 words, w2 pairs of words, c4 four
    characters. `seen` holds the sorted first 32 bits of the sha256 of each text that it was trained on; `facts` says
    what else is known of it.
    """

    labels: tuple[str, ...]
    grams: tuple[str, ...]
    weights: npt.NDArray[np.int16]
    scale: Floats
    bias: Floats
    offset: Floats
    seen: npt.NDArray[np.uint32]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def bits(self) -> int:
        """The table has 2^bits places."""
        return int(self.weights.shape[1]).bit_length() - 1


def places(
    texts: Sequence[str], grams: Sequence[str], bits: int, passage: int | None = None
) -> tuple[Ints, Ints, Ints]:
    """Place of each n-gram of `texts`, in lower case; the number of the passage it stands in; the text of each passage.

    A text makes one passage for each `passage` characters, the last shorter; an empty one makes one passage.
    """
    flat, offsets = ngrams.code_points(texts)
    flat = ngrams.lowered(flat)
    offsets, of_text = _passages(offsets, passage)
    words = ngrams.words(flat, offsets) if any(gram[0] == "w" for gram in grams) else None
    found: list[Ints] = []
    owners: list[Ints] = []
    for gram in grams:
        n = int(gram[1:])
        if words is not None and gram[0] == "w":
            hashes, owner = ngrams.word_ngrams(words, n)
        else:
            hashes, owner = ngrams.char_ngrams(flat, offsets, n)
        found.append(ngrams.slots(hashes, bits, salt=n if gram[0] == "w" else 100 + n))
        owners.append(owner)
    return np.concatenate(found), np.concatenate(owners), of_text


def log_odds(model: Model, texts: Sequence[str], *, passage: int | None = None) -> Floats:
    """Log-odds of each output for each of `texts` (texts x outputs), the highest over its passages; NaN without any
    n-gram.

    With `passage` (characters) memory is bounded whatever the texts; without it grows with the longest of them.
    """
    parts = [
        _log_odds(model, group, passage) if len(group) > 1 or passage is None else _long(model, group[0], passage)
        for group in groups(texts)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, len(model.labels)), np.float32)


def probabilities(scores: npt.NDArray[Any]) -> Floats:
    """Log-odds as probabilities."""
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))), np.float32)


def classes(model: Model, scores: Floats) -> Ints:
    """Which output each text belongs to, where a text has one; -1 where its scores are NaN."""
    with np.errstate(invalid="ignore"):
        best = (np.log(probabilities(scores)) + model.offset).argmax(1)
    return np.where(np.isnan(scores).any(1), -1, best)


def _passages(offsets: Ints, size: int | None) -> tuple[Ints, Ints]:
    many = np.ones(len(offsets) - 1, np.int64)
    if size is not None:
        many = np.maximum(-(-np.diff(offsets) // size), 1)
    of_text = np.repeat(np.arange(len(many)), many)
    step = np.arange(len(of_text)) - np.repeat(np.cumsum(many) - many, many)
    return np.append(offsets[:-1][of_text] + step * (size or 0), offsets[-1]), of_text


def _long(model: Model, text: str, passage: int) -> Floats:
    """Log-odds of one text, however long, by whole passages at a time."""
    step = max(_TOGETHER // passage, 1) * passage
    parts = [_log_odds(model, [text[at : at + step]], passage) for at in range(0, max(len(text), 1), step)]
    return np.asarray(np.fmax.reduce(parts), np.float32)


def _log_odds(model: Model, texts: Sequence[str], passage: int | None) -> Floats:
    place, owner, of_text = places(texts, model.grams, model.bits, passage)
    number = np.bincount(owner, minlength=len(of_text))
    out = np.empty((len(texts), len(model.labels)), np.float32)
    begins = np.searchsorted(of_text, np.arange(len(texts)))
    for column, weights in enumerate(model.weights):
        # sums of whole numbers below 2^53 are exact
        total = np.bincount(owner, weights=weights[place], minlength=len(of_text))
        odds = total * float(model.scale[column]) / np.sqrt(np.maximum(number, 1)) + float(model.bias[column])
        out[:, column] = np.fmax.reduceat(np.where(number > 0, odds, np.nan), begins) if len(texts) else []
    return out


def groups(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """`texts` in runs of about a million characters, or of one text that is longer."""
    begin, size = 0, 0
    for place, text in enumerate(texts):
        if size and size + len(text) > _TOGETHER:
            yield texts[begin:place]
            begin, size = place, 0
        size += len(text)
    if begin < len(texts):
        yield texts[begin:]
