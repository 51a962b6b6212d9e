"""A hidden group behind three noisy proxies: the latent class model of a table of counts, fitted to many at once.

The model: a hidden group of K, cells (such as what was decided), and three proxies that are independent of each other
and of the cell given the group. Fitted by expectation maximisation with squared extrapolation. Arrays have tables as
leading axes, so that the draws of a bootstrap cost one call.

Reference: Dempster, Laird and Rubin (1977), Journal of the Royal Statistical Society B 39, 1-38, and for the
extrapolation Varadhan and Roland (2008), Scandinavian Journal of Statistics 35, 335-353. That three views identify the
model: Allman, Matias and Rhodes (2009), Annals of Statistics 37, 3099-3132.
Checked against: moments of Lazarsfeld's model, solved by hand (tests/fairness/test_latent_group.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

from headgate.fairness.counts import Floats

_TINY = 1e-300
_ROUNDS, _ENOUGH = 2000, 1e-10  # of squared steps, and the gain of mean log likelihood below which they end
_STARTS = (0.6, 0.75, 0.9)  # accuracies of the proxies that fits start from


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model for each table.

    `joint` (..., cells, K) are shares of cell and hidden group, `told` (..., 3, K, K) what a proxy says (last axis)
    given the group, `fitted` the mean log likelihood, `done` whether the steps came to an end.
    """

    joint: Floats
    told: Floats
    fitted: Floats
    done: npt.NDArray[np.bool_]

    @property
    def prior(self) -> Floats:
        """The share of each group, shape (..., K)."""
        return np.asarray(self.joint.sum(-2))

    @property
    def accuracy(self) -> Floats:
        """How often each proxy names the hidden group, shape (..., 3)."""
        right = np.diagonal(self.told, axis1=-2, axis2=-1)
        return np.asarray((right * self.prior[..., None, :]).sum(-1))

    @property
    def informed(self) -> Floats:
        """0 where a proxy says the same of every group, 1 where it is always right, shape (..., 3).

        For two groups it is Youden's J: sensitivity plus specificity less 1.
        """
        right = np.diagonal(self.told, axis1=-2, axis2=-1).sum(-1)
        return np.asarray((right - 1) / (self.told.shape[-1] - 1))


def fit(table: Floats, *, start: Fit | None = None) -> Fit:
    """The most likely model of `table` (..., cells, K, K, K), groups named as most proxies name them.

    `start` is where to begin, broadcast over tables; without it the best of several starts is taken, all of them with
    proxies that are right more often than not, so that labels cannot be switched.
    """
    if start is not None:
        return _named(_climb(table, *_spread(start, table)))
    found = [_climb(table, *_begin(table, accuracy)) for accuracy in _STARTS]
    best = np.argmax([one.fitted for one in found], axis=0)

    def pick(every: list[Floats]) -> Floats:
        place = best.reshape(1, *best.shape, *[1] * (every[0].ndim - best.ndim))
        return np.asarray(np.take_along_axis(np.stack(every), place, 0)[0])

    done = pick([one.done.astype(float) for one in found]) > 0
    return _named(
        Fit(pick([one.joint for one in found]), pick([one.told for one in found]),
            pick([one.fitted for one in found]), np.asarray(done))
    )  # fmt: skip


def expected(one: Fit) -> Floats:
    """The shares of the table that the model expects, shape (..., cells, K, K, K)."""
    a, b, c = (one.told[..., at, :, :] for at in range(3))
    return np.asarray(np.einsum("...ck,...kx,...ky,...kz->...cxyz", one.joint, a, b, c, optimize=True))


def _begin(table: Floats, accuracy: float) -> tuple[Floats, Floats]:
    groups, lead = table.shape[-1], table.shape[:-4]
    noise = np.full((groups, groups), (1 - accuracy) / (groups - 1))
    np.fill_diagonal(noise, accuracy)
    cells = table.sum((-3, -2, -1)) / table.sum((-4, -3, -2, -1))[..., None]
    # groups begin as large as the proxies say
    said = np.mean([table.sum(axes) for axes in ((-4, -2, -1), (-4, -3, -1), (-4, -3, -2))], axis=0)
    joint = cells[..., :, None] * (said / said.sum(-1, keepdims=True))[..., None, :]
    return joint, np.broadcast_to(noise, (*lead, 3, groups, groups)).copy()


def _spread(start: Fit, table: Floats) -> tuple[Floats, Floats]:
    lead = table.shape[:-4]
    return (np.broadcast_to(start.joint, (*lead, *start.joint.shape[-2:])).copy(),
            np.broadcast_to(start.told, (*lead, *start.told.shape[-3:])).copy())  # fmt: skip


def _step(share: Floats, joint: Floats, told: Floats) -> tuple[Floats, Floats, Floats]:
    """One step of expectation maximisation, and the mean log likelihood before it."""
    a, b, c = (told[..., at, :, :] for at in range(3))
    both = (
        joint[..., :, None, None, None, :]
        * np.swapaxes(a, -1, -2)[..., None, :, None, None, :]
        * np.swapaxes(b, -1, -2)[..., None, None, :, None, :]
        * np.swapaxes(c, -1, -2)[..., None, None, None, :, :]
    )
    total = both.sum(-1)
    likely = (share * np.log(np.maximum(total, _TINY))).sum((-4, -3, -2, -1))
    both *= (share / np.maximum(total, _TINY))[..., None]
    said = [both.sum(axes) for axes in ((-5, -3, -2), (-5, -4, -2), (-5, -4, -3))]
    told = np.swapaxes(np.stack(said, -3), -1, -2)
    return both.sum((-4, -3, -2)), told / np.maximum(told.sum(-1, keepdims=True), _TINY), likely


def _climb(table: Floats, joint: Floats, told: Floats) -> Fit:
    """Squared extrapolation: two steps tell where to go, a longer third is taken where it loses no likelihood."""
    share = table / table.sum((-4, -3, -2, -1), keepdims=True)
    lead, before = share.shape[:-4], np.full(share.shape[:-4], -np.inf)
    done = np.zeros(lead, dtype=bool)
    for _ in range(_ROUNDS):
        joint1, told1, _ = _step(share, joint, told)
        joint2, told2, _ = _step(share, joint1, told1)
        far = _length(joint, joint1, joint2, told, told1, told2)
        ahead = _along(joint, joint1, joint2, far), _along(told, told1, told2, far)
        joint3, told3, likely3 = _step(share, *_proper(*ahead))
        plain_joint, plain_told, likely2 = _step(share, joint2, told2)
        worse = likely3 < likely2
        joint = np.where(worse[..., None, None], plain_joint, joint3)
        told = np.where(worse[..., None, None, None], plain_told, told3)
        likely = np.maximum(likely2, likely3)
        done = likely - before < _ENOUGH
        if done.all():
            break
        before = likely
    return Fit(joint, told, before if not done.all() else likely, done)


def _length(*of: Floats) -> Floats:
    """How far to go, 1 or more, for each table, from the lengths of the first and of the change of the steps."""
    joint, joint1, joint2, told, told1, told2 = of
    first = ((joint1 - joint) ** 2).sum((-2, -1)) + ((told1 - told) ** 2).sum((-3, -2, -1))
    bend_joint, bend_told = joint2 - 2 * joint1 + joint, told2 - 2 * told1 + told
    bend = (bend_joint**2).sum((-2, -1)) + (bend_told**2).sum((-3, -2, -1))
    return np.asarray(np.clip(np.sqrt(first / np.maximum(bend, _TINY)), 1, 1e4))


def _along(start: Floats, first: Floats, second: Floats, far: Floats) -> Floats:
    length = far.reshape(*far.shape, *[1] * (start.ndim - far.ndim))
    return np.asarray(start + 2 * length * (first - start) + length**2 * (second - 2 * first + start))


def _proper(joint: Floats, told: Floats) -> tuple[Floats, Floats]:
    joint, told = np.maximum(joint, 1e-12), np.maximum(told, 1e-12)
    return joint / joint.sum((-2, -1), keepdims=True), told / told.sum(-1, keepdims=True)


def _named(one: Fit) -> Fit:
    """The same with its groups in the order in which proxies are right most often."""
    groups = one.told.shape[-1]
    orders = np.array(list(permutations(range(groups))))
    right = np.stack([one.told[..., :, order, np.arange(groups)].sum((-2, -1)) for order in orders])
    best = orders[right.argmax(0)]
    joint = np.take_along_axis(one.joint, best[..., None, :], -1)
    told = np.take_along_axis(one.told, best[..., None, :, None], -2)
    return Fit(joint, told, one.fitted, one.done)
