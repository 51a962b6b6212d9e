"""Gaps between groups nobody recorded, by three weak proxies of the group, beside what the proxies say naively.

Reads: a table with a row for each case: what was decided, where known what was true, and three guesses of the group.
Finds: the gap of selection rates, and with labels of recall and other measures, corrected for the errors of the
proxies, with a bootstrap interval; the naive gap, by the group that most proxies name; how good the proxies are.
Corrected figures are given only where the data identify them: proxies that are independent of each other and of the
decision given the group (tested with the counts that the model leaves over), that tell all groups apart, and that name
each group more often than another. Otherwise they could not be told, and the evidence says why. With `limit` met where
the interval of the corrected gap of `measure` ends at or below it, not met where it begins above it; could not be told
where the interval holds it, or where the test would not surely have noticed a proxy that copies another in a fifth of
the rows. Where it would hardly have, there are no corrected figures either.
Cannot see: anybody's group: only totals are estimated and printed, and a proxy, or all three together, that names the
group of a person too well is warned of. Dependence that looks like the model; groups that the proxies do not name.
Reference: Zhu et al. (2023), Weak Proxies are Sufficient and Preferable for Fairness with Missing Sensitive Attributes,
arXiv 2210.03175.
Checked against: the true gap on Adult, whose groups are recorded; see docs/methods/weak_proxies.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headgate import frames
from headgate.errors import BadInput, UsageError
from headgate.fairness import bootstrap, latent_group, measures
from headgate.fairness.counts import Floats
from headgate.fairness.latent_group import Fit
from headgate.fairness.proxies import (
    corrected,
    independence,
    naive,
    power,
    redrawn,
    sharpest,
    smallest,
    spare,
    switched,
    tally,
)
from headgate.frames import Frame
from headgate.plain import plain
from headgate.shapes import Finding, Measured, Shown

RISKS = ("1.1", "1.4", "2.2")
MOST = 5  # groups: the counts are as many as the cells times the cube of the groups
FEWEST = 30  # people of a group, as estimated, below which nothing is told
BLUNT = 0.05  # singular value below which a proxy hardly tells some groups apart
SEEN = 0.4  # power of the test of independence below which nothing is told; chosen on Adult's training rows
SURE = 0.8  # that below which nothing is met
_WITH_LABEL = ("selection_rate", "recall", "false_positive_rate", "precision", "accuracy")


@dataclass(frozen=True, slots=True)
class _Case:
    """Counts and the model of them, those of bootstrap samples, and what the test of independence says and notices."""

    rows: int
    groups: tuple[str, ...]
    columns: tuple[str, ...]
    table: Floats
    drawn: Floats
    model: Fit
    again: Fit
    chance: float
    power: float


def measure(
    *, table: Path, decision: str = "decision", proxies: str = "proxy1,proxy2,proxy3", label: str = "",
    measure: str = "selection_rate", limit: float | None = None, level: float = 0.05, privacy: float = 0.9,
    draws: int = 1000, seed: int = 0,
) -> Measured:  # fmt: skip
    """Gaps between groups that are not recorded, and whether three proxies suffice for them.

    `table` is a CSV, JSON lines or Parquet file; `decision` names the column of what was decided (yes or no);
    `proxies` names three columns that guess the group, such as a,b,c, all with the same words; `label` names the column
    of what was true, where known; `measure` is what `limit` is asked of; `limit` is the largest gap that is let pass;
    `level` is that of the test of independence; `privacy` is the accuracy from which on a proxy is warned of; `draws`
    is how many bootstrap samples; `seed` is of these. Raises `UsageError` and `BadInput` in one line each.
    """
    names = _WITH_LABEL if label else _WITH_LABEL[:1]
    _check(measure, names, (limit, level, privacy), draws)
    given = frames.read(table)
    case = _case(given, (decision, proxies, label), level, draws, seed)
    doubts = _doubts(case, level)
    found = [_corrected(name, case, doubts) for name in names]
    asked = next(one for one in found if one.axis == measure)
    met, because = (None, "") if limit is None else _met(asked, limit, case.power)
    said = (
        f"independence of the proxies given the group: p {case.chance:.3g}, {spare(case.table)} counts left over; the "
        f"test notices a proxy that copies another in a fifth of the rows with power {case.power:.2f}"
    )
    return Measured(
        given.ref,
        [*found, *(_naive(name, case) for name in names)],
        tables=(_by_group(names, case, doubts), _by_proxy(case, doubts)),
        asked="" if limit is None else f"the gap of {measure} between groups is at most {limit:g}",
        met=met,
        because=because,
        notes=(said, *_private(case, privacy, doubts)),
    )


def _check(measure: str, names: tuple[str, ...], shares: tuple[float | None, ...], draws: int) -> None:
    if measure not in names:
        msg = f"no measure {plain(measure, 40)!r} here. Choose from {', '.join(names)}; others need --label."
        raise UsageError(msg)
    if draws < 100 or not all(one is None or 0 <= one <= 1 for one in shares):
        msg = "limit, level and privacy go from 0 to 1, and draws from 100."
        raise UsageError(msg)


def _case(given: Frame, names: tuple[str, str, str], level: float, draws: int, seed: int) -> _Case:
    decision, proxies, label = names
    columns = tuple(one.strip() for one in proxies.split(","))
    if len(columns) != 3 or len(set(columns)) != 3:
        msg = f"proxies are {plain(proxies, 80)!r}. Name three different columns, such as a,b,c."
        raise UsageError(msg)
    words = np.stack([given.words(one) for one in columns], axis=1)
    groups, said = np.unique(words, return_inverse=True)
    if not 2 <= len(groups) <= MOST or "" in groups:
        msg = f"the proxies name {len(groups)} groups (no word is one). Give 2 to {MOST}, and no row without a word."
        raise UsageError(msg)
    cell = given.flags(decision).astype(np.int64)
    if label:
        cell = cell + 2 * given.flags(label)
    table = tally(cell, said.reshape(words.shape), kinds=4 if label else 2, groups=len(groups))
    if (table.sum((-3, -2, -1)) == 0).any():
        msg = (
            f"{plain(given.path)}: all rows are decided alike, or all that are positive or negative. No gap to measure."
        )
        raise BadInput(msg)
    model, drawn = latent_group.fit(table), redrawn(table, draws=draws, seed=seed)
    return _Case(
        given.rows, tuple(groups.tolist()), columns, table, drawn, model, latent_group.fit(drawn, start=model),
        independence(table, model, draws=min(draws, 500), seed=seed), power(table, model, level=level),
    )  # fmt: skip


def _doubts(case: _Case, level: float) -> tuple[str, ...]:
    """Why the figures cannot be told, in words; none where they can."""
    sharp = bootstrap.ends(smallest(case.again))[0]
    blunt = ", ".join(plain(name, 40) for name, one in zip(case.columns, sharp, strict=True) if one < BLUNT)
    people = float(bootstrap.ends(case.again.prior)[0].min()) * case.rows
    doubts = (
        (case.chance < level,
         f"the proxies depend on each other or on the decision, given the group (p {case.chance:.2g})"),
        (case.power < SEEN,
         f"dependent proxies would be noticed with power {case.power:.2f} only, so nothing speaks for these"),
        (bool(blunt), f"{blunt} may hardly tell the groups apart"),
        (switched(case.model), "some group is named less often than another where it is, so names may be switched"),
        (people < FEWEST, f"the smallest group may have fewer than {FEWEST} people"),
        (not bool(case.model.done), "the fit came to no end"),
    )  # fmt: skip
    return tuple(words for holds, words in doubts if holds)


def _corrected(name: str, case: _Case, doubts: tuple[str, ...]) -> Finding:
    values = measures.rate(name, corrected(case.model, case.groups))
    if doubts or np.isnan(values).any():
        return Finding(name, None, None, None, 0, "; ".join(doubts) or f"{name} is not defined for every group")
    low, high = bootstrap.ends(measures.between(measures.rate(name, corrected(case.again, case.groups))))
    said = f"corrected: {_said(values, case.groups)}"
    return Finding(name, float(measures.between(values)), float(low), float(high), case.rows, said)


def _naive(name: str, case: _Case) -> Finding:
    values = measures.rate(name, naive(case.table, case.groups))
    if np.isnan(values).any():
        return Finding(f"naive.{name}", None, None, None, 0, f"{name} is not defined for every group as named")
    low, high = bootstrap.ends(measures.between(measures.rate(name, naive(case.drawn, case.groups))))
    said = f"as most proxies name the groups, errors and all: {_said(values, case.groups)}"
    return Finding(f"naive.{name}", float(measures.between(values)), float(low), float(high), case.rows, said)


def _said(values: Floats, groups: tuple[str, ...]) -> str:
    least, most = int(values.argmin()), int(values.argmax())
    return f"{plain(groups[most], 40)} {values[most]:.3f}, {plain(groups[least], 40)} {values[least]:.3f}"


def _met(asked: Finding, limit: float, power: float) -> tuple[bool | None, str]:
    if asked.value is None or asked.low is None or asked.high is None:
        return None, asked.evidence
    interval = f"interval {asked.low:.3f} to {asked.high:.3f}"
    if asked.high > limit >= asked.low:
        return None, f"{interval} holds the limit"
    if power < SURE:
        return None, f"{interval}, but dependent proxies would have been noticed with power {power:.2f} only"
    return asked.high <= limit, f"{asked.evidence}, {interval}"


def _by_group(names: tuple[str, ...], case: _Case, doubts: tuple[str, ...]) -> Shown:
    rows: list[tuple[object, ...]] = []
    for name in names:
        voted = measures.rate(name, naive(case.table, case.groups))
        values = measures.rate(name, corrected(case.model, case.groups))
        low, high = bootstrap.ends(measures.rate(name, corrected(case.again, case.groups)))
        for at, group in enumerate(case.groups):
            told = (None, None, None) if doubts else (values[at], low[at], high[at])
            rows.append((name, group, voted[at], *told))
    return Shown("measures by group", ("measure", "group", "naive", "corrected", "low", "high"), rows)


def _by_proxy(case: _Case, doubts: tuple[str, ...]) -> Shown:
    low, high = bootstrap.ends(case.again.accuracy)
    least, ratio = smallest(case.model), np.linalg.cond(case.model.told)
    rows = [
        (name, *((None, None, None) if doubts else (case.model.accuracy[at], low[at], high[at])), least[at], ratio[at])
        for at, name in enumerate(case.columns)
    ]
    columns = ("proxy", "accuracy", "low", "high", "smallest_singular", "condition")
    return Shown("proxies: how often right, and how well they tell groups apart", columns, rows)


def _private(case: _Case, privacy: float, doubts: tuple[str, ...]) -> tuple[str, ...]:
    # said even where the model is in doubt, since too much warning harms nobody
    unsure = ", as far as the doubtful model goes" if doubts else ""
    warned = [
        f"privacy: {name} names the group of {one:.0%} of people{unsure}. Use a weaker proxy, which serves as well here"
        for name, one in zip(case.columns, case.model.accuracy.tolist(), strict=True)
        if one >= privacy
    ]
    if (together := sharpest(case.model)) >= privacy:
        warned.append(f"privacy: all three proxies together would name the group of {together:.0%} of people{unsure}")
    return tuple(warned)
