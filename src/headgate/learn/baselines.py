"""What a learning detector must beat on the same rows: scores of every node from seeds alone, or from a rule.

References: Zhou et al., "Learning with local and global consistency" (2003), label spreading; Page et al. (1999)
and Haveliwala (2002), personalised PageRank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headgate.learn.lineage import Floats
from headgate.learn.operators import Operators, author_mean

if TYPE_CHECKING:
    from headgate.learn.words import Sparse

ACCOUNTS = 0.3  # weight of what the same account published beside the links


def label_propagation(operators: Operators, seeds: Floats, *, keep: float = 0.8, steps: int = 10) -> Floats:
    """`seeds` spread over links and accounts: at each step a node keeps 1 - `keep` of its own seed."""
    around = _around(operators)
    found = seeds.astype(np.float32)
    for _ in range(steps):
        near = (1 - ACCOUNTS) * (around @ found) + ACCOUNTS * author_mean(operators, found)
        found = np.asarray((1 - keep) * seeds + keep * near, np.float32)
    return found


def personalised_pagerank(operators: Operators, seeds: Floats, *, keep: float = 0.85, steps: int = 20) -> Floats:
    """Log-ratio of the PageRank of a walk that restarts at the seeds to that of one that restarts anywhere.

    The walk goes over links either way and, where there is none, stays. 0 for a node that neither reaches more.
    """
    walk = _around(operators).T.tocsr()
    start = seeds / max(float(seeds.sum()), 1.0)
    anywhere = np.full(len(seeds), 1 / len(seeds))
    rank, common = start.copy(), anywhere.copy()
    for _ in range(steps):
        rank = (1 - keep) * start + keep * (walk @ rank)
        common = (1 - keep) * anywhere + keep * (walk @ common)
    return np.asarray(np.log(rank / common + 1e-6), np.float32)


def _around(operators: Operators) -> Sparse:
    """Mean over parents and children together, each link counting once."""
    from scipy.sparse import diags_array

    links = (operators.child_of + operators.parent_of).tocsr()
    number = np.asarray(links.sum(axis=1)).ravel()
    around: Sparse = (diags_array((1 / np.maximum(number, 1)).astype(np.float32)) @ links).tocsr()
    return around
