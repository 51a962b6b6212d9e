"""Measures by groups that nobody recorded, from three weak proxies of the group, and whether they can be believed.

The proxies must be independent of each other and of the decision given the group. With cells of what was decided (and
was true) the counts outnumber the parameters of the model, so the independence is tested, and so is what the test would
have noticed. Only counts go in, and only totals come out.

Reference: Zhu et al. (2023), Weak Proxies are Sufficient and Preferable for Fairness with Missing Sensitive Attributes,
arXiv 2210.03175, who match agreements of up to three proxies; here the same model is fitted by likelihood.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.fairness.bootstrap import enough
from headgate.fairness.counts import Counts, Floats
from headgate.fairness.latent_group import Fit, expected, fit

_TINY = 1e-300


def tally(cells: npt.ArrayLike, proxies: npt.ArrayLike, *, kinds: int, groups: int) -> Floats:
    """Counts of rows by cell and the three proxies' values, shape (kinds, K, K, K).

    `cells` (n) from 0 to `kinds` - 1, `proxies` (n, 3) from 0 to `groups` - 1. Raises `UsageError`.
    """
    cell, said = np.asarray(cells, dtype=np.int64), np.asarray(proxies, dtype=np.int64)
    if said.shape != (len(cell), 3) or not len(cell):
        msg = f"proxies of shape {said.shape} for {len(cell)} rows. Give three for each row, and at least one row."
        raise UsageError(msg)
    shape = (kinds, groups, groups, groups)
    at = np.ravel_multi_index((cell, *said.T), shape)
    return np.bincount(at, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def redrawn(table: Floats, *, draws: int = 1000, seed: int = 0) -> Floats:
    """Tables of bootstrap samples of the rows of `table`, shape (draws, cells, K, K, K). Raises `UsageError`."""
    enough(draws, table.size * table.shape[-1])
    n = int(table.sum())
    drawn = np.random.default_rng(seed).multinomial(n, table.ravel() / table.sum(), size=draws)
    return drawn.reshape(draws, *table.shape).astype(np.float64)


def corrected(one: Fit, groups: tuple[str, ...]) -> Counts:
    """Shares of the four outcomes by hidden group; of two cells (not decided, decided) only selection rates hold."""
    return _counts(one.joint, groups)


def naive(table: Floats, groups: tuple[str, ...]) -> Counts:
    """Counts of the four outcomes by the group that most proxies name, the first one's where they all differ."""
    size = table.shape[-1]
    a, b, c = np.indices((size, size, size))
    voted = np.where(b == c, b, a)
    return _counts(np.stack([table[..., voted == one].sum(-1) for one in range(size)], -1), groups)


def single(table: Floats, proxy: int, groups: tuple[str, ...]) -> Counts:
    """Counts of the four outcomes by the group that the proxy numbered `proxy` names."""
    others = tuple(axis for at, axis in enumerate((-3, -2, -1)) if at != proxy)
    return _counts(table.sum(others), groups)


def misfit(table: Floats, one: Fit) -> Floats:
    """Twice the log likelihood ratio of `table` against the model `one` fitted to it; small where the model holds."""
    n = table.sum((-4, -3, -2, -1))
    likely = np.where(table > 0, table * np.log(np.maximum(table, _TINY) / n[..., None, None, None, None]), 0.0)
    return np.asarray(2 * (likely.sum((-4, -3, -2, -1)) - n * one.fitted))


def spare(table: Floats) -> int:
    """By how many the counts of `table` outnumber the parameters of the model."""
    cells, groups = table.shape[-4], table.shape[-1]
    return int(cells * groups**3 - 1 - (cells * groups - 1) - 3 * groups * (groups - 1))


def independence(table: Floats, one: Fit, *, draws: int = 500, seed: int = 0) -> float:
    """How often a table drawn from the model `one` of `table` fits as badly: small where proxies are dependent.

    A parametric bootstrap, since counts may be few and chances near 0.
    """
    drawn = redrawn(expected(one) * table.sum(), draws=draws, seed=seed)
    return float((1 + (misfit(drawn, fit(drawn, start=one)) >= misfit(table, one)).sum()) / (draws + 1))


def power(table: Floats, one: Fit, *, copied: float = 0.2, level: float = 0.05) -> float:
    """How surely the test at `level` finds a proxy that repeats another's word in a share `copied` of the rows.

    The least over the three pairs, by the noncentral chi square.
    """
    from scipy.stats import chi2, ncx2

    told, same = one.told, np.eye(one.told.shape[-1])
    found = []
    for first, second, third in ((0, 1, 2), (0, 2, 1), (1, 2, 0)):
        pair = told[first][:, :, None] * ((1 - copied) * told[second][:, None, :] + copied * same)
        planted = np.einsum("ck,kxy,kz->cxyz", one.joint, pair, told[third])
        apart = max(float(misfit(planted, fit(planted))) * float(table.sum()), 0.0)
        found.append(float(ncx2.sf(chi2.isf(level, spare(table)), spare(table), max(apart, 1e-9))))
    return min(found)


def smallest(one: Fit) -> Floats:
    """The smallest singular value of what each proxy says by group, shape (..., 3): 0 where two groups look alike."""
    return np.asarray(np.linalg.svd(one.told, compute_uv=False)[..., -1])


def sharpest(one: Fit) -> float:
    """How often the best guess from all three proxies at once would name the group of a person."""
    a, b, c = one.told
    return float(np.einsum("k,kx,ky,kz->xyzk", one.prior, a, b, c).max(-1).sum())


def switched(one: Fit) -> bool:
    """Whether some group is not the one that a proxy, given it, names most often on average over the proxies."""
    mean = one.told.mean(0)
    return bool((mean.argmax(-1) != np.arange(len(mean))).any())


def _counts(joint: Floats, groups: tuple[str, ...]) -> Counts:
    # cells are 2 x true + decided, or decided alone
    if joint.shape[-2] == 2:
        none = np.zeros_like(joint[..., 0, :])
        return Counts(joint[..., 1, :], none, joint[..., 0, :], none, groups)
    return Counts(joint[..., 3, :], joint[..., 1, :], joint[..., 2, :], joint[..., 0, :], groups)
