"""How far a linear model's scores can fall when any k of its training rows are deleted: bounds with a proof.

A linear model here is the optimum of sum_i loss_i + strength / 2 |w|^2, its intercept free of the penalty, with the
squared loss (ridge) or the logistic one. With H the Hessian at the optimum, u_i = sqrt(loss'') (x_i, 1) and
s_i = loss' / sqrt(loss''), deleting the set S moves the score of a point x by

    a' (I - L)^-1 s + e,   a_i = x' H^-1 u_i,   L_ij = u_i' H^-1 u_j,   i, j in S,

where e is 0 for ridge (Sherman, Morrison, Woodbury). The bound takes the k worst single deletions a_i s_i / (1 - L_ii)
and adds what rows can do together (the part of L off the diagonal, by Gershgorin's circles). For the logistic loss
|loss'''| <= loss'', so if no row's score moves more than r, the Hessian on the way changes by at most exp(r) either
way and |e| <= (r / (1 - exp(-r)) - 1) |x| |g|, norms by the inverse Hessian without S and g the gradient of S. r is the
least number that this same bound, put to every training row, does not exceed; as the weights move continuously while
rows are faded out, none can get past it. Where no such r is found, nothing is certified.

Reference: Krishna, Ma, Lakkaraju, "Towards Bridging the Gaps between the Right to Explanation and the Right to be
Forgotten" (ICML 2023, arXiv 2302.04288) for the problem; Bach (2010), Self-concordant analysis for logistic
regression, Electron. J. Stat. 4, 384-414, proposition 1 for the Hessian on the way. The bound is our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError

Doubles: TypeAlias = npt.NDArray[np.float64]
Loss: TypeAlias = Literal["ridge", "logistic"]
_STEPS = 100  # of Newton's method, of fixed points and of line searches
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear model at its optimum: rows (n x d, the last column 1), answers y (n), weights (d, the last one the
    intercept), the inverse Hessian (d x d), and of each row the first two derivatives of its loss by its score (n).
    """

    rows: Doubles
    y: Doubles
    loss: Loss
    strength: float
    weights: Doubles
    inverse: Doubles
    slope: Doubles
    curve: Doubles


def fitted(x: npt.ArrayLike, y: npt.ArrayLike, loss: Loss, strength: float) -> Linear:
    """The model of rows `x` (n x d) and answers `y` (n; 0 or 1 for the logistic loss) by Newton's method.

    Raises `UsageError` where it has no optimum: no penalty and rows that a plane parts, or that depend on each other.
    """
    rows = np.column_stack([np.asarray(x, float), np.ones(len(np.asarray(x)))])
    return _optimum(rows, np.asarray(y, float), loss, strength, np.zeros(rows.shape[1]))


def without(model: Linear, places: npt.ArrayLike) -> Doubles:
    """The weights (d) of the model trained again without the rows at `places`, exactly."""
    stay = np.ones(len(model.rows), bool)
    stay[np.asarray(places, np.intp)] = False
    return _optimum(model.rows[stay], model.y[stay], model.loss, model.strength, model.weights).weights


def effects(model: Linear, points: Doubles) -> Doubles:
    """What deleting each row alone does to the score of each of `points` (m x d, the last column 1): m x n.

    Exact for ridge; for the logistic loss the first-order part, which `falls` bounds the rest of.
    """
    own = np.einsum("ij,jk,ik->i", model.rows, model.inverse, model.rows) * model.curve
    found: Doubles = points @ model.inverse @ (model.rows * (model.slope / np.maximum(1 - own, _TINY))[:, None]).T
    return found


def falls(model: Linear, points: Doubles, k: int) -> Doubles:
    """How far at most the score of each of `points` (m x d, the last column 1) falls if any `k` rows or fewer are
    deleted and the model is trained again (m); infinite where nothing can be proved. Takes memory for n x n numbers.
    """
    roots = np.sqrt(model.curve)
    u = model.rows * roots[:, None]
    leverage = u @ model.inverse @ u.T
    own, between = np.diag(leverage).copy(), np.abs(leverage)
    np.fill_diagonal(between, 0.0)
    others = _top(between, k - 1)
    most = float((own + others).max())  # of the largest eigenvalue of L, whatever S is
    left = 1 - own
    if most >= 1 or left.min() <= _TINY:
        return np.full(len(points), np.inf)
    joint = float(_top(between / np.sqrt(np.outer(left, left)), k - 1).max())
    if joint >= 1:
        return np.full(len(points), np.inf)
    s = model.slope / np.maximum(roots, 1e-150)
    apart = joint / (1 - joint) * float(np.sqrt(_top((s**2 / left)[None], k)[0]))

    def linear(at: Doubles, effect: Doubles) -> Doubles:
        a = (at @ model.inverse @ u.T) ** 2 / left
        summed: Doubles = _top(np.maximum(effect, 0.0), k) + apart * np.sqrt(_top(a, k))
        return summed

    found = linear(points, -effects(model, points))
    if model.loss == "ridge":
        return found
    gradient = float(_top((np.abs(s) * np.sqrt(own))[None], k)[0]) / np.sqrt(1 - most)
    single = effects(model, model.rows)
    reach = np.maximum(linear(model.rows, single), linear(model.rows, -single))
    shift = _fixed(reach, _norms(model, model.rows) / np.sqrt(1 - most) * gradient)
    bound: Doubles = found + _excess(shift) * _norms(model, points) / np.sqrt(1 - most) * gradient
    return bound


def extended(x: Doubles) -> Doubles:
    """Each of `x` (m x d) with a last column of 1, for the intercept."""
    return np.column_stack([x, np.ones(len(x))])


def _optimum(rows: Doubles, y: Doubles, loss: Loss, strength: float, start: Doubles) -> Linear:
    penalty, weights = np.append(np.full(rows.shape[1] - 1, strength), 0.0), start
    for _ in range(_STEPS):
        slope, curve = _derivatives(loss, rows @ weights, y)
        gradient = rows.T @ slope + penalty * weights
        hessian = (rows * curve[:, None]).T @ rows + np.diag(penalty)
        try:
            inverse = np.asarray(np.linalg.inv(hessian), np.float64)
        except np.linalg.LinAlgError:
            break
        # twice what the objective could still fall by, beside what it is: answers may be in any unit
        if float(gradient @ inverse @ gradient) < 1e-22 * max(1.0, _value(rows, y, loss, penalty, weights)):
            return Linear(rows, y, loss, strength, weights, inverse, slope, curve)
        weights = _stepped(rows, y, loss, penalty, weights, inverse @ gradient)
    msg = (
        f"{loss} regression of {len(rows)} rows with an L2 strength of {strength:g} has no optimum. Raise the strength."
    )
    raise UsageError(msg)


def _stepped(rows: Doubles, y: Doubles, loss: Loss, penalty: Doubles, weights: Doubles, step: Doubles) -> Doubles:
    """A Newton step, halved until the objective does not rise."""
    now, size = _value(rows, y, loss, penalty, weights), 1.0
    while _value(rows, y, loss, penalty, weights - size * step) > now + 1e-12 * (1 + abs(now)) and size > 1e-8:
        size /= 2
    found: Doubles = weights - size * step
    return found


def _value(rows: Doubles, y: Doubles, loss: Loss, penalty: Doubles, at: Doubles) -> float:
    score = rows @ at
    each = (score - y) ** 2 / 2 if loss == "ridge" else np.logaddexp(0, score) - y * score
    return float(each.sum() + (penalty * at**2).sum() / 2)


def _derivatives(loss: Loss, score: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
    if loss == "ridge":
        return score - y, np.ones(len(y))
    p = 1 / (1 + np.exp(-np.clip(score, -500, 500)))
    return p - y, p * (1 - p)


def _fixed(reach: Doubles, spread: Doubles) -> float:
    """The least r with max(reach + excess(r) spread) <= r, or infinity."""
    r = float(reach.max())
    for _ in range(_STEPS):
        following = float((reach + _excess(r) * spread).max())
        if following > 50:
            return np.inf
        if following <= r * (1 + 1e-6):
            break
        r = following
    r = r * 1.001 + _TINY
    return r if float((reach + _excess(r) * spread).max()) < r else np.inf


def _excess(r: float) -> float:
    if not np.isfinite(r):
        return np.inf
    return float(r / -np.expm1(-r) - 1) if r > 0 else 0.0


def _norms(model: Linear, points: Doubles) -> Doubles:
    found: Doubles = np.sqrt(np.einsum("ij,jk,ik->i", points, model.inverse, points))
    return found


def _top(values: Doubles, k: int) -> Doubles:
    """The sum of the `k` largest of each row of `values` (m x n, none below 0)."""
    k = min(k, values.shape[1])
    if k <= 0:
        return np.zeros(len(values), np.float64)
    found: Doubles = np.partition(values, values.shape[1] - k, axis=1)[:, values.shape[1] - k :].sum(1)
    return found
