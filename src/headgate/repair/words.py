"""Texts as weighted words: TF-IDF vectors and BM25 scores, with numpy and scipy only.

Reference: K. Sparck Jones (1972), J. Documentation 28, 11-21 (IDF); S. Robertson and H. Zaragoza (2009), The
probabilistic relevance framework: BM25 and beyond, Found. Trends Inf. Retr. 3, 333-389, equation 3.15.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from headgate.repair.shapes import Doubles

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_WORD = re.compile(r"\w+")


def counted(texts: Sequence[str], vocabulary: dict[str, int] | None = None) -> tuple[csr_array, dict[str, int]]:
    """How often each word stands in each text (n x words), and the column of each word, folded to lower case.

    Words that a given `vocabulary` has not are left out.
    """
    from scipy.sparse import csr_array

    found = [Counter(_WORD.findall(text.casefold())) for text in texts]
    if vocabulary is None:
        vocabulary = {word: n for n, word in enumerate(sorted(set().union(*found)))}
    rows, columns, numbers = [], [], []
    for row, words in enumerate(found):
        for word, number in words.items():
            if word in vocabulary:
                rows.append(row)
                columns.append(vocabulary[word])
                numbers.append(float(number))
    return csr_array((numbers, (rows, columns)), shape=(len(texts), len(vocabulary))), vocabulary


def tfidf(counts: csr_array, among: csr_array) -> csr_array:
    """Rows of `counts` by (1 + ln count) x inverse document frequency in `among`, at length 1."""
    found = counts.copy()
    found.data = (1 + np.log(found.data)) * _rarity(among)[found.indices]
    length = np.sqrt(np.asarray((found * found).sum(1))).reshape(-1)
    found.data /= np.repeat(np.where(length > 0, length, 1.0), np.diff(found.indptr))
    return found


def bm25(queries: csr_array, train: csr_array, *, k1: float = 1.2, b: float = 0.75) -> Doubles:
    """BM25 score of each training text for each query (queries x n), each word of a query counting once."""
    many = np.asarray(train.sum(1)).reshape(-1)
    told = np.bincount(train.indices, minlength=train.shape[1])
    rarity = np.log(1 + (train.shape[0] - told + 0.5) / (told + 0.5))
    weighed = train.copy()
    scale = k1 * (1 - b + b * many / max(many.mean(), 1e-12))
    weighed.data = train.data * (k1 + 1) / (train.data + np.repeat(scale, np.diff(train.indptr)))
    asked = queries.copy()
    asked.data = rarity[asked.indices]
    return np.asarray((asked @ weighed.T).toarray())


def _rarity(among: csr_array) -> Doubles:
    """ln((1 + texts) / (1 + texts with the word)) + 1."""
    told = np.bincount(among.indices, minlength=among.shape[1])
    found: Doubles = np.log((1 + among.shape[0]) / (1 + told)) + 1
    return found
