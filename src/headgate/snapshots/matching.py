"""The distance of two very small graphs by trying every way to match their nodes.

It is what the distances of distributions and spectra stand in for where graphs are large: those are never above what
the best matching gives (for spectra: Hoffman and Wielandt 1953), and are 0 where some matching leaves no difference.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from headgate.snapshots.node_statistics import Links

MOST = 7  # nodes


def least_mismatch(first: Links, second: Links) -> int:
    """The fewest edges (with direction) that only one of two graphs has, over all ways to match their nodes.

    The smaller one gets nodes without edges. Raises `ValueError` above 7 nodes.
    """
    size = max(first.size, second.size)
    if size > MOST:
        msg = f"{size} nodes are too many to try every matching. Give at most {MOST}."
        raise ValueError(msg)
    one, other = _matrix(first, size), _matrix(second, size)
    return min(int((one != other[np.ix_(order, order)]).sum()) for order in permutations(range(size)))


def _matrix(given: Links, size: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    found = np.zeros((size, size), bool)
    found[given.parent, given.child] = True
    return found
