"""A share and a ratio of risks from random samples of strata, such as the shards of a dataset.

Reference: W. G. Cochran (1977), Sampling Techniques, 3rd ed., chapter 5 (stratified estimate and its variance); E. L.
Korn and B. I. Graubard (1998), Survey Methodology 24, 193-201 (an interval by the effective number of items; Wilson's
here); N. Mantel and W. Haenszel (1959) with the variance of S. Greenland and J. M. Robins (1985), Biometrics 41, 55-68.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np

from headgate.evidence.clustered import Column, Share
from headgate.evidence.intervals import wilson


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two risks with its interval; 1 is no difference."""

    estimate: float
    low: float
    high: float


def stratified_share(found: Column, sampled: Column, sizes: Column, *, confidence: float = 0.95) -> Share | None:
    """The share over all strata, of which `sizes` rows are known, `sampled` were drawn and `found` of those positive.

    Each is a column with one number a stratum; strata without rows are left out. The interval covers the chance of the
    draw: where every row was drawn it has no width. None without rows. Raises `ValueError` for counts that do not fit.
    """
    hits, drawn, all_ = (np.asarray(column, dtype=float) for column in (found, sampled, sizes))
    hits, drawn, all_ = (column[all_ > 0] for column in (hits, drawn, all_))
    if ((hits > drawn) | (drawn > all_) | (drawn < 1)).any():
        msg = "A stratum has more found than sampled, more sampled than rows, or none sampled. Give counts that fit."
        raise ValueError(msg)
    if not len(all_):
        return None
    weight, shares = all_ / all_.sum(), hits / drawn
    estimate = min(1.0, float(weight @ shares))
    missing = weight**2 * (1 - drawn / all_)  # what a full draw would leave out
    pooled = estimate * (1 - estimate)
    spread = np.where(drawn > 1, shares * (1 - shares) / np.maximum(drawn - 1, 1), pooled)
    variance, by_chance = float(missing @ spread), float(missing @ (1 / drawn))
    if by_chance == 0:
        return Share(estimate, estimate, estimate, float(drawn.sum()))
    # Strata in which nothing was found seem not to vary, so the gain from them is not believed beyond a factor of two.
    effective = min(pooled / variance, 2 / by_chance) if pooled > 0 and variance > 0 else 1 / by_chance
    ends = wilson(estimate * effective, effective, confidence=confidence)
    assert ends is not None
    return Share(estimate, *ends, effective)


def risk_ratio(
    hits: Column, exposed: Column, other_hits: Column, others: Column, *, confidence: float = 0.95
) -> Ratio | None:
    """The risk of the exposed over that of the others, compared within strata and pooled as Mantel and Haenszel do.

    Each is a column with one count a stratum. None where either side has no hit in any stratum with both.
    """
    a, n1, c, n0 = (np.asarray(column, dtype=float) for column in (hits, exposed, other_hits, others))
    both = (n1 > 0) & (n0 > 0)
    a, n1, c, n0 = a[both], n1[both], c[both], n0[both]
    rows = n1 + n0
    above, below = float((a * n0 / rows).sum()), float((c * n1 / rows).sum())
    if above == 0 or below == 0:
        return None
    spread = float(((n1 * n0 * (a + c) - a * c * rows) / rows**2).sum()) / (above * below)
    half = NormalDist().inv_cdf((1 + confidence) / 2) * sqrt(max(0.0, spread))
    middle = log(above / below)
    return Ratio(above / below, exp(middle - half), exp(middle + half))
