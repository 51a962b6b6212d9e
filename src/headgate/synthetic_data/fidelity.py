"""Fidelity: how like the real rows the synthetic ones are, one column at a time, by pairs of columns, and to a model.

Each measure is one of likeness, from 0 to 1; divided by the same of the fresh real rows, which no table can beat but by
chance. Reference: Belgodere et al. (2023), arXiv 2304.10819; the two-sample test is that of Lopez-Paz and Oquab
(2017), arXiv 1610.06545.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from headgate.synthetic_data.columns import Coding, Floats, Ints, Rows, binned, features, widths


def shares(rows: Rows, coding: Coding, weights: Floats | None = None) -> Iterator[Floats]:
    """Shares of rows with each pair of values, (k, k), once, or for each of `weights` (draws, n) if given.

    k is the number of values of all columns together; the diagonal has the shares of single values.
    """
    hot = _hot(binned(rows, coding), widths(coding))
    for one in np.ones((1, len(rows))) if weights is None else weights:
        yield ((hot.T * one.astype(np.float32)) @ hot / one.sum()).astype(np.float64)


def marginals(one: Floats, other: Floats, coding: Coding) -> float:
    """1 less the mean over columns of the total variation between shares of values, from `shares` of both."""
    return float(1 - abs(np.diagonal(one) - np.diagonal(other)).sum() / 2 / len(widths(coding)))


def dependence(one: Floats, other: Floats, coding: Coding) -> float:
    """How much of the dependence between columns both have in common, from `shares` of both.

    The dependence of two values is the share of rows with both, less the product of their shares; the likeness is 1
    less the sum of differences by the sum of sizes (Bray-Curtis) over all values of different columns.
    """
    column = np.repeat(np.arange(len(widths(coding))), widths(coding))
    apart = column[:, None] != column[None, :]
    left, right = (_dependence(each) * apart for each in (one, other))
    size = float((abs(left) + abs(right)).sum())
    return 1 - float(abs(left - right).sum()) / size if size > 0 else 1.0


def told_apart(real: Rows, made: Rows, coding: Coding, *, seed: int = 0) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Scores of a classifier that tells `made` from `real`, each by a model that did not see it, and which are made."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold

    parts, categories = zip(*(_all(rows, coding) for rows in (real, made)), strict=True)
    x, y = np.vstack(parts), np.repeat([False, True], [len(real), len(made)])
    scores = np.empty(len(y))
    for fitted, left in StratifiedKFold(3, shuffle=True, random_state=seed).split(x, y):
        model = HistGradientBoostingClassifier(max_iter=60, categorical_features=categories[0], random_state=seed)
        scores[left] = model.fit(x[fitted], y[fitted]).predict_proba(x[left])[:, 1]
    return scores, y


def _all(rows: Rows, coding: Coding) -> tuple[Floats, list[bool]]:
    x, categories = features(rows, coding)
    return np.column_stack((x, rows.label)), [*categories, True]


def _dependence(together: Floats) -> Floats:
    single = np.diagonal(together)
    return np.asarray(together - np.outer(single, single))


def _hot(columns: Sequence[Ints], sizes: Sequence[int]) -> npt.NDArray[np.float32]:
    at = np.cumsum([0, *sizes[:-1]])
    hot = np.zeros((len(columns[0]), sum(sizes)), dtype=np.float32)
    for start, values in zip(at, columns, strict=True):
        hot[np.arange(len(values)), start + values] = 1
    return hot
