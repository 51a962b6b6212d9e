"""What equal selection rates or recall cost in precision where only so many positive decisions can be made.

Reads: a table with a row for each case: what was true, a score, and the group; and capacities, as shares of the rows.
Finds: at each capacity the precision lost between the highest scores over all and the fairest allocation that whole
numbers allow, with a bootstrap interval; in a table the places and hits of each group under both. A capacity of 0 or 1
costs nothing. With `limit` also whether the loss is at most that at every capacity: met where every interval ends below
it, not met where one begins above it, otherwise, and with a group of fewer than 30 rows, it could not be told.
Cannot see: the cost on rows to come (recall of a group is equalised with the labels of these rows, which nobody has
when deciding); whether the labels are fair; what a missed case costs beside a wasted place.
Reference: Goethals et al. (2024), Resource-constrained Fairness, arXiv 2406.01290.
Checked against: enumeration of all choices of k of up to 14 rows; see docs/methods/cost_of_fairness.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from headgate import frames
from headgate.errors import UsageError
from headgate.fairness import bootstrap, capacity
from headgate.fairness.capacity import Cost, Ranked
from headgate.fairness.counts import Floats
from headgate.plain import plain
from headgate.shapes import Finding, Measured, Shown

RISKS = ("1.1", "1.4")
FEWEST = 30  # rows of a group below which it is flagged
_UNTOLD = 0.05  # share of bootstrap samples without a positive of some group from which on there is no interval


def measure(
    *, table: Path, label: str = "label", score: str = "score", group: str = "group",
    capacities: str = "0.05,0.1,0.2,0.4", parity: Literal["selection", "recall"] = "selection",
    limit: float | None = None, draws: int = 500, seed: int = 0,
) -> Measured:  # fmt: skip
    """Precision lost to fairness at each capacity, with intervals, and each group's places.

    `table` is a CSV, JSON lines or Parquet file; `label` names the column of what was true (yes or no); `score` names
    that of the score, higher first; `group` names that of the group; `capacities` are shares of the rows that can be
    decided positively, such as 0.05,0.1; `parity` is what shall be equal between groups: selection (the share decided
    positively) or recall; `limit` is the largest loss of precision that is let pass; `draws` is how many bootstrap
    samples; `seed` is of these and of ties. Raises `UsageError` and `BadInput` in one line each.
    """
    shares = _shares(capacities)
    if limit is not None and not 0 <= limit <= 1:
        msg = f"a limit of {limit:g} is no loss of precision. Give one from 0 to 1."
        raise UsageError(msg)
    bootstrap.enough(draws, len(shares))
    given = frames.read(table)
    rows = capacity.ranked(given.numbers(score), given.groups(group), labels=given.flags(label), seed=seed)
    if len(rows.names) < 2:
        msg = f"the column {plain(group, 60)!r} holds one group only: nothing to be equal. Name one with two or more."
        raise UsageError(msg)
    asked = "" if limit is None else f"fairness ({parity}) costs at most {limit:g} of precision at every capacity"
    if (name := capacity.wanting(rows, parity)) is not None:
        why = f"the group {plain(name, 40)} has no positive row, so its recall is not known"
        none = [Finding(f"precision_lost.{one:g}", None, None, None, 0, why) for one in shares]
        return Measured(given.ref, none, asked=asked, because=why, notes=_small(rows))
    ks = [round(one * given.rows) for one in shares]
    costs = [capacity.cost(rows, k, parity) for k in ks]
    again = capacity.redrawn(rows, ks, parity, draws=draws, seed=seed) / np.maximum(ks, 1)
    found = [_finding(*one, given.rows) for one in zip(shares, costs, again.T, strict=True)]
    small = _small(rows)
    met, because = (None, "") if limit is None else _met(found, limit)
    if met and small:
        met, because = None, f"{because}, but a group has fewer than {FEWEST} rows"
    return Measured(given.ref, found, (_places(rows, shares, costs),), asked, met, because, small)


def _shares(text: str) -> list[float]:
    try:
        found = [float(one) for one in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0 <= one <= 1 for one in found):
        msg = f"capacities are {plain(text, 60)!r}. Give shares of the rows from 0 to 1, such as 0.05,0.1,0.2."
        raise UsageError(msg)
    return found


def _finding(share: float, one: Cost, again: Floats, rows: int) -> Finding:
    said = (
        f"{one.k} places: {one.best_hits.sum():.0f} positives by score alone, {one.fair_hits.sum():.0f} fairly; "
        f"{np.abs(one.fair - one.best).sum() // 2} places change group"
    )
    if 0 < share < 1 and one.k in (0, rows):
        why = f"{rows} rows are too few for that share of them"
        return Finding(f"precision_lost.{share:g}", None, None, None, 0, f"{said}, but {why}")
    if np.isnan(again).mean() > _UNTOLD:
        why = "a group has so few positive rows that bootstrap samples lack them"
        return Finding(f"precision_lost.{share:g}", None, None, None, 0, f"{said}, but {why}")
    low, high = bootstrap.ends(again)
    return Finding(f"precision_lost.{share:g}", one.precision_lost, float(low), float(high), rows, said)


def _met(found: list[Finding], limit: float) -> tuple[bool | None, str]:
    told = [one for one in found if one.low is not None and one.high is not None]
    above = [one.axis for one in told if one.low is not None and one.low > limit]
    below = [one.axis for one in told if one.high is not None and one.high <= limit]
    if above:
        return False, f"the whole interval of {', '.join(above)} lies above"
    if len(below) == len(found):
        return True, "every interval ends at or below it"
    return (
        None,
        f"the interval of {', '.join(one.axis for one in found if one.axis not in below)} holds it or is unknown",
    )


def _places(rows: Ranked, shares: list[float], costs: list[Cost]) -> Shown:
    made = [
        (share, name, int(size), int(one.best[at]), int(one.fair[at]), float(one.best[at] / size),
         float(one.fair[at] / size), int(one.best_hits[at]), int(one.fair_hits[at]))
        for share, one in zip(shares, costs, strict=True)
        for at, (name, size) in enumerate(zip(rows.names, rows.sizes, strict=True))
    ]  # fmt: skip
    columns = ("capacity", "group", "rows", "places_best", "places_fair", "rate_best", "rate_fair", "hits_best",
               "hits_fair")  # fmt: skip
    return Shown("places of each group by score alone (best) and fairly", columns, made)


def _small(rows: Ranked) -> tuple[str, ...]:
    return tuple(
        f"{plain(name, 40)} has {size} rows, fewer than {FEWEST}: what is said of it is hardly worth anything"
        for name, size in zip(rows.names, rows.sizes.tolist(), strict=True)
        if size < FEWEST
    )
