"""One score from several: weights by least squares on labelled rows that no scorer was trained on.

Scores P (n rows x k scorers) and labels y give w = (P'P)^-1 P'y without an intercept; the fused score is P w. Where
scorers are collinear that is unstable: then the weights are kept from being negative (NNLS) or shrunk (ridge).
Everything said of how good the fusion is comes from rows left out of the fit.

Reference: the mixture of convolutional networks with least-squares weights of S012 ("Smart Content Recognition from
Images Using a Mixture of Convolutional Neural Networks"); L. Breiman (1996), Stacked regressions, Machine Learning 24,
49-64 (weights not below 0); D. A. Belsley, E. Kuh and R. E. Welsch (1980), Regression Diagnostics (condition over 30);
Q. McNemar (1947), Psychometrika 12, 153-157; J. Platt (1999), Probabilistic outputs for support vector machines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from headgate.errors import BadInput
from headgate.evidence.clustered import Column, t_quantile
from headgate.evidence.splits import group_folds

Rule: TypeAlias = Literal["auto", "ols", "nnls", "ridge"]
ROWS_PER_SCORER = 20
COLLINEAR = 30.0
FOLDS = 5
_DRAWS = 200
_PENALTIES = tuple(10.0**power for power in range(-4, 3))


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights (k) with the ends of their 95 % intervals, an intercept (0 without), the rule that made them.

    `condition` is the condition number of the scorers' columns, each of unit length; `slope` and `offset` turn a fused
    score into a probability, 1 / (1 + exp(-(slope * score + offset))).
    """

    weights: Column
    low: Column
    high: Column
    intercept: float
    rule: str
    condition: float
    slope: float
    offset: float


@dataclass(frozen=True, slots=True)
class Versus:
    """Two ways to decide on the same rows: their accuracies, rows right by one alone, McNemar's exact two-sided p, and
    the 95 % interval of the difference.
    """

    ours: float
    theirs: float
    only_ours: int
    only_theirs: int
    p: float
    low: float
    high: float


def fuse(scores: Column, labels: Column, *, rule: Rule = "auto", intercept: bool = False, seed: int = 0) -> Fusion:
    """The fusion of `scores` (n x k, finite) for `labels` (n, 0 or 1).

    `auto` is least squares unless the columns' condition number is over 30, then NNLS or ridge, whichever errs less out
    of fold. Raises `BadInput` for fewer than 20 rows a scorer or fewer than `FOLDS` rows of a class.
    """
    rows, truth = check(scores, labels)
    condition = float(np.linalg.cond(rows / np.maximum(np.linalg.norm(rows, axis=0), 1e-300)))
    chosen = _choose(rows, truth, rule, intercept, condition, seed)
    made = _weights(rows, truth, chosen, intercept)
    rng = np.random.default_rng(seed)
    drawn = [
        _weights(rows[pick], truth[pick], chosen, intercept)[: rows.shape[1]]
        for pick in (rng.integers(0, len(rows), len(rows)) for _ in range(_DRAWS))
    ]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    apart = out_of_fold(rows, truth, rule=chosen, intercept=intercept, seed=seed)
    slope, offset = platt(apart, truth)
    own = float(made[-1]) if intercept else 0.0
    return Fusion(made[: rows.shape[1]], low, high, own, chosen, condition, slope, offset)


def fused(made: Fusion, scores: Column) -> Column:
    """The fused score of each row; NaN where a scorer's is."""
    # By rows and not as one product, whose rounding depends on how many rows there are.
    return np.asarray((np.asarray(scores, dtype=float) * made.weights).sum(axis=1) + made.intercept)


def probability(made: Fusion, score: Column) -> Column:
    """The calibrated probability of fused scores."""
    return _logistic(made.slope * np.asarray(score) + made.offset)


def out_of_fold(scores: Column, labels: Column, *, rule: Rule, intercept: bool, seed: int = 0) -> Column:
    """The fused score of each row with weights from the other folds."""
    rows, truth = np.asarray(scores, dtype=float), np.asarray(labels, dtype=float)
    given = np.empty(len(rows))
    for test in folds(truth, seed):
        made = _weights(rows[~test], truth[~test], rule, intercept)
        given[test] = rows[test] @ made[: rows.shape[1]] + (made[-1] if intercept else 0.0)
    return given


def decide(score: Column, labels: Column, *, seed: int = 0) -> Column:
    """Whether each score is over the cut that is most accurate on the other folds, for any scale of score."""
    values, truth = np.asarray(score, dtype=float), np.asarray(labels, dtype=bool)
    over = np.empty(len(values), dtype=bool)
    for test in folds(truth, seed):
        over[test] = values[test] >= _cut(values[~test], truth[~test])
    return over


def best_single(scores: Column, labels: Column, *, seed: int = 0) -> tuple[Column, Column]:
    """The decisions of the scorer that was most accurate on the other folds, and which it was in each fold."""
    rows, truth = np.asarray(scores, dtype=float), np.asarray(labels, dtype=bool)
    over, chosen = np.empty(len(rows), dtype=bool), []
    for test in folds(truth, seed):
        cuts = [_cut(column[~test], truth[~test]) for column in rows.T]
        right = [((column[~test] >= cut) == truth[~test]).mean() for column, cut in zip(rows.T, cuts, strict=True)]
        best = int(np.argmax(right))
        over[test] = rows[test, best] >= cuts[best]
        chosen.append(best)
    return over, np.array(chosen)


def versus(ours: Column, theirs: Column, labels: Column) -> Versus:
    """Two columns of decisions compared row by row."""
    from scipy.special import bdtr

    truth = np.asarray(labels, dtype=bool)
    right, other = np.asarray(ours) == truth, np.asarray(theirs) == truth
    more, less = int((right & ~other).sum()), int((other & ~right).sum())
    p = min(1.0, 2 * float(bdtr(min(more, less), more + less, 0.5))) if more + less else 1.0
    off = right.astype(float) - other
    half = t_quantile(len(off) - 1, 0.95) * float(off.std(ddof=1)) / len(off) ** 0.5
    mean = float(off.mean())
    return Versus(float(right.mean()), float(other.mean()), more, less, p, mean - half, mean + half)


def without(
    scores: Column, labels: Column, *, rule: Rule, intercept: bool, seed: int = 0
) -> list[tuple[float, float, float]]:
    """For each scorer, by how much the mean squared error out of fold grows without it, with its 95 % interval."""
    rows, truth = np.asarray(scores, dtype=float), np.asarray(labels, dtype=float)
    whole = (out_of_fold(rows, truth, rule=rule, intercept=intercept, seed=seed) - truth) ** 2
    made = []
    for left in range(rows.shape[1]):
        rest = np.delete(rows, left, axis=1)
        less = (
            out_of_fold(rest, truth, rule=rule, intercept=intercept, seed=seed)
            if rest.shape[1]
            else np.zeros(len(rows))
        )
        off = (less - truth) ** 2 - whole
        half = t_quantile(len(off) - 1, 0.95) * float(off.std(ddof=1)) / len(off) ** 0.5
        made.append((float(off.mean()), float(off.mean()) - half, float(off.mean()) + half))
    return made


def platt(score: Column, labels: Column) -> tuple[float, float]:
    """Slope and offset of a logistic curve through labels over scores, by Newton's method, with Platt's targets."""
    values, truth = np.asarray(score, dtype=float), np.asarray(labels, dtype=float)
    centre, spread = float(values.mean()), float(values.std()) or 1.0
    positives = truth.sum()
    target = np.where(truth > 0, (positives + 1) / (positives + 2), 1 / (len(truth) - positives + 2))
    columns, made = np.stack([(values - centre) / spread, np.ones(len(values))], axis=1), np.zeros(2)
    for _ in range(50):
        chance = _logistic(columns @ made)
        slope = columns.T @ (chance - target)
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns + 1e-9 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        made = made - np.clip(step, -5, 5)
        if float(np.abs(step).max()) < 1e-9:
            break
    return float(made[0] / spread), float(made[1] - made[0] * centre / spread)


def folds(labels: Column, seed: int) -> list[Column]:
    """The rows of each of `FOLDS` folds, as flags."""
    fold = group_folds(np.arange(len(labels)), np.asarray(labels, dtype=bool), FOLDS, seed=seed)
    return [fold == number for number in range(FOLDS)]


def check(scores: Column, labels: Column) -> tuple[Column, Column]:
    """Both as floats; raises `BadInput` where there are too few rows to weigh that many scorers."""
    rows, truth = np.asarray(scores, dtype=float), np.asarray(labels, dtype=float)
    needed = ROWS_PER_SCORER * rows.shape[1]
    if len(rows) < needed:
        msg = (
            f"{len(rows)} labelled rows for {rows.shape[1]} scorers: weights need {needed}, {ROWS_PER_SCORER} a scorer."
        )
        raise BadInput(msg)
    if min(truth.sum(), (1 - truth).sum()) < FOLDS:
        msg = f"{int(truth.sum())} of {len(truth)} labelled rows are positive: give at least {FOLDS} of either class."
        raise BadInput(msg)
    return rows, truth


def _choose(rows: Column, truth: Column, rule: Rule, intercept: bool, condition: float, seed: int) -> Rule:
    if rule != "auto":
        return rule
    if condition <= COLLINEAR:
        return "ols"
    rules: tuple[Rule, ...] = ("nnls", "ridge")
    off = {
        one: float(((out_of_fold(rows, truth, rule=one, intercept=intercept, seed=seed) - truth) ** 2).mean())
        for one in rules
    }
    return min(rules, key=lambda one: off[one])


def _weights(rows: Column, truth: Column, rule: Rule, intercept: bool) -> Column:
    """The weights, and the intercept behind them where one is asked for."""
    shift = rows.mean(axis=0) if intercept else np.zeros(rows.shape[1])
    level = float(truth.mean()) if intercept else 0.0
    columns, target = rows - shift, truth - level
    if rule == "nnls":
        from scipy.optimize import nnls

        found = nnls(columns, target)[0]
    elif rule == "ridge":
        found = _ridge(columns, target)
    else:
        found = np.linalg.lstsq(columns, target, rcond=None)[0]
    return np.append(found, level - float(shift @ found)) if intercept else np.asarray(found)


def _ridge(rows: Column, target: Column) -> Column:
    """Ridge weights on columns of unit length, the penalty by generalised cross-validation."""
    length = np.maximum(np.linalg.norm(rows, axis=0), 1e-300)
    left, sizes, right = np.linalg.svd(rows / length, full_matrices=False)
    inner = left.T @ target
    best: tuple[float, Column] | None = None
    for penalty in _PENALTIES:
        kept = sizes**2 / (sizes**2 + penalty)
        off = float(((target - left @ (kept * inner)) ** 2).sum()) / (1 - kept.sum() / len(target)) ** 2
        if best is None or off < best[0]:
            best = off, right.T @ (sizes / (sizes**2 + penalty) * inner) / length
    assert best is not None
    return best[1]


def _cut(score: Column, truth: Column) -> float:
    """The cut, half way between two scores, with the most rows right; the lowest of equals."""
    values, place = np.unique(score, return_inverse=True)
    positive, total = np.bincount(place, truth), np.bincount(place)
    missed = np.concatenate([[0], np.cumsum(positive)])  # positives below each cut
    flagged = len(truth) - np.concatenate([[0], np.cumsum(total)])
    right = (positive.sum() - missed) + (len(truth) - positive.sum()) - (flagged - (positive.sum() - missed))
    best = int(np.argmax(right))
    if best == 0:
        return -np.inf
    return np.inf if best == len(values) else float((values[best - 1] + values[best]) / 2)


def _logistic(values: Column) -> Column:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -700, 700))))
