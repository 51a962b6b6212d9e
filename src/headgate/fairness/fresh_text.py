"""What changed for whom on fresh rows, as a finding and a table."""

from __future__ import annotations

import numpy as np

from headgate.fairness.fresh import Change
from headgate.shapes import Finding, Shown


def alarm(changed: list[Change], rows: int) -> Finding:
    """How many rates of groups fell for certain against the baseline, and of whom."""
    fell = [f"{one.measure} of {one.group} by {one.before - one.after:.3f}" for one in changed if one.fell]
    maybe = sum(one.fell is None for one in changed)
    said = f"fell: {', '.join(fell)}" if fell else "no rate fell for certain"
    unsure = maybe + len(fell)
    return Finding("levelled_down", len(fell), len(fell), unsure, rows, f"{said}; {maybe} more may have fallen")


def changes_table(changed: list[Change]) -> Shown:
    """The rates of each group before and after, and whether they fell."""
    words = {True: "yes", None: "perhaps", False: "no"}
    rows = [(c.measure, c.group, c.before, c.after, c.low, c.high, words[c.fell]) for c in changed]
    columns = ("measure", "group", "before", "after", "change, low", "change, high", "fell")
    return Shown("against the baseline, on fresh rows", columns, rows)


def threshold_word(at: float) -> object:
    """A threshold, or in a word whom one beyond all scores selects."""
    return at if np.isfinite(at) else "nobody" if at > 0 else "everybody"
