"""Features and captions of paired items (picture and caption, text and label), streamed once into arrays.

Features: vectors somebody computed, or the low frequencies of pictures, or hashed words of texts; unit length, and
119 signs of each for finding near-identical ones. Captions: hashed words, weighted by how rare they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput, UsageError
from headgate.pictures import perceptual
from headgate.pictures.decoding import decode
from headgate.pictures.perceptual import BITS, Hashes
from headgate.shapes import Batch, Floats
from headgate.texts import ngrams

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_WORDS = 18  # bits of a word's place
_WIDTH = 256  # of the vectors made from words
_SIZE = 256


@dataclass(frozen=True, slots=True)
class PairFeatures:
    """Of n items: unit vectors (n x d), sign hashes (n x 2), captions (n x words, unit rows) and what could be told."""

    vectors: Floats
    hashes: Hashes
    captions: csr_array[Any]
    told: npt.NDArray[np.bool_]
    ids: list[str]
    folded: npt.NDArray[np.int64]  # the same number for the same caption
    kind: str


def take(
    batches: Iterable[Batch],
    *,
    embeddings: Path | None = None,
    embedding: str | None = None,
    caption: str | None = None,
) -> PairFeatures:
    """Read everything once. Raises `UsageError` where features or captions are missing, `BadInput` for odd vectors.

    `embeddings` is a .npy file of one vector an item in their order, `embedding` the column that holds them,
    `caption` the column of captions or labels (by default the text).
    """
    ids: list[str] = []
    captions: list[str] = []
    vectors: list[Floats] = []
    kind = "embeddings" if embeddings or embedding else ""
    for batch in (batch for batch in batches if batch.ids):
        kind = kind or ("images" if batch.images else "texts")
        ids += batch.ids
        captions += _captions(batch, caption, kind)
        if embeddings is None:
            vectors.append(_vectors(batch, kind, embedding))
    if not ids:
        msg = "no items to compare: the dataset is empty, or nothing of it can be read."
        raise UsageError(msg)
    if len({len(some.T) for some in vectors}) > 1:
        msg = f"the column {embedding!r} does not hold vectors of one length."
        raise BadInput(msg)
    made = _given(embeddings, len(ids)) if embeddings is not None else np.concatenate(vectors)
    made = _projected(made) if kind == "texts" else made
    length = np.linalg.norm(made, axis=1, keepdims=True)
    told = np.isfinite(length[:, 0]) & (length[:, 0] > 0)
    made = np.where(told[:, None], made / np.where(told[:, None], length, 1), 0).astype(np.float32)
    hashes = perceptual.packed(made > 0) if kind == "images" else _signs(made)
    sparse, folded = weighted(captions)
    return PairFeatures(made, hashes, sparse, told & (sparse.count_nonzero(axis=1) > 0), ids, folded, kind)


def weighted(texts: Sequence[str]) -> tuple[csr_array[Any], npt.NDArray[np.int64]]:
    """Hashed words of each text (unit rows), rare words weighing more, and the number of each different set of them."""
    from scipy.sparse import csr_array

    flat, offsets = ngrams.code_points(texts)
    found = ngrams.words(ngrams.lowered(flat), offsets)
    packed = np.unique((found.owner << _WORDS) | ngrams.slots(found.hashes, _WORDS))
    owner, word = packed >> _WORDS, packed & (2**_WORDS - 1)
    many = np.bincount(word, minlength=2**_WORDS)
    weight = np.log((1 + len(texts)) / (1 + many[word])) + 1
    length = np.sqrt(np.bincount(owner, weight**2, minlength=len(texts)))
    begins = np.searchsorted(owner, np.arange(len(texts) + 1))
    sparse = csr_array((weight / length[owner], word, begins), shape=(len(texts), 2**_WORDS))
    key = np.bincount(owner, _fractions(word), minlength=len(texts))
    return sparse, np.unique(key, return_inverse=True)[1]


def _fractions(word: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """A number for each word whose sums tell sets of words apart, exactly added as whole numbers."""
    return (ngrams.mixed(word.astype(np.uint64)) >> np.uint64(20)).astype(np.float64)


def _captions(batch: Batch, column: str | None, kind: str) -> list[str]:
    if column is not None:
        if column not in batch.more:
            msg = f"no column {column!r}. Its columns are: {', '.join(list(batch.more)[:20]) or 'none'}."
            raise UsageError(msg)
        return ["" if value is None else str(value) for value in batch.more[column]]
    if kind == "texts" or len(batch.texts) != len(batch.ids):
        msg = "no captions. Name their column with --caption (for texts: the column of labels)."
        raise UsageError(msg)
    return batch.texts


def _vectors(batch: Batch, kind: str, column: str | None) -> Floats:
    if column is not None:
        return _numbers(batch.more.get(column, []), len(batch.ids), column)
    if kind == "images" and len(batch.images) == len(batch.ids):
        pictures = np.zeros((len(batch.images), perceptual.SIDE, perceptual.SIDE), np.float32)
        for place, data in enumerate(batch.images):
            with suppress(BadInput):  # what cannot be decoded is left plain
                pictures[place] = perceptual.greys(decode(data, size=_SIZE))
        return perceptual.frequencies(pictures)
    if len(batch.texts) != len(batch.ids):
        msg = "no pictures or texts. Name their column with --image or --text, or give --embeddings."
        raise UsageError(msg)
    flat, offsets = ngrams.code_points(batch.texts)
    found = ngrams.words(ngrams.lowered(flat), offsets)
    grams = [(found.hashes, found.owner), ngrams.word_ngrams(found, 2)]
    hashes, owner = (np.concatenate(both) for both in zip(*grams, strict=True))
    counts = np.zeros((len(batch.ids), _WIDTH), np.float32)
    sign = 1 - 2 * ngrams.slots(hashes, 1, salt=1).astype(np.float32)
    np.add.at(counts, (owner, ngrams.slots(hashes, 8)), sign)
    return counts


def _numbers(values: Sequence[object], n: int, column: str) -> Floats:
    try:
        vectors = np.array(values, dtype=np.float32)
    except (TypeError, ValueError) as error:
        msg = f"the column {column!r} does not hold vectors of one length."
        raise BadInput(msg) from error
    if vectors.ndim != 2 or len(vectors) != n:
        msg = f"the column {column!r} does not hold vectors of one length."
        raise BadInput(msg)
    return vectors


def _given(path: Path, n: int) -> Floats:
    try:
        held = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(held, np.ndarray):
            raise ValueError("several arrays")
    except (OSError, EOFError, ValueError) as error:
        msg = f"{path.name} is no .npy file of numbers. Save an array of one vector an item."
        raise BadInput(msg) from error
    if held.ndim != 2 or len(held) != n or held.dtype.kind not in "fiu":
        msg = f"{path.name} holds {held.shape} of {held.dtype}: give {n:,} vectors of numbers, one an item."
        raise BadInput(msg)
    return np.asarray(held, np.float32)


def _projected(counts: Floats) -> Floats:
    """Word counts, weighed down where nearly every text has them."""
    often = (counts != 0).mean(axis=0)
    weighed = np.sign(counts) * np.sqrt(np.abs(counts)) * np.log(1 + 1 / np.maximum(often, 1e-9))
    return np.asarray(weighed, np.float32)


def _signs(vectors: Floats) -> Hashes:
    """Signs along 119 random directions, around the mean: vectors at an angle a differ in a share a / pi of them."""
    directions = np.random.default_rng(20_240_901).standard_normal((vectors.shape[1], BITS)).astype(np.float32)
    return perceptual.packed((vectors - vectors.mean(axis=0)) @ directions > 0)
