"""How far counts of categories are from reference shares: test, effect size, bounds of the distance, and their sum over
prompts. Pure functions over arrays.

Reference: K. Pearson (1900), Philosophical Magazine 50, 157-175; M. S. Ben-Shachar et al. (2023), Mathematics
11, 1982 (effect size for goodness of fit).
Checked against: scipy.stats.binomtest and chisquare, two worked examples and one published study of generated images;
see docs/methods/representation.md.
"""

from __future__ import annotations

from math import comb, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from headgate.evidence.intervals import wilson

Floats = npt.NDArray[np.float64]

MOST_TABLES = 200_000  # outcomes that an exact test lists
LEAST_EXPECTED = 5.0  # below which the chi-square distribution is no good approximation
_DRAWS = 20_000


class Tested(NamedTuple):
    """Pearson's `statistic` with `freedom` degrees, the chance `p` of counts so far off or farther, and `how`.

    `chi_square_p` is the chance by the chi-square distribution, whatever `how` is: what most studies print.
    """

    statistic: float
    freedom: int
    p: float
    how: str  # exact, drawn or chi-square
    chi_square_p: float


def compare(counts: npt.ArrayLike, shares: npt.ArrayLike, *, seed: int = 0) -> Tested:
    """Whether `counts` (k whole numbers) are draws from `shares` (k, above 0, sum 1).

    Exact (all outcomes at most as likely as the one seen) where at most 200,000 outcomes are possible; else
    chi-square where every expected count is 5 or more, else 20,000 draws with `seed`. Raises `ValueError`.
    """
    from scipy.stats import chi2

    seen, ref = _checked(counts, shares)
    n, expected = int(seen.sum()), seen.sum() * ref
    statistic, freedom = float(((seen - expected) ** 2 / expected).sum()), len(ref) - 1
    rough = float(chi2.sf(statistic, freedom))
    if comb(n + freedom, freedom) <= MOST_TABLES:
        return Tested(statistic, freedom, _exact(seen, ref), "exact", rough)
    if expected.min() >= LEAST_EXPECTED:
        return Tested(statistic, freedom, rough, "chi-square", rough)
    drawn = np.random.default_rng(seed).multinomial(n, ref, size=_DRAWS)
    beyond = (((drawn - expected) ** 2 / expected).sum(1) >= statistic * (1 - 1e-9)).sum()
    return Tested(statistic, freedom, float((beyond + 1) / (_DRAWS + 1)), "drawn", rough)


def effect_size(counts: npt.ArrayLike, shares: npt.ArrayLike) -> float:
    """Cramer's V of goodness of fit, 0 to 1: Pearson's statistic by the largest it could be (Fei).

    With equal shares this is sqrt(statistic / (n (k - 1))), the usual V. Raises `ValueError`.
    """
    seen, ref = _checked(counts, shares)
    n = seen.sum()
    statistic = ((seen - n * ref) ** 2 / (n * ref)).sum()
    return float(sqrt(statistic / (n * (1 / ref.min() - 1))))


def total_variation(shares: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Half the sum of absolute differences: the share of outputs that would have to show something else."""
    return float(np.abs(np.asarray(shares, np.float64) - np.asarray(reference, np.float64)).sum() / 2)


def bounds(low: npt.ArrayLike, high: npt.ArrayLike, reference: npt.ArrayLike) -> tuple[float, float]:
    """The least and the most total variation from `reference` of any shares between `low` and `high` (k each)."""
    least, most, ref = (np.asarray(one, np.float64) for one in (low, high, reference))
    above, below = np.maximum(0, most - ref).sum(), np.maximum(0, ref - least).sum()
    surely = max(np.maximum(0, least - ref).sum(), np.maximum(0, ref - most).sum())
    return float(min(1.0, surely)), float(min(1.0, above, below))


def variation_bounds(counts: npt.ArrayLike, shares: npt.ArrayLike, *, confidence: float = 0.95) -> tuple[float, float]:
    """An interval of the total variation of the shares behind `counts` from `shares`; it may begin at 0.

    From Wilson's intervals of all k shares at once (Bonferroni), so it holds with at least `confidence`; resampling
    would never reach 0, since shares of a sample are never just those of the reference. Raises `ValueError`.
    """
    seen, ref = _checked(counts, shares)
    n, each = float(seen.sum()), 1 - (1 - confidence) / max(1, len(ref) if len(ref) > 2 else 1)
    ends = np.array([wilson(float(one), n, confidence=each) or (0.0, 1.0) for one in seen])
    return bounds(ends[:, 0], ends[:, 1], ref)


class Cumulative(NamedTuple):
    """What remains over all prompts: `value` with an interval (None with fewer than 3 prompts), and `same_way`.

    `same_way` is the value by the mean total variation of single prompts: 1 where all lean one way, 0 where they
    cancel out. Chance alone moves single prompts, so with few outputs a prompt it is too low.
    """

    value: float
    low: float | None
    high: float | None
    same_way: float | None


def cumulative(counts: npt.ArrayLike, shares: npt.ArrayLike, *, confidence: float = 0.95) -> Cumulative:
    """Imbalance that adds up over prompts: total variation of the mean share of `counts` (prompts, k) from the mean of
    `shares` (prompts, k), each prompt counted once.

    The interval takes prompts as draws (Student's t, all k shares at once). Raises `ValueError` where a prompt has no
    output.
    """
    from scipy.stats import t

    seen, ref = np.asarray(counts, np.float64), np.asarray(shares, np.float64)
    if seen.ndim != 2 or not len(seen) or (seen.sum(1) <= 0).any():
        msg = f"counts of shape {seen.shape}: give a row for each prompt, each with at least one output."
        raise ValueError(msg)
    off = seen / seen.sum(1, keepdims=True) - ref
    mean, number, k = off.mean(0), len(off), off.shape[1]
    value, single = total_variation(mean, 0.0), float(np.abs(off).sum(1).mean() / 2)
    same_way = None if single == 0 or number < 2 else value / single
    if number < 3:
        return Cumulative(value, None, None, same_way)
    each = (1 - confidence) / (2 * (k if k > 2 else 1))
    half = t.isf(each, number - 1) * off.std(0, ddof=1) / sqrt(number)
    return Cumulative(value, *bounds(mean - half, mean + half, np.zeros(k)), same_way)


def _checked(counts: npt.ArrayLike, shares: npt.ArrayLike) -> tuple[Floats, Floats]:
    seen, ref = np.asarray(counts, np.float64), np.asarray(shares, np.float64)
    fits = seen.shape == ref.shape and seen.ndim == 1 and len(ref) > 1
    if not fits or (seen < 0).any() or (seen != np.rint(seen)).any() or seen.sum() <= 0:
        msg = (
            f"counts {seen.tolist()} of {len(np.atleast_1d(ref))} shares: give whole numbers, not all 0, for 2 or more."
        )
        raise ValueError(msg)
    if (ref <= 0).any() or abs(ref.sum() - 1) > 1e-6:
        msg = f"shares {ref.tolist()} are not above 0 with the sum 1."
        raise ValueError(msg)
    return seen, ref


def _exact(seen: Floats, ref: Floats) -> float:
    from scipy.special import gammaln, xlogy

    tables = _compositions(int(seen.sum()), len(ref))
    logs = gammaln(seen.sum() + 1) - gammaln(tables + 1.0).sum(1) + xlogy(tables, ref).sum(1)
    own = gammaln(seen.sum() + 1) - gammaln(seen + 1).sum() + xlogy(seen, ref).sum()
    return float(min(1.0, np.exp(logs[logs <= own + 1e-7]).sum()))


def _compositions(n: int, k: int) -> npt.NDArray[np.int64]:
    """Every way to write `n` as `k` whole numbers in order, shape (ways, k)."""
    found, left = np.zeros((1, 0), np.int64), np.array([n])
    for _ in range(k - 1):
        sizes = left + 1
        begin = np.repeat(np.cumsum(sizes) - sizes, sizes)
        part = np.arange(sizes.sum()) - begin
        found = np.column_stack((np.repeat(found, sizes, axis=0), part))
        left = np.repeat(left, sizes) - part
    return np.column_stack((found, left))
