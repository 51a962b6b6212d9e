"""How common something is in a dataset, from the flags of a screener whose errors were measured on labelled rows.

Reference: W. J. Rogan and B. Gladen (1978), Estimating prevalence from the results of a screening test, American
Journal of Epidemiology 107, 71-76 (the estimate); Z. Lang and J. Reiczigel (2014), Confidence limits for prevalence of
disease adjusted for estimated sensitivity and specificity, Preventive Veterinary Medicine 113, 13-22 (its interval);
R. G. Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in Medicine
17, 873-890, method 10 (how surely the screener tells anything).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TypeAlias

from headgate.evidence.intervals import wilson

_Ends: TypeAlias = tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class TrueShare:
    """The share of items that have what was looked for, corrected for the screener's errors.

    `estimate` is None where it was refused; `why` says why, and `low` and `high` are then 0 and 1. `apparent` is the
    share that was flagged, with Wilson's interval; `telling` is sensitivity + specificity - 1 with its interval. They
    are None where nothing was counted.
    """

    items: int
    estimate: float | None
    low: float
    high: float
    apparent: float | None
    apparent_low: float | None
    apparent_high: float | None
    telling: float | None
    telling_low: float | None
    telling_high: float | None
    why: str


def true_share(
    found: int, of: int, *, hits: int, positives: int, passed: int, negatives: int, confidence: float = 0.95
) -> TrueShare:
    """The share of all `of` items that are positive, where a screener flagged `found` of them.

    Of labelled rows like these items it flagged `hits` of `positives` and let pass `passed` of `negatives`; both are
    treated as draws with their own uncertainty. The estimate is cut to 0 and 1.
    Raises `ValueError` for counts that are no shares or a `confidence` outside (0, 1).
    """
    flagged = wilson(found, of, confidence=confidence)
    caught, spared = wilson(hits, positives, confidence=confidence), wilson(passed, negatives, confidence=confidence)
    seen: _Ends = (None, None, None) if flagged is None else (found / of, flagged[0], flagged[1])
    if caught is None or spared is None:
        what = "no positive" if caught is None else "no negative"
        return TrueShare(of, None, 0.0, 1.0, *seen, None, None, None, f"{what} rows were labelled: errors unknown")
    sensitivity, specificity = hits / positives, passed / negatives
    telling = sensitivity + specificity - 1
    down = sqrt((sensitivity - caught[0]) ** 2 + (specificity - spared[0]) ** 2)
    up = sqrt((caught[1] - sensitivity) ** 2 + (spared[1] - specificity) ** 2)
    told: _Ends = telling, telling - down, telling + up
    if flagged is None:
        return TrueShare(0, None, 0.0, 1.0, *seen, *told, "there are no items")
    if telling - down <= 0:
        why = f"flags may tell nothing: sensitivity + specificity - 1 is {telling:.2f}, from {telling - down:.2f}"
        return TrueShare(of, None, 0.0, 1.0, *seen, *told, why)
    estimate = min(1.0, max(0.0, (found / of + specificity - 1) / telling))
    low, high = _ends(found, of, hits, positives, passed, negatives, confidence)
    if high <= 0 or low >= 1:
        how = "fewer items were flagged than false alarms" if high <= 0 else "more items were flagged than true alarms"
        why = f"{how} alone would be: the labelled rows are unlike these items"
        return TrueShare(of, None, 0.0, 1.0, *seen, *told, why)
    # The ends lie around a shifted centre, and could miss the estimate by a little.
    return TrueShare(of, estimate, min(estimate, low), max(estimate, high), *seen, *told, "")


def _ends(
    found: int, of: int, hits: int, positives: int, passed: int, negatives: int, confidence: float
) -> tuple[float, float]:
    """Lang and Reiczigel's limits: each count with imagined cases added, a delta-method variance, a shifted centre."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    cases = of + z * z
    share = (found + z * z / 2) / cases
    sensitivity, specificity = (hits + 1) / (positives + 2), (passed + 1) / (negatives + 2)
    telling = sensitivity + specificity - 1
    if telling <= 0:
        return 0.0, 1.0
    centre = (share + specificity - 1) / telling
    caught = sensitivity * (1 - sensitivity) / (positives + 2)
    spared = specificity * (1 - specificity) / (negatives + 2)
    variance = share * (1 - share) / cases + centre**2 * caught + (1 - centre) ** 2 * spared
    half, shift = z * sqrt(variance) / telling, 2 * z * z * (centre * caught - (1 - centre) * spared)
    return min(1.0, max(0.0, centre + shift - half)), min(1.0, max(0.0, centre + shift + half))
