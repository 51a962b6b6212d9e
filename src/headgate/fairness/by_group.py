"""Measures of decisions by group for people who have arrays, or objects of pandas, in hand.

Of objects of pandas come objects of pandas; of anything else plain dicts of numbers and arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.fairness import bootstrap, definitions, names
from headgate.fairness.counts import Counts, Floats, count, crossed
from headgate.fairness.measures import rate
from headgate.plain import plain

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["between_groups", "to_overall"]
USUAL = ("selection_rate", "recall", "false_positive_rate", "precision", "accuracy")


def by_group(
    labels: npt.ArrayLike, predicted: npt.ArrayLike, groups: npt.ArrayLike, *, measures: Sequence[str] = USUAL,
    weights: npt.ArrayLike | None = None,
) -> dict[str, Floats] | pd.DataFrame:  # fmt: skip
    """The rates `measures` (names of ours, fairlearn, scikit-learn or OxonFair) of each group, groups sorted.

    `labels` and `predicted` (n) are 0 or 1, `groups` (n) any values; (n, k) of several columns is each combination
    that occurs. Of a Series or DataFrame in `groups` the answer is a DataFrame with a row for each group and a column
    for each measure and `count`; else a dict of arrays, the groups under "group". Raises `UsageError`.
    """
    counts = count(labels, predicted, _words(groups), weights=weights)
    found = {name: rate(names.rate_name(name), counts) for name in measures}
    if not _of_pandas(groups):
        return {"group": np.array(counts.groups), **found, "count": counts.sizes}
    import pandas as pd

    name = getattr(groups, "name", None) or " & ".join(map(str, getattr(groups, "columns", ["group"])))
    return pd.DataFrame({**found, "count": counts.sizes}, index=pd.Index(counts.groups, name=name))


def gap(
    labels: npt.ArrayLike, predicted: npt.ArrayLike, groups: npt.ArrayLike, measure: str, *,
    method: Method = "between_groups", weights: npt.ArrayLike | None = None,
) -> float:  # fmt: skip
    """How far groups are apart by `measure`, such as "equalized_odds_difference"; NaN where that is not defined.

    `method` "to_overall" is how far the farthest group is from everybody. Raises `UsageError`.
    """
    counts = count(labels, predicted, _words(groups), weights=weights)
    return float(definitions.measured(names.definition(measure), counts, _everybody(counts, method)))


def interval(
    labels: npt.ArrayLike, predicted: npt.ArrayLike, groups: npt.ArrayLike, measure: str, *, draws: int = 1000,
    seed: int = 0,
) -> tuple[float, float] | None:  # fmt: skip
    """The 95 % interval of `gap` between groups, None where that is not defined. Raises `UsageError`."""
    counts = count(labels, predicted, _words(groups))
    again = bootstrap.posterior(counts, draws=draws, seed=seed)
    return definitions.interval(names.definition(measure), counts, again)


def _everybody(counts: Counts, method: Method) -> Counts | None:
    if method not in ("between_groups", "to_overall"):
        msg = f"no method {plain(method, 40)!r}. Choose from between_groups, to_overall."
        raise UsageError(msg)
    return counts.all if method == "to_overall" else None


def _words(groups: npt.ArrayLike) -> npt.NDArray[Any]:
    values = np.asarray(groups)
    return crossed(list(values.T)) if values.ndim == 2 else values


def _of_pandas(value: object) -> bool:
    return type(value).__module__.partition(".")[0] == "pandas"
