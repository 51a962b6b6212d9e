"""The difference of two shares of the same items: its interval, and the chance of one so large if there is none.

References: R. G. Newcombe (1998), Improved confidence intervals for the difference between binomial proportions based
on paired data, Statistics in Medicine 17, 2635-2650 (method 10); Q. McNemar (1947), Psychometrika 12, 153-157.
"""

from __future__ import annotations

from math import sqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from headgate.evidence.intervals import wilson

Flags: TypeAlias = npt.NDArray[np.bool_]


def difference(first: Flags, second: Flags, *, confidence: float = 0.95) -> tuple[float, float]:
    """Newcombe's interval of mean(`first`) - mean(`second`), flags (n) of the same n items.

    It has a width where all items agree too. Raises `ValueError` where there is none.
    """
    n, hits, others = len(first), int(first.sum()), int(second.sum())
    one, two = wilson(hits, n, confidence=confidence), wilson(others, n, confidence=confidence)
    if one is None or two is None:
        msg = "no items leave nothing to compare."
        raise ValueError(msg)
    p, q, together = hits / n, others / n, _together(first, second)

    def way(back: float, up: float) -> float:
        return sqrt(max(0.0, back**2 - 2 * together * back * up + up**2))

    return p - q - way(p - one[0], two[1] - q), p - q + way(q - two[0], one[1] - p)


def chance(first: Flags, second: Flags) -> float:
    """McNemar's exact two-sided p-value of no difference between flags (n) of the same n items."""
    from scipy.stats import binomtest

    won, lost = int((first & ~second).sum()), int((second & ~first).sum())
    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def _together(first: Flags, second: Flags) -> float:
    # the correlation, its numerator drawn towards zero as Newcombe does
    both, none = int((first & second).sum()), int((~first & ~second).sum())
    won, lost = int((first & ~second).sum()), int((second & ~first).sum())
    below = (both + won) * (lost + none) * (both + lost) * (won + none)
    if not below:
        return 0.0
    above = both * none - won * lost
    return (max(above - len(first) / 2, 0.0) if above > 0 else above) / sqrt(below)
