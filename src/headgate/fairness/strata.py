"""Groups compared as if they fell alike into the strata of a further column, such as the department applied to.

Reference: direct standardisation, Freedman, Pisani and Purves, Statistics, chapter 2; OxonFair's conditional measures
and "conditional statistical parity" of Verma and Rubin (2018) are the selection rate of such counts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headgate.fairness.counts import Counts, count


def by_stratum(labels: npt.ArrayLike, predicted: npt.ArrayLike, groups: npt.ArrayLike, strata: npt.ArrayLike) -> Counts:
    """Counts of shape (strata, groups) of rows as `count` takes them, `strata` (n, any values) sorted.

    Raises `UsageError` as `count` does.
    """
    y, d, g, s = (np.asarray(one) for one in (labels, predicted, groups, strata))
    names, inner = np.unique(s.astype(str), return_inverse=True)
    whole = count(y, d, g)
    member = np.searchsorted(whole.groups, g.astype(str))
    cells = count(y, d, np.char.mod("%012d", inner * len(whole.groups) + member))
    table = np.zeros((4, len(names) * len(whole.groups)))
    table[:, [int(one) for one in cells.groups]] = cells.table
    tp, fp, fn, tn = table.reshape(4, len(names), len(whole.groups))
    return Counts(tp, fp, fn, tn, whole.groups)


def standardised(counts: Counts) -> Counts:
    """Counts (..., groups) as they were if each group fell into the strata of `counts` (..., strata, groups) as all do.

    NaN for a group that is absent from a stratum: nothing says what would be decided of it there.
    """
    sizes = counts.sizes
    share = sizes.sum(-1, keepdims=True) / sizes.sum((-2, -1), keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # of a group that is absent
        weight = share * sizes.sum(-2, keepdims=True) / sizes
    tp, fp, fn, tn = (counts.table * np.where(np.isfinite(weight), weight, np.nan)).sum(-2)
    return Counts(tp, fp, fn, tn, counts.groups)
