"""From what was measured on each item to a check: the distance to the reference, its interval and a verdict.

Reference: D. G. Bonett and R. M. Price (2012), Adjusted Wald confidence interval for a difference of binomial
proportions based on paired data, J. Educ. Behav. Stat. 37, 479-488: two items are added, one that differs each way.
G. Y. Zou and A. Donner (2008), Construction of confidence limits about effect measures, Stat. Med. 27, 1693-1702: the
interval of a difference from those of its parts, here what the items and what the retrained models leave open.
D. J. Schuirmann (1987), J. Pharmacokinet. Biopharm. 15, 657-680: equal means within a margin both ways.
C. J. Clopper and E. S. Pearson (1934), Biometrika 26, 404-413: the exact interval of a share, against a ceiling.
bench/check_intervals.py says how often the intervals hold the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.evidence.clustered import t_quantile
from headgate.repair.shapes import Check, Doubles, Verdict

_ROUNDING = 1e-6  # single precision


def check(
    test: str, axis: str, before: npt.ArrayLike, after: npt.ArrayLike, references: Sequence[npt.ArrayLike], *,
    margin: float = 0.1, ceiling: float | None = None, evidence: str = "",
) -> Check:  # fmt: skip
    """A check of one outcome (0 to 1; more is more of what should be gone) a proof item, of each model.

    `before` and `after` hold n outcomes, `references` n each, one array for each retrained model. Without a reference
    it is inconclusive, unless `ceiling` tells how much there may be at all: then what lies over it leaks, whatever the
    reference does, and what lies under it for certain has held. Without items, or where a model gives no number for
    one, it is inconclusive too. Raises `UsageError` for outcomes of other lengths or outside 0 to 1, or
    a margin outside.
    """
    if not 0 <= margin <= 1:
        msg = f"{test}: a margin of {margin:g} tells nothing. Give 0 to 1."
        raise UsageError(msg)
    was, now = np.asarray(before, float), np.asarray(after, float)
    gold = [np.asarray(one, float) for one in references]
    lacking = _lacking(test, [was, now, *gold])
    known = len(now) > 0 and not lacking
    reference = np.mean(gold, axis=0) if gold else None
    low, high = difference(now, gold) if gold and known else (None, None)
    verdict = judged(low, high, margin)
    if lacking:
        evidence = f"{evidence}; a model gives no number for {lacking} items".removeprefix("; ")
    elif ceiling is not None and known:
        # a model retrained on what nobody had identified may itself do it: then it is no measure of anything
        sound = reference is not None and reference.mean() <= ceiling
        verdict = _under(verdict if sound else "inconclusive", now, ceiling, referred=sound)
        if reference is not None and not sound:
            evidence = f"{evidence}; the retrained model itself lies over {ceiling:g}".removeprefix("; ")
    return Check(
        test, axis, _mean(was), _mean(now), None if reference is None else _mean(reference), low, high, len(now),
        margin, verdict, evidence,
    )  # fmt: skip


def difference(after: Doubles, references: Sequence[Doubles]) -> tuple[float, float]:
    """The 95 % interval of the mean of `after` - reference over n paired items, outcomes from 0 to 1; n is at least 1.

    Where there are several references, how far they differ among themselves, beyond what so few items explain, widens
    it by Student's t for their number. Of a single one nobody knows how far another would differ: then it holds for
    this reference alone.
    """
    apart = np.concatenate([after - np.mean(references, axis=0), [1.0, -1.0]])
    half = half_width(float(apart.var()) / len(apart), np.mean(references, axis=1), noise(references))
    centre = float(apart.mean())
    return max(-1.0, centre - half), min(1.0, centre + half)


def half_width(items: float, references: npt.ArrayLike, noise: float = 0.0) -> float:
    """Half a 95 % interval, from the squared error `items` that comes of the items and the mean of each reference.

    `noise` is the squared error that the items leave in such a mean; the references differ by that much at least.
    """
    means = np.asarray(references, float)
    squared: float = items * NormalDist().inv_cdf(0.975) ** 2
    runs = len(means)
    seeds = max(0.0, float(means.var(ddof=1)) - noise) / runs if runs > 1 else 0.0
    if seeds:
        squared += seeds * t_quantile(runs - 1, 0.95) ** 2
    return sqrt(squared)


def noise(references: Sequence[Doubles]) -> float:
    """The squared error in the mean of one reference (n) that comes of its answers to few items, not of its level."""
    rows = np.asarray(references)
    runs, n = len(rows), len(rows[0])
    left = rows - rows.mean(axis=0) - rows.mean(axis=1, keepdims=True) + rows.mean()
    squared = float((left**2).sum())
    return squared / max((runs - 1) * (n - 1), 1) / n


def judged(low: float | None, high: float | None, margin: float) -> Verdict:
    """What an interval of after - reference says: leaks over `margin`, over under -`margin`, held within both."""
    if low is None or high is None:
        return "inconclusive"
    if low > margin:
        return "leaks"
    if high < -margin:
        return "over"
    return "held" if low >= -margin and high <= margin else "inconclusive"


def exact(found: float, of: int) -> tuple[float, float]:
    """The exact 95 % interval of the share `found` / `of`: with few items others say too often that it is over."""
    from scipy.special import betaincinv

    low = 0.0 if found <= 0 else float(betaincinv(found, of - found + 1, 0.025))
    return low, 1.0 if found >= of else float(betaincinv(found + 1, of - found, 0.975))


def _under(verdict: Verdict, after: Doubles, ceiling: float, *, referred: bool) -> Verdict:
    low, high = exact(float(np.clip(after.sum(), 0, len(after))), len(after))
    if low > ceiling:
        return "leaks"
    if not referred and high <= ceiling:
        return "held"
    return verdict


def _lacking(test: str, outcomes: Sequence[Doubles]) -> int:
    """Of how many items a model gives no number; raises `UsageError` for what are no outcomes of the same items."""
    if {one.shape for one in outcomes} != {(len(outcomes[0]),)}:
        msg = f"{test}: outcomes of {[one.shape for one in outcomes]}. Give one outcome an item, of the same items."
        raise UsageError(msg)
    lacking = ~np.isfinite(outcomes).all(axis=0)
    outside = [one[~lacking] for one in outcomes if ((one < -_ROUNDING) | (one > 1 + _ROUNDING)).any()]
    if any(len(one) for one in outside):
        msg = f"{test}: an outcome of {max(np.abs(one).max() for one in outside):g}. Outcomes lie from 0 to 1."
        raise UsageError(msg)
    return int(lacking.sum())


def _mean(values: Doubles) -> float | None:
    return float(values.mean()) if len(values) and np.isfinite(values).all() else None
