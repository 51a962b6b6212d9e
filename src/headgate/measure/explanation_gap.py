"""How well local explanations follow a model's scores in each group, and whether small numbers or shift part them.

Reads: a table with a row for each case: its features, the score that the model gave it, and its group.
Finds: for each group the fidelity of local linear explanations (R2, and how often they fall on the same side of a cut)
with an interval over the rows explained; the gap between the best and the worst group; how much of it vanishes
when explanations draw on as many rows of both, how much then when the better group is weighted to the features of the
worse, and what is left: another relation of features and scores, or features that are not in the table. With `limit`
met where the interval of the gap ends at or below it, not met where it begins above it, otherwise could not be told.
Cannot see: the model itself, so rows of the table stand in for made-up neighbours; other explainers; whether the model
is right. That the rows drawn on are a sample is not in the intervals. R2 also falls where the scores of a group hardly
differ: read it beside the accuracy. The best and the worst group are picked by the figures themselves.
Reference: Mhasawade et al. (2024), Understanding Disparities in Post Hoc Machine Learning Explanation, arXiv
2401.14539.
Checked against: simulations with and without shift; see docs/methods/explanation_gap.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from headgate import frames
from headgate.errors import BadInput, UsageError
from headgate.evidence.intervals import wilson
from headgate.fairness import bootstrap, definitions
from headgate.fairness.counts import Floats, count
from headgate.fairness.definitions import Definition
from headgate.fairness.fidelity import Ints, explained, fidelity, like, parts, standardised
from headgate.frames import Frame
from headgate.plain import plain
from headgate.shapes import Finding, Measured, Shown

RISKS = ("1.4",)
NEEDS = ("sklearn",)
FEWEST = 50  # rows of a group below which it is shown but takes no part in the gap
MOST = 6000  # rows that explanations draw on
REPEATS = 5  # drawings of as many rows of both groups
_WORDS = 30  # words of a column, each in enough rows, above which it is no feature
_UNTOLD = 0.05  # share of bootstrap samples without a figure from which on there is no interval
_HUGE = 1e100  # squares of larger numbers are none
_RARE = 0.01  # share of rows below which a word is no feature

Kind = Literal["r2", "accuracy"]
_AXES = ("fidelity_gap", "gap_by_size", "gap_by_covariates", "gap_left")
_SAID = (
    "vanishes when explanations draw on as many rows of both",
    "then vanishes when the best group is weighted to the features of the worst",
    "left: another relation of features and scores, or features that are not in the table",
)


@dataclass(frozen=True, slots=True)
class _Case:
    """Features and scores of all rows, groups as numbers, and the rows explained."""

    features: Floats
    scores: Floats
    member: Ints
    names: tuple[str, ...]
    at: Ints
    predicted: Floats


def measure(
    *, table: Path, score: str = "score", group: str = "group", leave_out: str = "",
    kind: Literal["r2", "accuracy"] = "r2", cut: float = 0.5, neighbours: int = 200, rows: int = 1000,
    limit: float | None = None, draws: int = 500, seed: int = 0,
) -> Measured:  # fmt: skip
    """Fidelity of local explanations by group, the gap, and its parts.

    `table` is a CSV, JSON lines or Parquet file whose other columns are features; `score` names the column of the
    model's scores; `group` names that of the group, which is no feature; `leave_out` names columns that are none
    either, such as id,label; `kind` is the fidelity whose gap is told: r2 or accuracy; `cut` is the score from which
    on the model says yes; `neighbours` is how many rows an explanation is fitted to; `rows` is how many rows of a group
    are explained at most; `limit` is the largest gap that is let pass; `draws` is how many bootstrap samples; `seed` is
    of what is drawn. Raises `UsageError` and `BadInput` in one line each.
    """
    if rows < FEWEST or not (limit is None or limit >= 0):  # nan is no limit
        msg = f"rows must be at least {FEWEST}, and a limit 0 or more."
        raise UsageError(msg)
    bootstrap.enough(draws, 2 * rows)
    given, random = frames.read(table), np.random.default_rng(seed)
    features, left = _features(given, {score, group, *(one.strip() for one in leave_out.split(",") if one.strip())})
    scores = given.numbers(score, low=-_HUGE, high=_HUGE)
    if kind == "accuracy" and not 0 < (scores >= cut).sum() < given.rows:
        msg = f"all scores lie on one side of the cut {cut:g}, so every explanation is right. Give the model's own cut."
        raise UsageError(msg)
    case = _case(features, scores, given.groups(group), (neighbours, rows), random)
    shown, best, worst = _by_group(case, kind, cut, draws, random)
    found = _parts(case, (best, worst), kind, cut, neighbours, draws, random)
    if kind == "accuracy":  # no bootstrap of a group that was always right draws one that was not
        found[0] = _of_shares(found[0], case, cut, draws, seed)
    gap = found[0]
    met = None if limit is None else _met(gap, limit)
    return Measured(
        given.ref,
        found,
        tables=(shown,),
        asked="" if limit is None else f"the gap of fidelity ({kind}) between groups is at most {limit:g}",
        met=met,
        because=gap.evidence,
        notes=(*left, *_small(case)),
    )


def _features(given: Frame, others: set[str]) -> tuple[Floats, tuple[str, ...]]:
    """The features of all rows, of variance 1, words as yes or no for each; and what was left out."""
    for name in others:
        given.column(name)
    columns, left = list[Floats](), list[str]()
    for name in given.columns:
        if name in others:
            continue
        try:
            columns.append(given.numbers(name, low=-_HUGE, high=_HUGE))
        except BadInput:
            words = given.words(name)
            kinds, count = np.unique(words, return_counts=True)
            kept = kinds[count >= _RARE * given.rows]
            if not 1 <= len(kept) <= _WORDS:
                left.append(f"the column {plain(name, 40)} has {len(kinds)} different words and is left out")
                continue
            columns += [(words == kind).astype(np.float64) for kind in kept]
    if not columns:
        msg = f"{plain(given.path)} has no column that is a feature. Give the columns the model was told."
        raise BadInput(msg)
    return standardised(np.column_stack(columns)), tuple(left)


def _case(
    features: Floats, scores: Floats, groups: frames.Words, sizes: tuple[int, int], random: np.random.Generator
) -> _Case:
    names, member = np.unique(groups, return_inverse=True)
    neighbours, rows = sizes
    at = np.concatenate([
        random.permutation(np.flatnonzero(member == one))[:rows] for one in range(len(names))
    ])  # fmt: skip
    among = random.permutation(len(scores))[:MOST]
    return _Case(
        features, scores, member, tuple(names.tolist()), at,
        explained(features, scores, at, among, neighbours=neighbours),
    )  # fmt: skip


def _by_group(case: _Case, kind: Kind, cut: float, draws: int, random: np.random.Generator) -> tuple[Shown, int, int]:
    """Each group's fidelity as a table, and which group is the best and which the worst."""
    sizes, rows, values = np.bincount(case.member), list[tuple[object, ...]](), np.full(len(case.names), np.nan)
    for one, name in enumerate(case.names):
        member = case.member[case.at] == one
        y, predicted = case.scores[case.at][member], case.predicted[member]
        again = _again(np.ones(len(y)), draws, random)
        told = list[object]()
        for which in get_args(Kind):
            value = float(fidelity(y, predicted, np.ones(len(y)), which, cut=cut))
            share = wilson(value * len(y), len(y)) if which == "accuracy" else None
            told += [value, *(share or _ends(fidelity(y, predicted, again, which, cut=cut)))]
            if which == kind and sizes[one] >= FEWEST:
                values[one] = value
        rows.append((name, int(sizes[one]), len(y), *told))
    if (~np.isnan(values)).sum() < 2:
        msg = f"fewer than two groups have {FEWEST} rows and scores that differ, so there is no gap. Give more rows."
        raise BadInput(msg)
    columns = ("group", "rows", "explained", "r2", "low", "high", "accuracy", "low", "high")
    best = int(np.nanargmax(values))
    values[best] = np.nan  # so that the worst is another one, where all are equal
    return Shown("fidelity by group", columns, rows), best, int(np.nanargmin(values))


def _again(rows: Floats, draws: int, random: np.random.Generator) -> Floats:
    """How often each of the rows that are not 0 stands in bootstrap samples, shape (draws, rows)."""
    return random.multinomial(int((rows > 0).sum()), (rows > 0) / (rows > 0).sum(), size=draws).astype(np.float64)


def _ends(values: Floats) -> tuple[float | None, float | None]:
    # where more than a few samples are undefined there is no interval
    if np.isnan(values).mean() > _UNTOLD:
        return None, None
    low, high = bootstrap.ends(values)
    return float(low), float(high)


def _parts(
    case: _Case, pair: tuple[int, int], kind: Kind, cut: float, neighbours: int, draws: int,
    random: np.random.Generator,
) -> list[Finding]:  # fmt: skip
    """The gap between the groups of `pair`, the better one first, and its parts."""
    better, worse = (np.flatnonzero(case.member == one) for one in pair)
    here = np.isin(case.member[case.at], pair)
    at, found = case.at[here], case.predicted[here]
    good, bad = ((case.member[at] == one).astype(np.float64) for one in pair)
    same = min(len(better), len(worse), MOST // 2)
    names = [plain(case.names[one], 40) for one in pair]
    if 2 * same <= neighbours:
        why = f"{same} rows of each of {names[0]} and {names[1]} are too few for {neighbours} neighbours"
        even, odds = found[None], np.ones(len(at))
    else:
        why = ""
        even = np.stack([
            explained(case.features, case.scores, at, _evenly(better, worse, same, random), neighbours=neighbours)
            for _ in range(REPEATS)
        ])  # fmt: skip
        both = np.concatenate((better, worse))
        weight = np.zeros(len(case.member))
        weight[both] = like(case.features[both], np.isin(both, worse))
        odds = weight[at]
    again_good, again_bad = _again(good, draws, random), _again(bad, draws, random)
    scores = case.scores[at]
    told = parts(scores, found, even, (good, bad, good * odds), kind, cut=cut)
    drawn = parts(scores, found, even, (again_good, again_bad, again_good * odds), kind, cut=cut)
    said = (f"{names[0]} best, {names[1]} worst of the groups of {FEWEST} rows or more", *_SAID)
    made = []
    for axis, words, value, values in zip(_AXES, said, told, drawn, strict=True):
        low, high = _ends(values)
        if (why and axis != _AXES[0]) or low is None or np.isnan(value):
            made.append(Finding(axis, None, None, None, 0, why or "not defined: scores hardly differ"))
        else:
            made.append(Finding(axis, float(value), low, high, len(at), words))
    return made


def _of_shares(gap: Finding, case: _Case, cut: float, draws: int, seed: int) -> Finding:
    """The same with the interval that gaps of shares have, over every group that takes part."""
    same = (case.scores[case.at] >= cut) == (case.predicted >= cut)
    counts = count(np.ones(len(same)), same, np.array(case.names)[case.member[case.at]])
    counts = counts.of(np.bincount(case.member) >= FEWEST)
    ends = definitions.interval(Definition(("recall",)), counts, bootstrap.posterior(counts, draws=draws, seed=seed))
    return gap if ends is None else replace(gap, low=ends[0], high=ends[1])


def _evenly(better: Ints, worse: Ints, same: int, random: np.random.Generator) -> Ints:
    return np.concatenate([random.permutation(one)[:same] for one in (better, worse)])


def _met(gap: Finding, limit: float) -> bool | None:
    if gap.low is None or gap.high is None or gap.low <= limit < gap.high:
        return None
    return gap.high <= limit


def _small(case: _Case) -> tuple[str, ...]:
    return tuple(
        f"{plain(name, 40)} has {size} rows, fewer than {FEWEST}: it takes no part in the gap"
        for name, size in zip(case.names, np.bincount(case.member).tolist(), strict=True)
        if size < FEWEST
    )
