"""Train the model of `screen toxicity`, or one like it on labels of your own: whether a text is toxic, and about what.

No data set at hand has labels for the five axes, so they are weak: a toxic text belongs to each axis of which it uses
a term of `data/identity_terms.csv`, or that its source names (`topics`). One output learns whether a text is toxic,
one an axis whether a toxic text is about it; the probability of an axis is their product.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from headgate.tables import rows
from headgate.texts import ngrams
from headgate.texts.linear_text import GRAMS, Model
from headgate.texts.ngrams import Hashes

AXES = ("race_origin", "gender_sex", "religion", "ability", "violence")
TOXIC = "toxic"
_LONGEST = 4  # words of a term; a Chinese character is a word
Flags = npt.NDArray[np.bool_]


def train_toxicity(
    texts: Sequence[str], toxic: Sequence[bool], *, sources: Sequence[str] | None = None,
    topics: npt.NDArray[np.float64] | None = None, grams: Sequence[str] = GRAMS, bits: int = 18,
    strengths: Sequence[float] = (3.0,), seed: int = 0,
) -> Model:  # fmt: skip
    """A model with the outputs `toxic` and the five `AXES`; write it with `linear_text_file.save`.

    Within each of `sources` toxic and other texts weigh the same, and all sources weigh the same; so probabilities are
    those of a collection that is half toxic. `topics` (texts x axes) is 1 or 0 where a source says what a text is
    about, NaN where it does not. Needs scikit-learn. Raises `BadInput` where there are too few texts of either kind.
    """
    from headgate.texts.linear_text_fit import train

    hit = np.asarray(toxic, bool)
    named = mentions(texts).astype(float)
    if topics is not None:
        named = np.where(np.isnan(topics), named, topics)
    targets = np.column_stack([hit, np.where(hit[:, None], named, np.nan)])
    weights = balanced(hit, np.asarray(sources if sources is not None else [""] * len(hit)))
    return train(
        texts, targets, (TOXIC, *AXES), grams=grams, bits=bits, weights=weights, strengths=strengths, seed=seed
    )


def balanced(hit: Flags, sources: npt.NDArray[np.str_]) -> npt.NDArray[np.float64]:
    """A weight a text, 1 on average: the same in all for each answer within each source that has both."""
    group = np.unique(np.stack([sources, hit.astype("U5")]), axis=1, return_inverse=True)[1].ravel()
    weights = 1 / np.bincount(group)[group]
    return np.asarray(weights * len(hit) / weights.sum(), float)


def mentions(texts: Sequence[str]) -> Flags:
    """Whether each of `texts` uses a term of each axis (texts x axes), as whole words in any case."""
    flat, offsets = ngrams.code_points(texts)
    words = ngrams.words(ngrams.lowered(flat), offsets)
    out = np.zeros((len(texts), len(AXES)), bool)
    for n in range(1, _LONGEST + 1):
        hashes, owner = ngrams.word_ngrams(words, n)
        for axis, terms in enumerate(_terms()):
            out[owner[np.isin(hashes, terms[n - 1])], axis] = True
    return out


@cache
def _terms() -> list[list[Hashes]]:
    """For each axis the hashes of its terms of 1, 2, 3 and 4 words."""
    listed = [[row["term"] for row in rows("identity_terms.csv") if row["axis"] == axis] for axis in AXES]
    found = []
    for terms in listed:
        flat, offsets = ngrams.code_points(terms)
        words = ngrams.words(ngrams.lowered(flat), offsets)
        length = np.bincount(words.owner, minlength=len(terms))
        by_length = [ngrams.word_ngrams(words, n) for n in range(1, _LONGEST + 1)]
        found.append([hashes[length[owner] == n] for n, (hashes, owner) in enumerate(by_length, start=1)])
    return found
