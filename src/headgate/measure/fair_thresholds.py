"""Thresholds by group that meet a fairness constraint on validation rows, checked on fresh rows with an interval.

Reads: two tables of scores with a row for each case: a score, what was true, and the group. Thresholds are fitted on
the first; the second is only looked at to say whether the constraint holds there.
Finds: thresholds; the frontier of the objective against the gap; on the fresh rows the gap, the objective and for whom
recall or the share selected fell against today's threshold (levelling down). The constraint is met where the whole 95 %
interval on fresh rows keeps the limit, not met where all of it breaks it, otherwise, and with a group of fewer than 30
positives, it could not be told.
Cannot see: whether the labels are fair; groups that are not in the table; whether a group may lawfully be used to
decide. Thresholds by group treat two people with the same score differently.
Reference: Delaney et al. (2024), OxonFair, arXiv 2407.13710; for the alarm Mittelstadt et al. (2023), arXiv 2302.02404.
Checked against: every combination of thresholds on breast_cancer, OxonFair and fairlearn on Adult, German credit and
Bank marketing; see docs/methods/fair_thresholds.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headgate import frames
from headgate.errors import UsageError
from headgate.fairness import bootstrap, thresholds
from headgate.fairness.constraints import constraint as written
from headgate.fairness.constraints import objective as aim_of
from headgate.fairness.counts import Counts, Floats, count
from headgate.fairness.cuts import Flags
from headgate.fairness.fresh import changes, check
from headgate.fairness.fresh_text import alarm, changes_table, threshold_word
from headgate.fairness.margins import FEWEST
from headgate.plain import plain
from headgate.shapes import Finding, Measured, Shown

RISKS = ("1.1", "1.4")
_SHOWN = 12  # points of the frontier


def measure(
    *, validation: Path, test: Path, label: str = "label", score: str = "score", group: str = "group",
    constraint: str = "demographic_parity<=0.02", objective: str = "accuracy", margin: float = 0.95,
    baseline: float = 0.5, draws: int = 1000, seed: int = 0,
) -> Measured:  # fmt: skip
    """Thresholds, the frontier, and what holds on fresh rows.

    `validation` is a CSV, JSON lines or Parquet file of scores to fit on; `test` is another of fresh rows; `label`
    names the column of what was true (yes or no); `score` names that of the score; `group` names that of the group;
    `constraint` is a measure or parity, a gap and a limit, such as demographic_parity<=0.02, equalized_odds<=0.05 or
    selection_rate ratio>=0.8; `objective` is what is made as large as can be; `margin` is the probability with which
    the constraint shall hold on fresh rows (0.5: none); `baseline` is today's threshold; `draws` is how many
    bootstrap samples; `seed` is of these. Raises `UsageError` and `BadInput` in one line each.
    """
    asked, aim = written(constraint), aim_of(objective)
    first, second = frames.read(validation), frames.read(test)
    fresh = second.rows / first.rows
    fitted = thresholds.fit(
        first.numbers(score), first.flags(label).astype(int), first.groups(group), asked,
        aim=aim, margin=margin, fresh=fresh, baseline=baseline,
    )  # fmt: skip
    scores, labels, groups = second.numbers(score), second.flags(label), second.groups(group)
    missing = sorted(set(fitted.parts) - set(groups.tolist()))
    if missing:
        msg = f"{plain(missing[0], 40)!r} is a group of the validation rows only. Give fresh rows of every group."
        raise UsageError(msg)
    after = thresholds.decide(scores, groups, fitted.parts, fitted.at)
    before: Flags = scores >= baseline
    counts, base = count(labels, after, groups), count(labels, before, groups)
    held = check(asked, counts, few=fitted.few, draws=draws, seed=seed)
    gap = Finding("gap", held.value, held.low, held.high, second.rows, f"{asked} on fresh rows")
    if held.value is None:
        gap = Finding("gap", None, None, None, 0, held.because)
    changed = changes(labels, before, after, groups, draws=draws, seed=seed)
    return Measured(
        second.ref,
        [gap, _objective(str(aim), aim.value, counts, base, draws, seed, second.rows), alarm(changed, second.rows)],
        tables=(_thresholds(fitted), _frontier(fitted), changes_table(changed)),
        asked=f"{asked} on fresh rows",
        met=held.met,
        because=held.because,
        notes=_notes(fitted),
    )


def _objective(name: str, value: object, counts: Counts, base: Counts, draws: int, seed: int, rows: int) -> Finding:
    assert callable(value)
    low, high = bootstrap.ends(value(bootstrap.redrawn(counts, draws=draws, seed=seed)))
    now, was = float(value(counts)), float(value(base))
    if np.isnan(now):
        return Finding("objective", None, None, None, 0, f"{name} is not defined on fresh rows")
    return Finding("objective", now, float(low), float(high), rows, f"{name}, {was:.3f} at the baseline")


def _thresholds(fitted: thresholds.Thresholds) -> Shown:
    rows = [(one, threshold_word(float(at))) for one, at in zip(fitted.parts, fitted.at, strict=True)]
    return Shown("thresholds", ("group", "threshold"), rows)


def _frontier(fitted: thresholds.Thresholds) -> Shown:
    points: Floats = fitted.frontier.excess
    shown = np.unique(np.linspace(0, len(points) - 1, _SHOWN).round().astype(int))
    rows = [
        (fitted.asked.native(float(points[i])), float(fitted.frontier.value[i]),
         *(threshold_word(float(one)) for one in fitted.frontier_at[i]))
        for i in shown
    ]  # fmt: skip
    names = (fitted.asked.gap, str(fitted.aim), *(f"threshold of {one}" for one in fitted.parts))
    return Shown(f"frontier on validation, {len(shown)} of {len(points)} points", names, rows)


def _notes(fitted: thresholds.Thresholds) -> tuple[str, ...]:
    asked = fitted.asked
    got = asked.native(fitted.excess)
    notes = [f"fitted to {asked.native(fitted.bound):.4f} on validation, margin included; reached {got:.4f}"]
    if asked.gap not in ("worst", "largest") and 0 < fitted.bound <= asked.bound / 2:
        notes.append("validation rows err by more than the limit allows: half of it was fitted, not the whole margin")
    if fitted.left_out:
        names = ", ".join(plain(one, 40) for one in fitted.left_out)
        notes.append(
            f"fewer than {FEWEST} rows to measure the constraint by in {names}: left out of the fit, at the baseline"
        )
    if not fitted.reached:
        notes.append("no thresholds meet the constraint on validation: these come nearest")
    elif not fitted.with_margin:
        notes.append("the constraint is met on validation, but not with the margin")
    return (*notes, "thresholds are fixed for each group: nothing is drawn when they are applied")
