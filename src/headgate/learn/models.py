"""Fit and apply the models: words by logistic regression out of fold, then a linear model and boosted trees on
propagated features.

No artifact is scored by a model that saw its own label. Every training row is seen twice: with the labels
around it, and with those of its own group hidden, so that the models learn what to rely on where no label is near.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.learn.baselines import label_propagation, personalised_pagerank
from headgate.learn.lineage import Flags, Floats, Ints, Lineage
from headgate.learn.operators import Operators
from headgate.learn.propagated import chosen, features

if TYPE_CHECKING:
    from headgate.learn.words import Sparse

MOST = 100_000  # unlabelled rows that a model is fitted on; the rest adds time and nothing else
_SPREAD = 5  # folds of labels diffused apart, so that none comes back to its own node
_BATCH = 500_000  # nodes scored at once


def check_seed(seed: int) -> None:
    """Raise `UsageError` where `seed` cannot be one of every generator used here."""
    if not 0 <= seed < 2**31:
        msg = f"seed {seed} is not between 0 and {2**31 - 1}. Choose another."
        raise UsageError(msg)


def sample(labelled: Flags, among: Flags, seed: int, most: int = MOST) -> Ints:
    """Rows to fit on: all of `among` that are `labelled`, and at most `most` others drawn at random."""
    others = np.flatnonzero(among & ~labelled)
    if len(others) > most:
        others = np.random.default_rng(seed).choice(others, most, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(among & labelled), others])).astype(np.int32)


def word_scores(words: Sparse, seeds: Floats, among: Flags, inner: Ints, seed: int = 0) -> Floats:
    """Log-odds of every node by its words alone, its own fold left out; outside `among` the mean of all fits."""
    from sklearn.linear_model import LogisticRegression

    labelled = seeds > 0
    total, own = np.zeros(words.shape[0]), np.zeros(words.shape[0])
    folds = np.unique(inner[among])
    for fold in folds:
        rows = sample(labelled, among & (inner != fold), seed)
        if not 0 < labelled[rows].sum() < len(rows):
            continue
        fitted = LogisticRegression(C=1.0, solver="liblinear", max_iter=200, random_state=seed)
        fitted.fit(words[rows], labelled[rows])
        scores = fitted.decision_function(words)
        total += scores
        own[among & (inner == fold)] = scores[among & (inner == fold)]
    return np.where(among, own, total / max(len(folds), 1)).astype(np.float32)


def blend(seed: int) -> Any:
    """The detector: the mean of the linear model's and the trees' probabilities.

    Trees lead where seeds are many, the linear model where they are few (docs/methods/uncensored.md).
    """
    from sklearn.ensemble import VotingClassifier

    return VotingClassifier([("linear", linear(seed)), ("trees", trees(seed))], voting="soft")


def trees(seed: int) -> Any:
    """Boosted trees alone."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.06, max_leaf_nodes=15, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip


def linear(seed: int) -> Any:
    """Logistic regression on the same features, standardised."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fit = LogisticRegression(C=0.1, max_iter=1_000, random_state=seed)
    return make_pipeline(StandardScaler(), fit)


@dataclass(frozen=True, slots=True)
class View:
    """What the models see: `table` holds the features of every node (see `propagated.names`), `rows` the nodes to
    fit on, `hidden` their features without the labels of their own fold, `labels` whether each is labelled.
    """

    table: npt.NDArray[np.float32]
    rows: Ints
    hidden: npt.NDArray[np.float32]
    labels: Flags


def view(
    lineage: Lineage, operators: Operators, words: Sparse, seeds: Floats, among: Flags, inner: Ints, seed: int = 0
) -> View:
    """Features for models fitted on the nodes `among` with the labels `seeds` (1 known, 0 nobody said).

    `inner` numbers the folds that are hidden from one another while fitting: no group that must not be on
    both sides may be in two of them.
    """
    scores = word_scores(words, seeds, among, inner, seed)
    table = features(lineage, operators, seeds, scores, spread(operators, seeds, seed))
    rows = sample(seeds > 0, among, seed)
    hidden = np.empty((len(rows), table.shape[1]), np.float32)
    for fold in np.unique(inner[rows]):
        here = inner[rows] == fold
        without = np.where(inner == fold, 0, seeds).astype(np.float32)
        around = _diffused(operators, without)
        hidden[here] = features(lineage, operators, without, scores, around)[rows[here]]
    return View(table, rows, hidden, seeds[rows] > 0)


def spread(operators: Operators, seeds: Floats, seed: int) -> npt.NDArray[np.float32]:
    """Labels diffused over any number of links, two columns; each node's from the seeds of the other folds only."""
    fold = np.random.default_rng(seed).integers(0, _SPREAD, len(seeds))
    out = np.empty((len(seeds), 2), np.float32)
    for one in range(_SPREAD):
        here = fold == one
        out[here] = _diffused(operators, np.where(here, 0, seeds).astype(np.float32))[here]
    return out


def _diffused(operators: Operators, seeds: Floats) -> npt.NDArray[np.float32]:
    return np.column_stack([label_propagation(operators, seeds), personalised_pagerank(operators, seeds)])


def scores(seen: View, nodes: Ints, kind: str = "all", make: Callable[[int], Any] = blend, seed: int = 0) -> Floats:
    """Score of each of `nodes` by the model `make` gives, fitted on every training row of `seen`."""
    return _fit_and_score(seen, np.ones(len(seen.rows), bool), nodes, kind, make, seed)


def cross_scores(
    seen: View, nodes: Ints, folds: Ints, kind: str = "all", make: Callable[[int], Any] = blend, seed: int = 0
) -> Floats:
    """Score of each of `nodes` by a model fitted on the other folds, so that no label scores itself."""
    out = np.zeros(len(nodes), np.float32)
    for fold in np.unique(folds[nodes]):
        here = folds[nodes] == fold
        out[here] = _fit_and_score(seen, folds[seen.rows] != fold, nodes[here], kind, make, seed)
    return out


def _fit_and_score(seen: View, use: Flags, nodes: Ints, kind: str, make: Callable[[int], Any], seed: int) -> Floats:
    columns = np.asarray(chosen(kind), np.int32)
    rows, labels = seen.rows[use], seen.labels[use]
    if not 0 < labels.sum() < len(labels):
        return np.zeros(len(nodes), np.float32)
    both = np.concatenate([seen.table[rows][:, columns], seen.hidden[use][:, columns]])
    model = make(seed).fit(both, np.concatenate([labels, labels]))
    out = np.empty(len(nodes), np.float32)
    for begin in range(0, len(nodes), _BATCH):
        batch = nodes[begin : begin + _BATCH]
        out[begin : begin + _BATCH] = model.predict_proba(seen.table[batch][:, columns])[:, 1]
    return out
