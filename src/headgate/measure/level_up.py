"""Thresholds at which every group has a least rate and nobody a lower one than today, checked on fresh rows.

Reads: two tables of scores with a row for each case: a score, what was true, and the group. Thresholds are fitted on
the first; the second is only looked at to check them.
Finds: thresholds, or the group for which there are none; on the fresh rows each group's rate with an interval, the
objective before and after, and every rate that fell against today's threshold. Met where the whole
95 % interval of the lowest rate is at the floor or above and no group's rate fell, not met where all of it is below or
a rate fell for certain, otherwise, and with a group of fewer than 30 positives, it could not be told.
Cannot see: whether the labels are fair; what a higher rate costs those it is given to by mistake (the table shows where
precision fell); groups that are not in the table.
Reference: Mittelstadt, Wachter and Russell (2023), The unfairness of fair machine learning: levelling down and strict
egalitarianism by default, arXiv 2302.02404.
Checked against: thresholds worked out by hand, OxonFair's levelling up on Adult; see docs/methods/level_up.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate import frames
from headgate.errors import UsageError
from headgate.fairness import bootstrap, floors, thresholds
from headgate.fairness.constraints import Constraint
from headgate.fairness.constraints import objective as aim_of
from headgate.fairness.counts import count
from headgate.fairness.floors import LevelledUp
from headgate.fairness.fresh import Change, Held, changes, check
from headgate.fairness.fresh_text import alarm, changes_table, threshold_word
from headgate.fairness.names import rate_name
from headgate.plain import plain
from headgate.shapes import Finding, Measured, Shown

RISKS = ("1.1", "1.4")


def measure(
    *, validation: Path, test: Path, label: str = "label", score: str = "score", group: str = "group",
    measure: str = "recall", least: float = 0.75, objective: str = "accuracy", margin: float = 0.95,
    baseline: float = 0.5, draws: int = 1000, seed: int = 0,
) -> Measured:  # fmt: skip
    """Thresholds with a floor for every group, and what holds on fresh rows.

    `validation` is a CSV, JSON lines or Parquet file of scores to fit on; `test` is another of fresh rows; `label`
    names the column of what was true (yes or no); `score` names that of the score; `group` names that of the group;
    `measure` is the rate that every group shall have; `least` is its floor; `objective` is what is given up least of;
    `margin` is the probability with which the floor shall hold on fresh rows (0.5: none); `baseline` is today's
    threshold; `draws` is how many bootstrap samples; `seed` is of these. Raises `UsageError` and `BadInput` in one
    line each.
    """
    aim, measure = aim_of(objective), rate_name(measure)
    first, second = frames.read(validation), frames.read(test)
    fitted = floors.fit(
        first.numbers(score), first.flags(label).astype(int), first.groups(group), measure=measure, least=least,
        aim=aim, margin=margin, fresh=second.rows / first.rows, baseline=baseline,
    )  # fmt: skip
    scores, labels, groups = second.numbers(score), second.flags(label), second.groups(group)
    missing = sorted(set(fitted.groups) - set(groups.tolist()))
    if missing:
        msg = f"{plain(missing[0], 40)!r} is a group of the validation rows only. Give fresh rows of every group."
        raise UsageError(msg)
    before = scores >= baseline
    after = thresholds.decide(scores, groups, fitted.groups, fitted.at)
    counts = count(labels, after, groups)
    held = check(Constraint((measure,), "worst", least), counts, few=fitted.few, draws=draws, seed=seed)
    kinds = tuple(dict.fromkeys((measure, "recall", "selection_rate", "precision")))
    changed = changes(labels, before, after, groups, measures=kinds, draws=draws, seed=seed)
    met, because = _answer(fitted, held, [one for one in changed if one.measure == measure])
    value = aim.value(counts)
    low, high = bootstrap.ends(aim.value(bootstrap.redrawn(counts, draws=draws, seed=seed)))
    was = float(aim.value(count(labels, before, groups)))
    worst = Finding(
        "worst_rate", held.value, held.low, held.high, second.rows, f"{measure} of the group with the least"
    )
    if held.value is None:
        worst = Finding("worst_rate", None, None, None, 0, held.because)
    cost = Finding("objective", float(value), float(low), float(high), second.rows, f"{aim}, {was:.3f} at the baseline")
    if np.isnan(value):
        cost = Finding("objective", None, None, None, 0, f"{aim} is not defined on fresh rows")
    return Measured(
        second.ref,
        [worst, cost, alarm(changed, second.rows)],
        tables=(_thresholds(fitted), changes_table(changed)),
        asked=f"{measure} of every group is at least {least:g} on fresh rows, and of none lower than at the baseline",
        met=met,
        because=because,
        notes=_notes(fitted),
    )


def _answer(fitted: LevelledUp, held: Held, changed: list[Change]) -> tuple[bool | None, str]:
    if fitted.binding is not None:
        shown = "no rate" if fitted.surest is None else f"at most {fitted.surest:.3f}"
        never = fitted.most is not None and fitted.most < fitted.least
        why = f"infeasible: {fitted.binding} can be given {shown} with the margin"
        return (False if never and fitted.binding not in fitted.few else None), why
    fell = [one.group for one in changed if one.fell]
    if fell:
        return False, f"{held.because}; it fell for {', '.join(fell)}"
    unsure = [one.group for one in changed if one.low < 0]
    if unsure and held.met:
        return None, f"{held.because}; it may have fallen for {', '.join(unsure)}"
    return held.met, held.because


def _thresholds(fitted: LevelledUp) -> Shown:
    rows = [
        (one, threshold_word(float(at)), float(was), float(now))
        for one, at, was, now in zip(fitted.groups, fitted.at, fitted.before, fitted.after, strict=True)
    ]
    names = ("group", "threshold", f"{fitted.measure} before", f"{fitted.measure} after")
    return Shown("thresholds, and rates on validation", names, rows)


def _notes(fitted: LevelledUp) -> tuple[str, ...]:
    if fitted.binding is not None:
        return (f"infeasible: no threshold of {fitted.binding} is as asked, so every threshold stays at the baseline",)
    was, now = fitted.values
    return (f"nobody's {fitted.measure} is lower on validation; the objective there goes from {was:.4f} to {now:.4f}",)
