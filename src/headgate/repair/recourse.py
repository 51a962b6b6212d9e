"""Recourse of a linear model: the least change of a rejected row that has it accepted, plain or robust to deletions.

Reference: Ustun, Spangher, Liu, "Actionable Recourse in Linear Classification" (FAT* 2019, arXiv 1809.06514), here
without limits on what can be changed; Krishna, Ma, Lakkaraju (ICML 2023, arXiv 2302.04288) for robust recourse.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.repair.deletions import Doubles, Linear, effects, extended, falls, without

_TINY = 1e-9


def moves(model: Linear, x: Doubles, over: float) -> Doubles:
    """The least step along the weights that takes each of `x` (m x d) to a score of `over` (m, Euclidean)."""
    slope = float(np.linalg.norm(model.weights[:-1]))
    if slope <= _TINY:
        msg = "the model's weights are all 0, so that no change of a row changes its score. Give another model."
        raise UsageError(msg)
    found: Doubles = np.maximum((over - scores(model.weights, x)) / slope, 0.0)
    return found


def robust_moves(model: Linear, x: Doubles, over: float, k: int, start: Doubles) -> Doubles:
    """The least step from `start` (m) on along the weights after which no `k` deletions can take the score of each of
    `x` (m x d) under `over`, by the bound (m); infinite where none was found within 2^20 times the step.
    """

    def sure(steps: Doubles) -> npt.NDArray[np.bool_]:
        return certified(model, moved(model, x, steps), over, k)

    low, high = start.copy(), np.maximum(start, 1e-3)
    for _ in range(20):
        failed = ~sure(high)
        if not failed.any():
            break
        low, high = np.where(failed, high, low), np.where(failed, 2 * high, high)
    failed = ~sure(high)
    for _ in range(30):
        middle = (low + high) / 2
        good = sure(middle)
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    first = sure(start)
    return np.where(first, start, np.where(failed, np.inf, high))


def certified(model: Linear, x: Doubles, over: float, k: int) -> npt.NDArray[np.bool_]:
    """Whether the score of each of `x` (m x d) provably stays over `over` whichever `k` rows are deleted (m)."""
    now = scores(model.weights, x)
    # rounding grows with the unit of the score
    found: npt.NDArray[np.bool_] = now - falls(model, extended(x), k) > over + _TINY * np.maximum(1.0, np.abs(now))
    return found


def attacked(model: Linear, x: Doubles, over: float, k: int) -> npt.NDArray[np.bool_]:
    """Whether deleting the `k` rows that seem worst for each of `x` (m x d) takes its score under `over`, the model
    trained again in truth (m). Where it does not, other rows may still; without an optimum nothing is trained.
    """
    worst = np.sort(np.argsort(effects(model, extended(x)), axis=1, kind="stable")[:, :k], axis=1)
    sets, which = np.unique(worst, axis=0, return_inverse=True)
    weights = np.stack([_again(model, one) for one in sets])
    found: npt.NDArray[np.bool_] = (extended(x) * weights[which.ravel()]).sum(1) <= over  # NaN is not under
    return found


def _again(model: Linear, places: npt.NDArray[np.intp]) -> Doubles:
    """The weights without the rows at `places`; NaN where what is left has no optimum."""
    try:
        return without(model, places)
    except UsageError:
        return np.full(len(model.weights), np.nan)


def moved(model: Linear, x: Doubles, steps: Doubles) -> Doubles:
    """Each of `x` (m x d) taken its step (m) along the weights."""
    ahead = model.weights[:-1] / np.linalg.norm(model.weights[:-1])
    found: Doubles = x + np.where(np.isfinite(steps), steps, 0.0)[:, None] * ahead
    return found


def scores(weights: Doubles, x: Doubles) -> Doubles:
    """The score of each of `x` (m x d) by `weights` (d + 1, the intercept last)."""
    found: Doubles = x @ weights[:-1] + weights[-1]
    return found
