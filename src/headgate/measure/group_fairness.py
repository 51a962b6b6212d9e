"""Measures of decisions by group, and the gaps between groups, each with an interval.

Reads: a table with a row for each person or case: what was true, what was decided, and the group, or several columns
of which each combination is a group.
Finds: for each measure how far groups are apart, with an interval, and in a table its value for each group. With
`limit` also whether the gap of `measure` is at most that: it is where the upper end of the interval is, it is not where
the lower end is above, and in between that could not be told. Of a ratio and of the worst group the limit is the least.
Cannot see: whether the labels are fair themselves; groups that are not in the table; why groups differ; rows of one
person that stand there twice, which make every interval too short.
Reference: Delaney et al. (2024), OxonFair, arXiv 2407.13710; fairlearn's metrics, whose names are accepted.
Checked against: fairlearn, scikit-learn and OxonFair, to 1e-12; see docs/methods/group_fairness.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from headgate import frames
from headgate.errors import UsageError
from headgate.evidence.intervals import wilson
from headgate.fairness import bootstrap, definitions, names, strata
from headgate.fairness.counts import Counts, Floats, count, crossed
from headgate.fairness.definitions import DEFINITIONS, Definition
from headgate.fairness.measures import RATES, SHARES, rate
from headgate.plain import plain
from headgate.shapes import Finding, Measured, Shown

RISKS = ("1.1", "1.4")
_LISTED = 20  # groups left out that are told one by one
FEWEST, POSITIVES = 30, 10  # rows and true labels of a group below which it is flagged
RATED = (
    "selection_rate", "recall", "false_positive_rate", "false_negative_rate", "true_negative_rate", "precision",
    "negative_predictive_value", "accuracy",
)  # fmt: skip
JOINED = (
    "disparate_impact", "equalized_odds", "equalized_odds_mean", "equalized_odds_ratio", "conditional_use_accuracy",
    "treatment_equality",
)  # fmt: skip


def measure(
    *, table: Path, label: str = "label", decision: str = "decision", group: str = "group", measure: str = "recall",
    limit: float | None = None, within: str = "", draws: int = 1000, seed: int = 0,
) -> Measured:  # fmt: skip
    """Gaps between groups with intervals, and each group's values.

    `table` is a CSV, JSON lines or Parquet file; `label` names the column of what was true (yes or no); `decision`
    names that of what was decided; `group` names that of the group, or several with commas between them; `measure`
    is what `limit` is asked of, by our name or fairlearn's; `limit` is the largest gap that is let pass (of a ratio
    and of the worst group the least); `within` names a column in whose values groups are compared as if they fell
    alike; `draws` is how many draws the intervals rest on; `seed` is of these. Raises `UsageError` and `BadInput`.
    """
    asked = names.definition(measure)
    most = 1.0 if asked.gap == "ratio" or set(asked.rates) <= set(SHARES) else np.finfo(float).max
    if limit is not None and not 0 <= limit <= most:
        msg = f"a limit of {limit:g} is no gap of {plain(measure, 60)}. Give one from 0{' to 1' if most == 1 else ''}."
        raise UsageError(msg)
    given = frames.read(table)
    columns = [given.words(one.strip()) for one in group.split(",")]
    kept = np.all([one != "" for one in columns], axis=0)
    if not kept.any():
        msg = f"no row names a group in {group!r}. Name a column that does."
        raise UsageError(msg)
    y, d, g = given.flags(label)[kept], given.flags(decision)[kept], crossed(columns)[kept]
    counts, notes = _judged(count(y, d, g), several=len(columns) > 1, unnamed=int((~kept).sum()))
    seen, again = _with_draws(counts, y, d, g, given.words(within)[kept] if within else None, draws, seed)
    wanted = {**{one: Definition((one,)) for one in RATED}, **{one: DEFINITIONS[one] for one in JOINED}}
    axis = next((name for name, one in wanted.items() if one == asked), measure)
    found = {name: _gap(name, one, seen, again) for name, one in {**wanted, axis: asked}.items()}
    return Measured(
        given.ref,
        list(found.values()),
        tables=(_by_group(seen, again, asked, whole=not within),),
        asked="" if limit is None else _asked(measure, asked, limit, several=len(columns) > 1),
        met=None if limit is None else asked.met(_both(found[axis]), limit),
        because=found[axis].evidence + _ends(found[axis]),
        notes=notes,
    )


def _judged(counts: Counts, *, several: bool, unnamed: int) -> tuple[Counts, tuple[str, ...]]:
    small, few = counts.sizes < FEWEST, counts.positives < POSITIVES
    left_out = small & several
    kept = counts.of(~left_out)
    if len(kept.groups) < 2:
        msg = (
            f"{len(kept.groups)} of {len(counts.groups)} groups can be compared, so there is no gap. "
            f"Name columns with two or more groups{f' of {FEWEST} rows' if several else ''}."
        )
        raise UsageError(msg)
    if len(kept.groups) > frames.MOST_GROUPS:
        msg = f"{len(kept.groups):,} groups, more than {frames.MOST_GROUPS}. Name a column of groups."
        raise UsageError(msg)
    notes = [f"{unnamed} rows name no group and are left out"] * bool(unnamed)
    if left_out.sum() > _LISTED:
        notes.append(f"{left_out.sum()} groups have fewer than {FEWEST} rows and are left out of the gaps")
        small, few = small & ~left_out, few & ~left_out
    for name, size, true, is_small, is_few in zip(
        counts.groups, counts.sizes, counts.positives, small, few, strict=True
    ):
        if is_small:
            what = "it is left out of the gaps" if several else "what is said of it is hardly worth anything"
            notes.append(f"{name} has {size:.0f} rows, fewer than {FEWEST}: {what}")
        elif is_few:
            notes.append(f"{name} has {true:.0f} true labels, fewer than {POSITIVES}: its recall is hardly known")
    return kept, tuple(notes)


def _with_draws(
    counts: Counts, y: frames.Flags, d: frames.Flags, g: npt.NDArray[np.str_], within: frames.Words | None,
    draws: int, seed: int,
) -> tuple[Counts, Counts]:  # fmt: skip
    if within is None:
        return counts, bootstrap.posterior(counts, draws=draws, seed=seed)
    kept = np.isin(g, counts.groups)
    cells = strata.by_stratum(y[kept], d[kept], g[kept], within[kept])
    # half a row of each kind for a whole group: half for each stratum would make groups alike
    again = bootstrap.posterior(cells, draws=draws, seed=seed, prior=bootstrap.HALF / len(cells.tp))
    return strata.standardised(cells), strata.standardised(again)


def _gap(name: str, definition: Definition, counts: Counts, again: Counts) -> Finding:
    values, ends = definitions.rates(definition, counts), definitions.interval(definition, counts, again)
    if ends is None:
        missing = np.asarray(np.isnan(values).any(-2)).tolist()
        unknown = [one for one, bad in zip(counts.groups, missing, strict=True) if bad]
        return Finding(name, None, None, None, 0, f"{name} is not defined for {', '.join(unknown[:3])}")
    said = "; ".join(_said(part, row, counts.groups) for part, row in zip(definition.rates, values, strict=True))
    rows = round(float(counts.sizes.sum()))
    return Finding(name, float(definitions.measured(definition, counts)), *ends, rows, said)


def _said(part: str, values: Floats, groups: tuple[str, ...]) -> str:
    least, most = int(values.argmin()), int(values.argmax())
    return f"{part} {groups[most]} {values[most]:.3f}, {groups[least]} {values[least]:.3f}"


def _by_group(counts: Counts, again: Counts, asked: Definition, *, whole: bool) -> Shown:
    rows: list[tuple[object, ...]] = []
    for name in dict.fromkeys((*RATED, *asked.rates)):
        values, low, high = (np.array(rate(name, counts)) for _ in range(3))
        known = ~np.isnan(values)
        if known.any():
            low[known], high[known] = bootstrap.ends(rate(name, again)[:, known])
        share = [part(counts) for part in RATES[name]] if whole and name in SHARES else None
        for place, one in enumerate(counts.groups):
            if np.isnan(values[place]):
                rows.append((name, one, None, None, None))
                continue
            exact = wilson(float(share[0][place]), float(share[1][place])) if share else None
            rows.append((name, one, values[place], *(exact or (low[place], high[place]))))
    return Shown("measures by group", ("measure", "group", "value", "low", "high"), rows)


def _asked(measure: str, asked: Definition, limit: float, *, several: bool) -> str:
    which = f"groups of at least {FEWEST} rows" if several else "groups"
    what = f"the gap of {measure}" if measure in names.RATE_NAMES else measure
    return f"{what} between {which} is at {'most' if asked.at_most else 'least'} {limit:g}"


def _both(found: Finding) -> tuple[float, float] | None:
    return None if found.low is None or found.high is None else (found.low, found.high)


def _ends(found: Finding) -> str:
    ends = _both(found)
    return "" if ends is None else f", interval {ends[0]:.3f} to {ends[1]:.3f}"
