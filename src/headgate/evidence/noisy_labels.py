"""Probabilities where some items are known to be positive and the rest was never looked at.

A classifier of "labelled" against "not labelled" gives the chance of being labelled. Elkan and Noto: where positives
were labelled at random, that is the chance of being positive times the share `c` of positives that were labelled, and
held-out positives tell `c`. The flip model learns both at once; its share is only told where it can be. Neither ranks
better than the plain classifier; they correct how high its probabilities are.

Reference: C. Elkan and K. Noto (2008), Learning classifiers from only positive and unlabeled data, KDD, 213-220
(estimator e1); for flips, W. Yu and Z. Qin (2020), Sampler design for implicit feedback data by noisy-label robust
learning, SIGIR, 861-870, of which only the likelihood of flipped labels is used here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from headgate.evidence.clustered import Column, Floats

if TYPE_CHECKING:
    from collections.abc import Callable

STARTS = (0.1, 0.9)  # unlabelled shares of the positives that the flip model starts from
APART = 0.15  # how far the estimates of an identified share may be apart


@dataclass(frozen=True, slots=True)
class Corrected:
    """Chances of being positive, each from a model that had not seen the item.

    `observed` is the chance of being labelled, uncorrected; `labelled_share` is c with its interval.
    """

    probability: Floats
    observed: Floats
    labelled_share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Flipped:
    """Chances of being positive by the flip model, each from a model that had not seen the item.

    `flipped_share` is the share of positives that are not labelled, None where the data do not tell it; `fitted` are
    what the fits from different starts, and Elkan and Noto's, came to. It is a parameter of a model: never show it as
    a fact.
    """

    probability: Floats
    flipped_share: float | None
    fitted: tuple[float, ...]


def correct(observed: Column, labelled_share: float, *, most: float = 0.99) -> Floats:
    """The chance of being positive, where that of being labelled is `observed`; at most `most`, as c is an estimate.

    Raises `ValueError` for a `labelled_share` that is not above 0 and up to 1.
    """
    if not 0 < labelled_share <= 1:
        msg = f"labelled_share {labelled_share} is not above 0 and up to 1. Give the labelled part of positives."
        raise ValueError(msg)
    return np.asarray(np.minimum(np.asarray(observed, dtype=float) / labelled_share, most))


def elkan_noto(
    features: Column,
    labelled: Column,
    *,
    seed: int,
    folds: int = 5,
    confidence: float = 0.95,
    make: Callable[[], Any] | None = None,
) -> Corrected:
    """Chances of being positive from `features` (items down) and `labelled` (known positives; nobody saw the rest).

    It holds where which positives are known is chance, and where some features leave no doubt; otherwise c is too low
    and the probabilities too high. `make` gives a fresh classifier with `fit` and calibrated `predict_proba`
    (logistic regression on scaled features by default). Needs scikit-learn. Raises `ValueError` for fewer labelled
    items than folds.
    """
    observed = _out_of_fold(features, labelled, seed, folds, make or _logistic, _fit_plain)
    known = observed[np.asarray(labelled, dtype=bool)]
    share = float(known.mean())
    half = NormalDist().inv_cdf((1 + confidence) / 2) * float(known.std()) / sqrt(len(known))
    return Corrected(correct(observed, share), observed, share, max(0.0, share - half), min(1.0, share + half))


def flip_em(features: Column, labelled: Column, *, seed: int, folds: int = 5, steps: int = 50) -> Flipped:
    """The flip model: a logistic regression of being positive, of whose positives a share went unlabelled, by EM.

    The share is told where fits from far starts and Elkan and Noto's estimate agree within `APART`: fits alone may
    agree and be wrong, where the model does not hold. Needs scikit-learn. Raises as `elkan_noto` does.
    """
    flags = np.asarray(labelled, dtype=bool)
    fits = [_fit_flips(_logistic, np.asarray(features), flags, start, steps) for start in STARTS]
    fitted = (*(share for _, share in fits), 1 - elkan_noto(features, labelled, seed=seed, folds=folds).labelled_share)
    probability = _out_of_fold(
        features, labelled, seed, folds, _logistic, lambda make, x, y: _fit_flips(make, x, y, STARTS[0], steps)[0]
    )
    told = max(fitted) - min(fitted) <= APART
    return Flipped(probability, float(np.mean(fitted[:-1])) if told else None, fitted)


def _out_of_fold(
    features: Column,
    labelled: Column,
    seed: int,
    folds: int,
    make: Callable[[], Any],
    fit: Callable[[Callable[[], Any], Column, Column], Any],
) -> Floats:
    from sklearn.model_selection import StratifiedKFold

    rows, flags = np.asarray(features), np.asarray(labelled, dtype=bool)
    if len(rows) != len(flags) or min(flags.sum(), (~flags).sum()) < folds:
        msg = (
            f"{flags.sum()} of {len(flags)} items ({len(rows)} rows) are labelled: {folds} folds need {folds} of each."
        )
        raise ValueError(msg)
    given = np.empty(len(rows))
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(rows, flags):
        given[test] = fit(make, rows[train], flags[train]).predict_proba(rows[test])[:, 1]
    return given


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky", warm_start=True))


def _fit_plain(make: Callable[[], Any], rows: Column, flags: Column) -> Any:
    return make().fit(rows, flags)


def _fit_flips(make: Callable[[], Any], rows: Column, flags: Column, share: float, steps: int) -> tuple[Any, float]:
    """A model of being positive and the share of positives unlabelled, from a `share` to start with."""
    twice = np.concatenate([rows, rows[~flags]])
    target = np.concatenate([np.ones(len(rows)), np.zeros(int((~flags).sum()))])
    # To start with, as many of the unlabelled are positive as the share says.
    hidden = np.full(int((~flags).sum()), min(0.5, flags.sum() * share / (1 - share) / max(1, (~flags).sum())))
    model = make()
    for _ in range(steps):
        weight = np.ones(len(rows))
        weight[~flags] = hidden
        model.fit(twice, target, **{f"{model.steps[-1][0]}__sample_weight": np.concatenate([weight, 1 - hidden])})
        chance = model.predict_proba(rows[~flags])[:, 1]
        hidden = np.clip(chance * share / (chance * share + 1 - chance), 1e-9, 1 - 1e-9)
        before, share = share, float(hidden.sum() / (hidden.sum() + flags.sum()))
        if abs(share - before) < 1e-4:
            break
    return model, share
