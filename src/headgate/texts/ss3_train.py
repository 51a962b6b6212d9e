"""Train SS3: count words, choose its three parameters by cross-validation, and find the lead from which it is safe.

The parameters are chosen by macro-F1 over five folds. Of five texts about one (by its hash, so that the same text is
never on both sides) is kept out of the counts and of that choice: there errors are counted and the safe lead is found.
A decision at that lead differs from the one at the text's end in at most `WRONG` of texts like those, with 95 %
confidence: leads are tried from the largest down, and the first whose exact upper bound is over `WRONG` ends the
search, so that trying several costs no confidence.

Reference: Burdisso et al. (2019), see ss3; A. N. Angelopoulos, S. Bates, E. J. Candes, M. I. Jordan and L. Lei (2021),
Learn then test, arXiv 2110.01052 (fixed-sequence testing).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from headgate.errors import UsageError
from headgate.texts.ss3 import Ints, Model, build, confidence, leads, runs, shares, steps, sums, units

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

WRONG = 0.05  # share of early decisions that may differ from the last
_SURE = 0.95
_FOLDS = 5
_LEADS = tuple(64.0 * 2 ** (-step / 2) for step in range(25))  # fixed before any text is seen
SIGMAS, LAMBDAS, RHOS = (0.1, 0.2, 0.35, 0.5, 0.8), (0.1, 0.3, 0.7, 1.2, 2.0), (0.25, 0.5, 1.0, 2.0)

Table = dict[str, list[int]]


def learn(table: Table, words: Sequence[str], kind: int, *, kinds: int, grams: int = 1) -> None:
    """Count the `words` of one more text of class number `kind` into `table`; the order of texts does not matter."""
    for length in range(1, grams + 1):
        for run in runs(words, length):
            row = table.get(run)
            if row is None:
                row = table[run] = [0] * kinds
            row[kind] += 1


def fit(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    grams: int = 1,
    sigma: float = 0.45,
    lam: float = 0.5,
    rho: float = 1.0,
) -> Model:
    """The model of all `texts` and their `labels`, with the authors' defaults; raises `UsageError` for one class."""
    classes = sorted(set(labels))
    if len(classes) < 2:
        msg = f"{len(classes)} class is too few to train on. Give texts of two classes or more."
        raise UsageError(msg)
    code = {kind: n for n, kind in enumerate(classes)}
    table: Table = {}
    for text, label in zip(texts, labels, strict=True):
        learn(table, units(text), code[label], kinds=len(classes), grams=grams)
    return build(classes, table, grams=grams, sigma=sigma, lam=lam, rho=rho)


def train(texts: Sequence[str], labels: Sequence[str], *, grams: int = 1) -> Model:
    """The model a user gets: parameters chosen, errors and the safe lead measured on texts that were kept out."""
    kept = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[0] % _FOLDS == 0 for text in texts]
    inside, outside = ([n for n, out in enumerate(kept) if out is side] for side in (False, True))
    chosen, some = [texts[n] for n in inside], [labels[n] for n in inside]
    model = fit(chosen, some, grams=grams, **tune(chosen, some, grams=grams)[1])
    return measured(model, [texts[n] for n in outside], [labels[n] for n in outside])


def measured(model: Model, texts: Sequence[str], labels: Sequence[str]) -> Model:
    """`model` with its errors by class and its safe lead, from `texts` it never saw."""
    words = [units(text) for text in texts]
    flagged = shares(sums(model, words)) >= 0.5
    held = {}
    for n, kind in enumerate(model.classes):
        truth, found = np.array([label == kind for label in labels], bool), flagged[:, n]
        held[kind] = [int(told.sum()) for told in (found & truth, truth, ~found & ~truth, ~truth)]
    return replace(model, lead=safe_lead(model, words), held=held)


def safe_lead(model: Model, words: Sequence[Sequence[str]]) -> float | None:
    """The smallest lead at which deciding early is safe (see the module), None where none is known to be."""
    from scipy.stats import beta

    wrong = np.zeros(len(_LEADS), int)
    for text in words:
        so_far = np.cumsum(steps(model, [text]), axis=0)
        if not len(so_far):
            continue
        ahead, first = leads(so_far), so_far.argmax(axis=1)
        for n, lead in enumerate(_LEADS):
            at = np.flatnonzero(ahead >= lead)
            wrong[n] += bool(len(at)) and first[at[0]] != first[-1]
    found = None
    for lead, missed in zip(_LEADS, wrong, strict=True):
        upper = float(beta.ppf(_SURE, missed + 1, len(words) - missed)) if missed < len(words) else 1.0
        if upper > WRONG:
            break
        found = lead
    return found


def tune(
    texts: Sequence[str], labels: Sequence[str], *, grams: int = 1, seed: int = 0
) -> tuple[float, dict[str, float]]:
    """The best macro-F1 over five folds of `texts`, and the sigma, lam and rho that gave it."""
    whole = fit(texts, labels, grams=grams)
    if not whole.words:
        msg = "no word stands twice in the texts of a class, so there is nothing to learn. Give more labelled texts."
        raise UsageError(msg)
    truth = np.array([whole.classes.index(label) for label in labels])
    table = _table(whole, [units(text) for text in texts])
    lengths = np.array([word.count(" ") + 1 for word in whole.words])
    fold = np.random.default_rng(seed).permutation(len(texts)) % _FOLDS
    marks = np.zeros((len(texts), len(whole.classes)), np.int64)
    marks[np.arange(len(texts)), truth] = 1
    counts = [np.asarray(table[fold != f].T @ marks[fold != f], np.int64) for f in range(_FOLDS)]
    best: tuple[float, dict[str, float]] = (-1.0, {})
    for sigma, lam, rho in product(SIGMAS, LAMBDAS, RHOS):
        said = np.empty(len(texts), int)
        for f in range(_FOLDS):
            worth = confidence(counts[f], lengths, sigma=sigma, lam=lam, rho=rho)
            said[fold == f] = np.asarray(table[fold == f] @ worth).argmax(axis=1)
        best = max(best, (macro_f1(truth, said), {"sigma": sigma, "lam": lam, "rho": rho}), key=lambda pair: pair[0])
    return best


def macro_f1(truth: Ints, said: Ints) -> float:
    """The mean over classes of F1; 0 for a class that nobody found."""
    kinds = np.unique(truth)
    both = [int(((truth == k) & (said == k)).sum()) for k in kinds]
    either = [int((truth == k).sum() + (said == k).sum()) for k in kinds]
    return float(np.mean([2 * b / e for b, e in zip(both, either, strict=True)]))


def _table(model: Model, words: Sequence[Sequence[str]]) -> csr_matrix[Any]:
    """How often each word or run of the model stands in each text (n x V)."""
    from scipy.sparse import csr_matrix

    rows = [[r for length in range(1, model.grams + 1) for run in runs(text, length)
             if (r := model.words.get(run)) is not None] for text in words]  # fmt: skip
    ends = np.cumsum([0, *(len(row) for row in rows)])
    flat = np.fromiter((r for row in rows for r in row), np.int64, int(ends[-1]))
    return csr_matrix((np.ones(len(flat), np.int64), flat, ends), shape=(len(words), len(model.words)))
