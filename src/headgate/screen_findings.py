"""What the counts of a screening say of the dataset: shares with intervals, corrected for the screener's own errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headgate.evidence.intervals import wilson
from headgate.evidence.screened import true_share
from headgate.shapes import Errors, Finding, Screener

if TYPE_CHECKING:
    from headgate.pieces import Done


def share(axis: str, found: int, of: int, evidence: str) -> Finding:
    """The share `found` of `of` as a finding, with Wilson's interval; without a value where `of` is 0."""
    low, high = wilson(found, of) or (None, None)
    return Finding(axis, found / of if of else None, low, high, of, evidence)


def summary(screener: Screener, done: Sequence[Done]) -> list[Finding]:
    """The share of items that count, by the headline ("") and by each axis, of the items that could be told.

    Where the screener's errors were measured, the share is corrected for them (`evidence.screened`); where they were
    not, it is the share of flags and the evidence says so. No finding where nothing was read.
    """
    rows = sum(one.rows for one in done)
    if not rows:
        return []
    known = {one.axis: one for one in screener.errors}
    found = []
    for n, axis in enumerate(("", *screener.axes)):
        told, over = sum(one.told[n] for one in done), sum(one.over[n] for one in done)
        if axis in screener.certain:
            found.append(share(axis, over, told, f"{over:,} of {rows:,} items"))
        else:
            found.append(_finding(axis, rows, told, over, known.get(axis)))
    return found


def _finding(axis: str, rows: int, told: int, over: int, errors: Errors | None) -> Finding:
    if told == 0:
        return Finding(axis, None, None, None, 0, f"none of {rows:,} items could be told")
    said = f"{over:,} of {told:,} items flagged"
    if told < rows:
        said += f", {rows - told:,} could not be told"
    if errors is None:
        return share(axis, over, told, f"{said}; the screener's errors were not measured")
    measured = f"{errors.hits:,} of {errors.positives:,} found and {errors.passed:,} of {errors.negatives:,} passed"
    true = true_share(
        over, told, hits=errors.hits, positives=errors.positives, passed=errors.passed, negatives=errors.negatives
    )
    if true.estimate is None:
        return Finding(axis, None, None, None, told, f"{said}; {true.why} ({measured} on {errors.rows})")
    return Finding(axis, true.estimate, true.low, true.high, told, f"{said}; corrected for {measured} on {errors.rows}")
