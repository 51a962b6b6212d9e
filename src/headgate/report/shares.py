"""Shares with all it takes to quote them."""

from __future__ import annotations

from headgate.evidence.intervals import wilson
from headgate.report.shapes import Share


def share_of(found: int, of: int, date: str | None, source: str) -> Share:
    """`found` of `of` with its interval, date and source."""
    ends = wilson(found, of)
    return Share(found, of, found / of, *ends, date, source) if ends else Share(0, 0, None, None, None, date, source)
