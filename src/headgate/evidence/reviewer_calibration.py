"""How well people tell what a check asks, from their votes on items of which the truth is known; and what that buys.

Detection theory: a hit is a yes to what is there, a false alarm one to what is not. d' is how far apart the two are
for whoever votes, whatever their leaning; at 0 they toss a coin. The criterion is the leaning, above 0 towards no.
Where the interval of d' reaches 0, or nobody measured it, human review is not a layer: `credit` gives it none.

Rates have Wilson's interval on the effective number of votes, where votes on the same item may go wrong together. That
of d' joins those of the two rates as Zou and Donner do, since they come from other items; an end that a rate of 0 or 1
leaves open is None. Of several reviewers taken together it says how well these do, not others who might be asked.

Reference: H. Stanislaw and N. Todorov (1999), Calculation of signal detection theory measures, Behavior Research
Methods, Instruments & Computers 31, 137-149 (d', criterion, the log-linear correction); G. Y. Zou and A. Donner (2008),
Construction of confidence limits about effect measures: a general approach, Statistics in Medicine 27, 1693-1702;
J. L. Fleiss and J. Cuzick (1979), The reliability of dichotomous judgments: unequal numbers of judges per subject,
Applied Psychological Measurement 3, 537-542 (dependence); the majority of k votes is Condorcet's (1785), with a
beta-binomial where votes depend.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isinf, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from headgate.evidence.clustered import Column, Floats, numbered, share
from headgate.evidence.intervals import wilson

MOST = 101  # votes on one item that are thought of
NOT_A_LAYER = "human review is not a layer here"
_NORMAL = NormalDist()
_TRACE = 1e-6  # a dependence nearer to 0 or 1 is that, where the beta-binomial would lose its digits


@dataclass(frozen=True, slots=True)
class Rate:
    """`found` of `votes` on `items`, and the interval of that share. All None but the counts where there is no vote."""

    found: int
    votes: int
    items: int
    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well some votes tell what holds. `unsure` votes are counted and in no rate.

    An end of d' that is None is open; d' itself is None where votes on what holds or on what does not are missing.
    `dependence` is the correlation of votes on the same item (0: none, 1: all alike), None where no item has
    two, or nobody ever erred.
    """

    sensitivity: Rate
    specificity: Rate
    unsure: int
    d_prime: float | None
    low: float | None
    high: float | None
    criterion: float | None
    dependence: float | None
    layer: bool
    warning: str


@dataclass(frozen=True, slots=True)
class Credit:
    """What review may be credited with: for each item asked about 1 stopped, 0 passed, NaN no credit; and why not."""

    outcomes: Floats
    credited: bool
    why: tuple[str, ...]


def calibrate(
    truth: npt.ArrayLike, votes: npt.ArrayLike, *, items: Column | None = None, confidence: float = 0.95
) -> Calibration:
    """How well `votes` (1 yes, 0 no, NaN unsure; one each) tell the `truth` (1 or 0) of the items they are about.

    `items` are the items' ids, any labels; votes on the same one may go wrong together. Without them each vote is on
    an item of its own. Raises `ValueError` for columns that do not match or hold something else.
    """
    known, said, item = _columns(truth, votes, items)
    decided = ~np.isnan(said)
    alike = (said == known).astype(float)
    there, absent = decided & (known == 1), decided & (known == 0)
    hits, rejected = _rate(alike[there], item[there], confidence), _rate(alike[absent], item[absent], confidence)
    told = _told_apart(hits, rejected)
    dependence = _dependence([(alike[some], item[some]) for some in (there, absent)])
    layer = told is not None and told[1] > 0
    return Calibration(
        hits, rejected, int((~decided).sum()), told and told[0], told and _closed(told[1]), told and _closed(told[2]),
        told and told[3], dependence, layer, "" if layer else _why_not(told),
    )  # fmt: skip


def apart(
    truth: npt.ArrayLike, votes: npt.ArrayLike, by: Column, *, items: Column | None = None, confidence: float = 0.95
) -> dict[str, Calibration]:
    """`calibrate` for each value of the column `by`: a reviewer, or a stratum such as the modality or the language."""
    known, said, item = _columns(truth, votes, items)
    if len(by) != len(known):
        msg = f"{len(by)} strata do not match {len(known)} votes. Give one for each."
        raise ValueError(msg)
    named = np.asarray([str(value) for value in by])
    mine = {str(name): named == name for name in np.unique(named)}
    return {
        name: calibrate(known[some], said[some], items=item[some], confidence=confidence) for name, some in mine.items()
    }


def majority_error(right: float, votes: int, *, dependence: float = 0.0) -> float:
    """The chance that fewer than most of `votes` are right, each with the chance `right`, and correlated so much.

    Votes correlated by `dependence` (0 to 1) are beta-binomial: some items are hard for everybody. Raises
    `ValueError` for what is no chance, or an even number of votes, which may tie.
    """
    from scipy.stats import betabinom, binom

    if not (0 <= right <= 1 and 0 <= dependence <= 1) or votes < 1 or votes % 2 == 0:
        msg = f"{votes} votes, {right} right, dependence {dependence}: give an odd number of votes and two shares."
        raise ValueError(msg)
    if right in (0.0, 1.0) or dependence > 1 - _TRACE:
        return 1 - right
    if dependence < _TRACE:
        return float(binom.cdf(votes // 2, votes, right))
    spread = (1 - dependence) / dependence
    return float(betabinom.cdf(votes // 2, votes, right * spread, (1 - right) * spread))


def votes_needed(
    sensitivity: float, specificity: float, target: float, *, dependence: float = 0.0, most: int = MOST
) -> int | None:
    """The fewest votes, an odd number, whose majority errs on either kind of item with chance `target` at most.

    None where `most` are not enough: below one half more votes make it worse, and votes that depend on each other
    stop helping. Raises `ValueError` for what is no share.
    """
    if not 0 < target < 1:
        msg = f"a target error of {target} is not between 0 and 1."
        raise ValueError(msg)
    worse = min(sensitivity, specificity)
    for votes in range(1, most + 1, 2):
        if majority_error(worse, votes, dependence=dependence) <= target:
            return votes
    return None


def credit(
    truth: npt.ArrayLike, votes: npt.ArrayLike, *, items: Column, asked: Column, strata: Column | None = None,
    confidence: float = 0.95,
) -> Credit:  # fmt: skip
    """The column of human review for `joint_leak.joint_leak`: what the votes stop of the harmful items `asked` about.

    An item is stopped where more than half of the votes on it say yes (one that is unsure stops nothing). In a
    stratum in which the reviewers' d' cannot be told from 0 no item is credited, which that table counts as let pass.
    """
    known, said, item = _columns(truth, votes, None)
    labels = np.asarray(items)
    named = np.full(len(known), "all items") if strata is None else np.asarray([str(value) for value in strata])
    if not len(labels) == len(named) == len(item):
        msg = f"{len(labels)} items and {len(named)} strata do not match {len(item)} votes. Give one for each."
        raise ValueError(msg)
    found = apart(known, said, named, items=labels, confidence=confidence)
    counted = np.isin(named, [name for name, told in found.items() if told.layer])
    outcomes = np.full(len(asked), np.nan)
    for place, one in enumerate(np.asarray(asked)):
        mine = said[counted & (labels == one)]
        if len(mine):
            outcomes[place] = float((mine == 1).sum() * 2 > len(mine))
    why = tuple(f"{name}: {told.warning}" for name, told in found.items() if not told.layer)
    return Credit(outcomes, bool(counted.any()), why)


def _columns(truth: npt.ArrayLike, votes: npt.ArrayLike, items: Column | None) -> tuple[Floats, Floats, Column]:
    known, said = np.asarray(truth, dtype=float), np.asarray(votes, dtype=float)
    if known.ndim != 1 or known.shape != said.shape or (items is not None and len(items) != len(known)):
        msg = f"{known.shape} truths do not match {said.shape} votes or their items. Give one of each for every vote."
        raise ValueError(msg)
    if not np.isin(known, (0, 1)).all() or not np.isin(said[~np.isnan(said)], (0, 1)).all():
        msg = "A truth is neither 0 nor 1, or a vote neither 0, 1 nor missing. Give such values only."
        raise ValueError(msg)
    return known, said, numbered(items, len(known)) if len(known) else np.empty(0, np.int64)


def _rate(hits: Floats, item: Column, confidence: float) -> Rate:
    found, votes, items = int(hits.sum()), len(hits), len(np.unique(item))
    if not votes:
        return Rate(0, 0, 0, None, None, None)
    known = share(hits, groups=item, confidence=confidence)
    ends = (known.low, known.high) if known else wilson(found / votes, 1, confidence=confidence)
    assert ends is not None
    return Rate(found, votes, items, found / votes, *ends)


def _told_apart(hits: Rate, rejected: Rate) -> tuple[float, float, float, float] | None:
    """d', both ends of its interval, and the criterion."""
    if not hits.votes or not rejected.votes:
        return None
    right = [_z(*_ends(rate), (rate.found + 0.5) / (rate.votes + 1)) for rate in (hits, rejected)]
    (low, high, hit), (low_other, high_other, other) = right
    # d' = z(hits) - z(false alarms), and z(false alarms) = -z(what was rejected rightly)
    d_prime = hit + other
    below = inf if isinf(low) or isinf(low_other) else sqrt((hit - low) ** 2 + (other - low_other) ** 2)
    above = inf if isinf(high) or isinf(high_other) else sqrt((high - hit) ** 2 + (high_other - other) ** 2)
    return d_prime, d_prime - below, d_prime + above, -(hit - other) / 2


def _z(low: float, high: float, estimate: float) -> tuple[float, float, float]:
    middle = _NORMAL.inv_cdf(estimate)
    return (
        min(middle, _NORMAL.inv_cdf(low)) if low > 0 else -inf,
        max(middle, _NORMAL.inv_cdf(high)) if high < 1 else inf,
        middle,
    )


def _ends(rate: Rate) -> tuple[float, float]:
    assert rate.low is not None
    assert rate.high is not None
    return rate.low, rate.high


def _closed(end: float) -> float | None:
    return None if isinf(end) else end


def _why_not(told: tuple[float, float, float, float] | None) -> str:
    if told is None:
        return f"{NOT_A_LAYER}: nobody measured it on items of both kinds whose truth is known"
    if told[2] < 0:
        return f"{NOT_A_LAYER}: reviewers say yes more often to what does not hold than to what does"
    return f"{NOT_A_LAYER}: d' cannot be told from 0, a coin toss"


def _dependence(kinds: list[tuple[Floats, Column]]) -> float | None:
    """How alike votes on the same item are beyond chance, both kinds of items together; at least 0."""
    within = chance = 0.0
    for right, item in kinds:
        code = np.unique(item, return_inverse=True)[1]
        size, sum_ = np.bincount(code), np.bincount(code, right)
        spare = len(right) - len(size)
        if spare:
            # weighted by the votes beyond the first of each item, which are what tells of dependence
            within += float((sum_ * (size - sum_) / size).sum())
            chance += spare * float(right.mean() * (1 - right.mean()))
    return min(1.0, max(0.0, 1 - within / chance)) if chance else None
