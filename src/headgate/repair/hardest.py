"""Which training items are hardest to forget: weights from a linearised removal, then a search by real removals.

Forgetting the items of weights w raises the loss of item i, to first order in the last layer, by sum_j w_j r_ij. The
set that is answered best afterwards then has the least sum_i w_i (loss_i + sum_j r_ij w_j): the upper problem of a
bilevel one whose lower problem was solved by one linear step. It is followed down over weights from 0 to 1 that sum to
the size. The weights only start the search, which swaps items by what removals truly leave of them.

Reference: Fan, Liu, Hero, Liu, "Challenging Forgets: Unveiling the Worst-Case Forget Sets in Machine Unlearning"
(ECCV 2024, arXiv 2403.07362), where the lower problem is solved by unrolled steps of signed gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from headgate.repair.shapes import Array, Doubles

Places = npt.NDArray[np.intp]
# what a removal of the items at these places leaves of each of them: 0 to 1, the probability of its answer
Removing = Callable[[Places], Doubles]
_STEPS = 200


@dataclass
class Seen:
    """Of each item (n) the sum of what removals left of it, how many took it out, and every set tried with its mean."""

    left: Doubles
    count: Doubles
    tried: dict[bytes, float] = field(default_factory=dict)

    def difficulty(self) -> Doubles:
        """What a removal leaves of each item on average; NaN where none took it out."""
        found: Doubles = np.where(self.count > 0, self.left / np.maximum(self.count, 1), np.nan)
        return found


def nothing_seen(items: int) -> Seen:
    """The record before any removal."""
    return Seen(np.zeros(items), np.zeros(items))


def weights(losses: Doubles, features: Array, residuals: Array, size: int, *, ridge: float = 0.1) -> Doubles:
    """How strongly each item (n) belongs to the hardest set of `size`, by the linearised bilevel problem: 0 to 1.

    `losses` (n), `features` (n x d) and `residuals` (n x outputs, the loss's slope by the outputs) are of the model
    before; `ridge` damps the features' covariance, in units of its mean eigenvalue.
    """
    rows = np.column_stack([np.asarray(features, float).reshape(len(losses), -1), np.ones(len(losses))])
    covariance = rows.T @ rows / len(rows)
    damped = covariance + ridge * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    through = np.linalg.solve(damped, rows.T) / len(rows)

    def slope(w: Doubles) -> Doubles:
        pulled = residuals * w[:, None]
        raised: Doubles = ((rows @ (through @ pulled)) * residuals).sum(1)  # sum_j w_j r_ij without the n x n matrix
        return losses + 2 * raised

    w = np.full(len(losses), size / len(losses))
    step = size / len(losses) / max(float(np.abs(slope(w)).mean()), 1e-12)
    for number in range(_STEPS):
        w = capped(w - step / np.sqrt(number + 1) * slope(w), size)
    return w


def capped(given: Doubles, size: int) -> Doubles:
    """The nearest weights to `given` (n) that lie between 0 and 1 and sum to `size`."""
    low, high = float(given.min()) - 1, float(given.max())
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(given - middle, 0, 1).sum() > size else (low, middle)
    found: Doubles = np.clip(given - high, 0, 1)
    return found


def drawn(removing: Removing, seen: Seen, size: int, number: int, seed: int) -> tuple[list[Places], Doubles]:
    """`number` random sets of `size` items, and what a removal of each left of it on average (`number`)."""
    generator = np.random.default_rng(seed)
    sets = [np.sort(generator.choice(len(seen.left), size, replace=False)) for _ in range(number)]
    return sets, np.asarray([observed(removing, seen, one) for one in sets])


def search(removing: Removing, seen: Seen, start: Doubles, size: int, *, budget: int, restarts: int,
           seed: int) -> tuple[Places, float]:  # fmt: skip
    """The set of `size` items of which removals left most, and how much, found in `budget` removals at most.

    It begins with the items of highest `start` (n), and at every restart at random near them; what was already seen
    counts. Each move swaps those of which least was left for others that promise more, fewer when it did not help.
    """
    generator = np.random.default_rng(seed + 1)
    best, most = _highest(start, size), -1.0
    for restart in range(restarts):
        promise = promised(seen, start)
        here = _highest(promise + restart * promise.std() * generator.standard_normal(len(start)), size)
        value, swaps = -1.0, max(1, size // 2)
        candidate = here
        for _ in range(budget // restarts):
            found = observed(removing, seen, candidate)
            here, value, swaps = (candidate, found, swaps) if found > value else (here, value, max(1, swaps // 2))
            candidate = _swapped(here, seen, start, swaps, generator)
        if value > most:
            best, most = here, value
    return best, most


def observed(removing: Removing, seen: Seen, places: Places) -> float:
    """What the removal of `places` leaves of them on average, recorded in `seen`; run once for each set."""
    key = places.tobytes()
    if key not in seen.tried:
        left = removing(places)
        seen.left[places] += left
        seen.count[places] += 1
        seen.tried[key] = float(left.mean())
    return seen.tried[key]


def promised(seen: Seen, start: Doubles) -> Doubles:
    """What a removal should leave of each item (n): what removals left, or of one never taken out what they left of
    the items of its rank by `start`.
    """
    found = seen.difficulty()
    known = np.sort(found[seen.count > 0])
    if len(known) < 2:
        return start
    ranks = np.argsort(np.argsort(start, kind="stable"), kind="stable") / max(len(start) - 1, 1)
    guessed = np.interp(ranks, np.linspace(0, 1, len(known)), known)
    settled: Doubles = np.where(seen.count > 0, found, guessed)
    return settled


def _swapped(here: Places, seen: Seen, start: Doubles, swaps: int, generator: np.random.Generator) -> Places:
    promise = promised(seen, start)
    promise = promise + 0.1 * promise.std() * generator.standard_normal(len(promise))
    outside = np.setdiff1d(np.arange(len(start)), here)
    swaps = min(swaps, len(outside))
    stay = here[np.argsort(promise[here], kind="stable")[swaps:]]
    come = outside[np.argsort(-promise[outside], kind="stable")[:swaps]]
    return np.sort(np.concatenate([stay, come]))


def _highest(values: Doubles, size: int) -> Places:
    return np.sort(np.argsort(-values, kind="stable")[:size])
