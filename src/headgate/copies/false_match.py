"""A threshold of likeness from pairs that have nothing to do with each other. Pure functions over numbers.

Reference: J. Daugman (2003), The importance of being random: statistical principles of iris recognition, Pattern
Recognition 36, 279-291, for setting a matcher by its rate of false matches among all that are compared.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

FEWEST = 20
_SEEN = 10  # a rate is read off where that many pairs lie below, and extrapolated from there


def bound(distances: npt.ArrayLike, rate: float) -> float:
    """The distance below which unrelated pairs lie with a chance of at most `rate`; below 0 where none is that rare.

    `distances` are those of unrelated pairs. Where fewer than 10 of them would lie below, the tail is continued as that
    of a normal distribution through its 10th and 100th smallest. Pairs that are related after all make it stricter.
    Raises `ValueError` for fewer than 20 distances or a `rate` outside (0, 1).
    """
    ordered = np.sort(np.asarray(distances, np.float64))
    if len(ordered) < FEWEST or not 0 < rate < 1:
        msg = f"{len(ordered)} distances, rate {rate}: give at least {FEWEST} and a rate between 0 and 1."
        raise ValueError(msg)
    allowed = rate * len(ordered)
    if allowed >= _SEEN:
        return float(ordered[int(allowed)])
    near = ordered[_SEEN - 1]
    far = ordered[min(10 * _SEEN, len(ordered) // 2 + 1) - 1]
    beyond = ordered[ordered > near]
    if far <= near and not len(beyond):
        return -1.0  # all alike: nothing tells copies from the rest
    far = far if far > near else beyond[0]
    normal = NormalDist()
    below = np.searchsorted(ordered, [near, far], side="right") / (len(ordered) + 1)
    at_near, at_far = (normal.inv_cdf(float(share)) for share in below)
    return float(near - (at_near - normal.inv_cdf(rate)) * (far - near) / (at_far - at_near))
