"""How common something is over a whole hub, from items somebody chose to look at, or from a sample and scores.

What draws looks (downloads, reports, the front page) draws harmful items too, so the share among the looked-at
misleads. Where the chance of a look is known, weighting by its inverse corrects that; where it is not, nothing does,
and the bounds say so.

Reference: J. Hajek (1971) in Foundations of Statistical Inference, 236 (normalised weights); E. L. Ionides (2008),
Truncated importance sampling, J. Computational and Graphical Statistics 17, 295-311 (where to clip); C. F. Manski
(1990), Nonparametric bounds on treatment effects, American Economic Review 80, 319-323 (worst case); Q. Zhao, D. S.
Small and B. B. Bhattacharya (2019), J. Royal Statistical Society B 81, 735-761 (odds of hidden selection); A. N.
Angelopoulos et al. (2023), Prediction-powered inference, Science 382, 669-674, and PPI++, arXiv:2311.01453 (scores
and a sample).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from headgate.evidence.clustered import Column, Floats, Share, numbered, share, t_quantile
from headgate.evidence.intervals import wilson

FEW = 30.0  # effective items that an interval needs
FAINT = 10  # positives, and negatives, that a sample needs before scores may narrow its interval
MOST_CLIPPED = 0.1
MISFIT = 4.0  # standard errors by which the weights may miss the number of items


@dataclass(frozen=True, slots=True)
class Prevalence:
    """A share of all items, from those looked at.

    `estimate` is None where it was refused; `why` says why, and `low` and `high` are then the worst case, which assumes
    nothing about the items that nobody looked at. `effective` is how many independent looks it is worth, `clipped` the
    part of the weight cut off, `unclipped` the estimate without cutting.
    """

    items: int
    looked_at: int
    estimate: float | None
    low: float
    high: float
    naive: Share
    worst_low: float
    worst_high: float
    effective: float
    clipped: float
    unclipped: float | None
    why: str


def corrected(
    seen: Column,
    found: Column,
    chance: Column | None,
    *,
    hidden_odds: float,
    authors: Column | None = None,
    clip: float | None = None,
    confidence: float = 0.95,
) -> Prevalence:
    """The share of all items that are positive, each look weighted by the inverse of its `chance` (0 to 1).

    One row for each item of the hub: `seen` says whether it was looked at, `found` what was then found (0 or 1; ignored
    where not seen), `authors` what may vary together. `chance` is by design or from `look_chances`; None if unknown.

    `hidden_odds` is your claim: at most by this factor do the odds of a look depend on what `chance` leaves out. 1 is
    for a design with known chances only. Weights above `clip` times their mean are cut to that (the root of the
    number of looks by default). Raises `ValueError` for columns that do not match, a `chance` of a seen item that is
    no chance, or `hidden_odds` below 1.
    """
    looks = np.asarray(seen, dtype=bool)
    items, looked = len(looks), int(looks.sum())
    _check(looks, found, chance, authors, hidden_odds)
    hits = np.asarray(found)[looks].astype(float)
    groups = None if authors is None else np.asarray(authors)[looks]
    naive = share(hits, groups=groups, confidence=confidence)
    if naive is None:
        msg = f"{looked} items looked at are too few authors for an interval. Look at more."
        raise ValueError(msg)
    worst = float(hits.sum()) / items, 1 - float((1 - hits).sum()) / items
    if chance is None:
        return Prevalence(items, looked, None, *worst, naive, *worst, 0.0, 0.0, None, "chances of a look are unknown")
    chances = np.asarray(chance, dtype=float)
    weights = 1 / chances[looks]
    cut = np.minimum(weights, (sqrt(looked) if clip is None else clip) * weights.mean())
    middle, low, high = (
        share(hits, weights=_moved(cut, hits, odds), groups=groups, confidence=confidence)
        for odds in (1.0, 1 / hidden_odds, hidden_odds)
    )
    assert middle is not None
    assert low is not None
    assert high is not None
    clipped = 1 - float(cut.sum() / weights.sum())
    rest = middle.effective, clipped, float(weights @ hits / weights.sum())
    if why := _refusal(weights, items - int((chances == 0).sum()), middle.effective, clipped):
        return Prevalence(items, looked, None, *worst, naive, *worst, *rest, why)
    # Items that could not have been looked at may all be positive or none.
    reach = float((chances > 0).mean())
    ends = max(low.low * reach, worst[0]), min(high.high * reach + 1 - reach, worst[1])
    estimate = middle.estimate if reach == 1 else None
    why = "" if reach == 1 else f"{1 - reach:.0%} of the items could not have been looked at"
    return Prevalence(items, looked, estimate, *ends, naive, *worst, *rest, why)


def look_chances(seen: Column, covariates: Column) -> Floats:
    """Each item's chance of having been looked at, by a logistic regression of `seen` on `covariates` (items down).

    It knows only what the covariates say, in a logistic form: state the rest as `hidden_odds`. Needs scikit-learn.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaled = StandardScaler().fit_transform(np.asarray(covariates, dtype=float))
    # Penalised, the chances would shrink to their mean and leave a part of the selection in.
    model = LogisticRegression(C=1e6, max_iter=1000).fit(scaled, np.asarray(seen, dtype=bool))
    return np.asarray(model.predict_proba(scaled)[:, 1], dtype=float)


@dataclass(frozen=True, slots=True)
class Expected:
    """A share of all items from scores and a random sample that was reviewed, beside either alone.

    `score_weight` is how far the scores were used, 0 to 1; at 0 the estimate is the sample's.
    """

    items: int
    reviewed: int
    estimate: float
    low: float
    high: float
    score_weight: float
    scores_only: float
    sample_only: Share


def positives_expected(
    probability: Column, sample: Column, found: Column, *, authors: Column | None = None, confidence: float = 0.95
) -> Expected:
    """The share of all items that are positive: the mean `probability`, corrected by what a review found.

    `probability` has one row for each item, the others one for each reviewed item: `sample` its row number, drawn at
    random from all, each at most once; `found` 0 or 1; `authors` where whole authors were drawn and not single items.
    The scores may be wrong: they can then only fail to narrow the interval. Raises `ValueError` for columns that do not
    match.
    """
    scores, rows, hits = np.asarray(probability, dtype=float), np.asarray(sample), np.asarray(found, dtype=float)
    alone = share(hits, groups=authors, confidence=confidence)
    if rows.shape != hits.shape or len(np.unique(rows)) != len(rows) or alone is None:
        msg = f"{len(hits)} labels of {len(rows)} sampled rows: give one for each, no row twice, at least two authors."
        raise ValueError(msg)
    items, reviewed = len(scores), len(rows)
    mean = float(scores.mean())
    if min(hits.sum(), (1 - hits).sum()) < FAINT:
        return Expected(items, reviewed, alone.estimate, alone.low, alone.high, 0.0, mean, alone)
    known = scores[rows]
    spread = float(known.var())
    weight = 0.0 if spread == 0 else min(1.0, max(0.0, float(np.cov(hits, known, bias=True)[0, 1]) / spread))
    residuals = hits - weight * known
    estimate = min(1.0, max(0.0, weight * mean + float(residuals.mean())))
    groups = numbered(authors, reviewed)
    moved = np.bincount(groups, residuals - residuals.mean()) / reviewed
    variance = float(moved @ moved) * len(moved) / (len(moved) - 1)
    if authors is None:
        variance *= 1 - reviewed / items
    t = t_quantile(len(moved) - 1, confidence)
    low, high = _effective_ends(estimate, variance * (t / NormalDist().inv_cdf((1 + confidence) / 2)) ** 2, confidence)
    # What was reviewed is known.
    ends = max(low, float(hits.sum()) / items), min(high, 1 - float((1 - hits).sum()) / items)
    return Expected(items, reviewed, estimate, *ends, weight, mean, alone)


def _effective_ends(estimate: float, variance: float, confidence: float) -> tuple[float, float]:
    if not 0 < estimate < 1 or variance <= 0:
        half = NormalDist().inv_cdf((1 + confidence) / 2) * sqrt(variance)
        return max(0.0, estimate - half), min(1.0, estimate + half)
    effective = estimate * (1 - estimate) / variance
    ends = wilson(estimate * effective, effective, confidence=confidence)
    assert ends is not None
    return ends


def _moved(weights: Floats, hits: Floats, odds: float) -> Floats:
    """Weights had the odds of a look been lower by the factor `odds` for positives, and higher for the others."""
    return np.asarray(1 + (weights - 1) * np.where(hits == 1, odds, 1 / odds), dtype=float)


def _refusal(weights: Floats, reachable: int, effective: float, clipped: float) -> str:
    """Why the weights cannot carry an estimate; nothing where they can."""
    error = sqrt(float((weights * (weights - 1)).sum()))
    if abs(float(weights.sum()) - reachable) > MISFIT * error + 1e-9 * reachable:
        return f"the looks, weighted, stand for {weights.sum():.0f} items and not {reachable}: the chances do not fit"
    if effective < FEW:
        return f"the looks are worth {effective:.0f} independent ones, under {FEW:.0f}"
    if clipped > MOST_CLIPPED:
        return f"{clipped:.0%} of the weight would be cut off, over {MOST_CLIPPED:.0%}"
    return ""


def _check(seen: Column, found: Column, chance: Column | None, authors: Column | None, hidden_odds: float) -> None:
    for name, column in (("found", found), ("chance", chance), ("authors", authors)):
        if column is not None and len(column) != len(seen):
            msg = (
                f"{name} has {len(column)} rows for {len(seen)} items. Give one for each item of the hub, seen or not."
            )
            raise ValueError(msg)
    if chance is not None and not ((np.asarray(chance)[seen] > 0) & (np.asarray(chance)[seen] <= 1)).all():
        msg = "The chance of a look is not above 0 and up to 1 for an item that was seen. Give such chances."
        raise ValueError(msg)
    if hidden_odds < 1:
        msg = f"hidden_odds {hidden_odds} is below 1. Give the factor by which odds may differ, 1 for none."
        raise ValueError(msg)
