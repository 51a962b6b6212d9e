"""A share carries all it takes to quote it."""

from __future__ import annotations

import pytest

from headgate.report.shares import share_of


def test_share() -> None:
    share = share_of(81, 263, "2026-11-01", "a table")
    assert share.share == pytest.approx(81 / 263)
    assert (share.low, share.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe 1998, table I
    assert (share.date, share.source) == ("2026-11-01", "a table")


def test_of_nothing_there_is_none() -> None:
    share = share_of(0, 0, None, "")
    assert (share.share, share.low, share.high) == (None, None, None)
