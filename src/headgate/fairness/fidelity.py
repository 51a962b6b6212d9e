"""How well simple local explanations follow a model's scores in each group, and what of the gap comes from where.

The explanation of a row is a linear model of the scores of its nearest rows, near ones weighing more, as in LIME but
with rows of the table in place of made-up ones; the row itself is left out, and its score then predicted. Fidelity is
R2 of these predictions within the group, or how often they fall on the same side of a cut.

Reference: Mhasawade et al. (2024), Understanding Disparities in Post Hoc Machine Learning Explanation, arXiv
2401.14539; Ribeiro, Singh and Guestrin (2016), Why Should I Trust You?, KDD, for local surrogates.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.fairness.counts import Floats

Kind = Literal["r2", "accuracy"]
Ints = npt.NDArray[np.int64]
_RIDGE = 0.1  # of the weight of all neighbours, on features of variance 1; chosen on Adult's training rows
_AT_ONCE = 64  # rows explained at a time


class Parts(NamedTuple):
    """A gap of fidelity between two groups, each of shape (draws,) or a number.

    `raw` as found; `size` what vanishes when explanations draw on as many rows of each group; `covariates` what then
    vanishes when the better group is weighted to the features of the worse one; `rest` what remains.
    """

    raw: Floats
    size: Floats
    covariates: Floats
    rest: Floats


def standardised(features: npt.ArrayLike) -> Floats:
    """`features` (n, p) with mean 0 and variance 1 in each column; a constant column is 0. Raises `UsageError`."""
    given = np.asarray(features, dtype=np.float64)
    if given.ndim != 2 or not given.size or not np.isfinite(given).all():
        msg = f"features of shape {given.shape}: give finite numbers, a row for each case."
        raise UsageError(msg)
    spread = given.std(0)
    return np.asarray((given - given.mean(0)) / np.where(spread > 0, spread, 1))


def explained(features: Floats, scores: Floats, at: Ints, among: Ints, *, neighbours: int = 200) -> Floats:
    """The scores that local linear models predict for the rows `at` (m), shape (m,).

    Each is fitted to the `neighbours` nearest of the rows `among` in `features` (n, p), the row itself left out, with
    tricube weights and a little ridge. Raises `UsageError` where `among` has too few rows.
    """
    if not 3 <= neighbours < len(among):
        msg = f"{neighbours} neighbours among {len(among)} rows. Give at least 3, and more rows than that."
        raise UsageError(msg)
    x, y = features[among], scores[among]
    length = (x * x).sum(1)
    found = np.empty(len(at))
    for start in range(0, len(at), _AT_ONCE):
        these = at[start : start + _AT_ONCE]
        point = features[these]
        far = np.maximum(length[None, :] - 2 * point @ x.T + (point * point).sum(1)[:, None], 0)
        far[these[:, None] == among[None, :]] = np.inf
        near = np.argpartition(far, neighbours, axis=1)[:, :neighbours]
        found[start : start + _AT_ONCE] = _local(point, x[near], y[near], np.take_along_axis(far, near, 1))
    return found


def _local(point: Floats, x: Floats, y: Floats, far: Floats) -> Floats:
    # centred on the point, so that the intercept is the prediction
    edge = np.sqrt(far.max(1, keepdims=True)) * 1.0001 + 1e-12
    weight = (1 - (np.sqrt(far) / edge) ** 3) ** 3
    total = weight.sum(1)
    mean_x, mean_y = (weight[:, :, None] * x).sum(1) / total[:, None], (weight * y).sum(1) / total
    dx, dy = x - mean_x[:, None, :], y - mean_y[:, None]
    weighted = dx * weight[:, :, None]
    normal = np.swapaxes(weighted, 1, 2) @ dx + _RIDGE * total[:, None, None] * np.eye(x.shape[2])
    slope = np.linalg.solve(normal, (weighted * dy[:, :, None]).sum(1)[:, :, None])[:, :, 0]
    return np.asarray(mean_y + ((point - mean_x) * slope).sum(1))


def fidelity(scores: Floats, predicted: Floats, weights: Floats, kind: Kind = "r2", *, cut: float = 0.5) -> Floats:
    """R2, or the share on the same side of `cut`, of rows (..., n) with `weights` (..., n); NaN where undefined.

    `predicted` may have leading axes too. 1 is perfect; R2 is below 0 where the mean of the group explains more.
    """
    total = weights.sum(-1)
    if kind == "accuracy":
        same = (scores >= cut) == (predicted >= cut)
        return _divided((weights * same).sum(-1), total)
    mean = _divided((weights * scores).sum(-1), total)
    lost = (weights * (scores - predicted) ** 2).sum(-1)
    return 1 - _divided(lost, (weights * (scores - mean[..., None]) ** 2).sum(-1))


def parts(
    scores: Floats, found: Floats, even: Floats, weights: tuple[Floats, Floats, Floats], kind: Kind = "r2",
    *, cut: float = 0.5,
) -> Parts:  # fmt: skip
    """Where the gap of fidelity between two groups comes from, over the rows explained (m).

    `found` (m) are predictions drawn from all rows, `even` (repeats, m) those drawn from as many rows of each group.
    `weights`, each (m) or (draws, m), are of the better group, of the worse, and of the better as if its features were
    those of the worse; a bootstrap gives weights that count rows more or less than once.
    """
    better, worse, alike = weights

    def evenly(rows: Floats) -> Floats:
        return np.asarray(fidelity(scores, even[:, None, :], np.atleast_2d(rows), kind, cut=cut).mean(0))

    raw = fidelity(scores, found, better, kind, cut=cut) - fidelity(scores, found, worse, kind, cut=cut)
    same_size, weighted = evenly(better) - evenly(worse), evenly(alike) - evenly(worse)
    shape = np.shape(raw)
    same_size, weighted = same_size.reshape(shape), weighted.reshape(shape)
    return Parts(raw, raw - same_size, same_size - weighted, weighted)


def like(features: Floats, worse: npt.NDArray[np.bool_], *, seed: int = 0) -> Floats:
    """How much more often features as those of a row (n, p) occur in the group `worse` than outside it, shape (n,).

    The odds of a logistic regression, cut at their 99th percentile outside; 1 for rows of `worse`.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, max_iter=1000, random_state=seed, class_weight="balanced")
    chance = model.fit(features, worse).predict_proba(features)[:, 1]
    odds = chance / np.maximum(1 - chance, 1e-9)
    return np.where(worse, 1.0, np.minimum(odds, np.quantile(odds[~worse], 0.99)))


def _divided(over: Floats, under: Floats) -> Floats:
    none = np.full(np.broadcast_shapes(np.shape(over), np.shape(under)), np.nan)
    found: Floats = np.divide(over, under, out=none, where=under > 0)
    return found
