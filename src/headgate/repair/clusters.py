"""Items parted into clusters of nearby ones: k-means over rows, dense or sparse, the same for the same seed.

Reference: D. Arthur and S. Vassilvitskii (2007), k-means++: the advantages of careful seeding, SODA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.repair.shapes import Doubles

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_PASSES = 50


def clusters(rows: Doubles | csr_array, many: int, *, seed: int = 0) -> npt.NDArray[np.intp]:
    """Number of the cluster of each row (n), from 0 to `many` - 1 at most; none is empty.

    Rows may be sparse (scipy). Raises `UsageError` for a number outside 1 to n.
    """
    n = rows.shape[0]
    if not 1 <= many <= n:
        msg = f"{many} clusters of {n} items. Give 1 to {n}."
        raise UsageError(msg)
    if isinstance(rows, np.ndarray):
        rows = rows - rows[:1]  # distances are the same from anywhere, but far from 0 their digits would be lost
    draw = np.random.default_rng(seed)
    length = _lengths(rows)
    centres = _seeded(rows, length, many, draw)
    code = np.full(n, -1)
    for _ in range(_PASSES):
        now = _apart(rows, length, centres).argmin(1)
        if np.array_equal(now, code):
            break
        code = now
        member = np.zeros((len(centres), n))
        member[code, np.arange(n)] = 1.0
        filled = member.sum(1) > 0
        sums = np.asarray(member @ rows) if isinstance(rows, np.ndarray) else np.asarray((rows.T @ member.T).T)
        centres[filled] = sums[filled] / member.sum(1)[filled, None]
    return np.unique(code, return_inverse=True)[1].astype(np.intp)


def _seeded(rows: Doubles | csr_array, length: Doubles, many: int, draw: np.random.Generator) -> Doubles:
    """Rows far from those before them: of a few drawn by squared distance, the one that helps most."""
    chosen = [int(draw.integers(rows.shape[0]))]
    nearest = _apart(rows, length, _dense(rows, np.asarray(chosen)))[:, 0]
    tries = 2 + int(np.log(many))
    while len(chosen) < many:
        total = nearest.sum()
        if total <= 0:
            break  # fewer places than clusters
        drawn = draw.choice(len(nearest), tries, p=nearest / total)
        then = np.minimum(nearest[:, None], _apart(rows, length, _dense(rows, drawn)))
        best = int(then.sum(0).argmin())
        chosen.append(int(drawn[best]))
        nearest = then[:, best]
    return _dense(rows, np.asarray(chosen))


def _lengths(rows: Doubles | csr_array) -> Doubles:
    squared: Doubles = (
        (rows * rows).sum(1) if isinstance(rows, np.ndarray) else rows.multiply(rows) @ np.ones(rows.shape[1])
    )
    return squared


def _apart(rows: Doubles | csr_array, length: Doubles, centres: Doubles) -> Doubles:
    found: Doubles = np.maximum(length[:, None] + (centres * centres).sum(1) - 2 * (rows @ centres.T), 0.0)
    return found


def _dense(rows: Doubles | csr_array, places: npt.NDArray[np.int64]) -> Doubles:
    some = rows[places]
    return np.array(some, float) if isinstance(some, np.ndarray) else np.asarray(some.toarray(), float)
