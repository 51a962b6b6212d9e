"""Relevance and diversity of the attributes of one set of artifacts for another, from counts of their values.

Reference: Falahati and Amiri (2024), arXiv 2408.12659, who take them from covariances of numerical features; those of a
lineage graph are names, so here they are overlap and surplus of shares.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from headgate.snapshots.distributions import LEAST, Floats

ATTRIBUTES = ("licence", "kind", "family", "pipeline", "library")
BUCKETS = 512


class Worth(NamedTuple):
    """How much one set of artifacts is worth beside another.

    `relevance`: what both have in common of their shares. `diversity`: the share of the second with values that the
    first lacks. `effective`: effective number of values of the first, and of both together.
    """

    relevance: float
    diversity: float
    effective: tuple[float, float]


def worth(first: npt.ArrayLike, second: npt.ArrayLike) -> Worth | None:
    """The worth of counts `second` (values) beside `first` (the same values); None where one has nothing."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.sum() <= 0 or other.sum() <= 0:
        return None
    shares, theirs = one / one.sum(), other / other.sum()
    return Worth(
        float(min(1.0, np.minimum(shares, theirs).sum())),
        float(min(1.0, other[one == 0].sum() / other.sum())),
        (_effective(one), _effective(one + other)),
    )


def aligned(first: Mapping[str, int], second: Mapping[str, int]) -> tuple[Floats, Floats]:
    """Counts by value as two arrays over the values of either."""
    values = sorted({*first, *second})
    return tuple(np.array([one.get(value, 0) for value in values], np.float64) for one in (first, second))  # type: ignore[return-value]


def bucketed(counts: Mapping[str, int], attribute: str, secret: bytes = b"") -> Floats:
    """`counts` by value as counts in 512 buckets, the value's bucket being a hash of it under `secret`; those under 10
    are 0.

    Without a secret that both parties share and nobody else has, whoever guesses a value can look up its bucket.
    """
    found = np.zeros(BUCKETS)
    for value, count in counts.items():
        digest = hmac.digest(secret or b"no secret", f"{attribute}: {value}".encode(), "sha256")
        found[int.from_bytes(digest[:8], "big") % BUCKETS] += count
    found[found < LEAST] = 0
    return found


def _effective(counts: Floats) -> float:
    """The number of equally frequent values that would be as hard to guess: exp of Shannon's entropy."""
    shares = counts[counts > 0] / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
