from __future__ import annotations

import pytest

from headgate.pieces import Done
from headgate.screen_findings import share, summary
from headgate.shapes import Batch, Errors, Finding, Scores, Screener


def _never(_: Batch) -> Scores:
    raise AssertionError


def test_without_measured_errors_it_is_the_share_of_flags_and_says_so() -> None:
    done = [Done(0, 60, (50, 60), (5, 0)), Done(1, 40, (30, 40), (3, 0))]
    whole, axis = summary(Screener(_never, ("a",)), done)
    assert (whole.axis, whole.value, whole.n) == ("", 8 / 80, 80)
    # Wilson's interval of 8 of 80, worked out apart: centre 0.118332, half 0.066828
    assert (whole.low, whole.high) == (pytest.approx(0.0515, abs=2e-4), pytest.approx(0.1851, abs=2e-4))
    assert whole.evidence == "8 of 80 items flagged, 20 could not be told; the screener's errors were not measured"
    assert (axis.axis, axis.value, axis.n, axis.low) == ("a", 0.0, 100, 0.0)


def test_measured_errors_correct_the_share_by_rogan_and_gladen() -> None:
    # (0.3 + 0.9 - 1) / (0.8 + 0.9 - 1) = 2/7
    errors = Errors("", 80, 100, 180, 200, "rows of a test")
    (whole,) = summary(Screener(_never, (), errors=(errors,)), [Done(0, 1000, (1000,), (300,))])
    assert whole.value == pytest.approx(2 / 7)
    assert whole.low is not None
    assert whole.high is not None
    # wider than chance alone: the errors are known from 300 rows
    assert whole.low < 0.3 - 1.96 * (0.3 * 0.7 / 1000) ** 0.5 < whole.high
    assert "corrected for 80 of 100 found and 180 of 200 passed on rows of a test" in whole.evidence


def test_a_screener_that_tells_nothing_gives_no_share() -> None:
    errors = Errors("", 50, 100, 50, 100, "rows of a test")
    (whole,) = summary(Screener(_never, (), errors=(errors,)), [Done(0, 10, (10,), (5,))])
    assert whole.value is None
    assert "5 of 10 items flagged" in whole.evidence


def test_a_fact_is_counted_and_not_corrected() -> None:
    screener = Screener(_never, ("known",), errors=(Errors("known", 1, 2, 1, 2, "rows"),), certain=("known",))
    _, known = summary(screener, [Done(0, 50, (50, 40), (0, 10))])
    assert (known.value, known.n, known.evidence) == (0.25, 40, "10 of 50 items")


def test_nothing_told_and_nothing_read() -> None:
    (whole,) = summary(Screener(_never, ()), [Done(0, 3, (0,), (0,))])
    assert (whole.value, whole.n, whole.evidence) == (None, 0, "none of 3 items could be told")
    assert summary(Screener(_never, ()), []) == []


def test_a_share_without_cases_has_no_value() -> None:
    assert share("axis", 0, 0, "none") == Finding("axis", None, None, None, 0, "none")
    half = share("", 1, 2, "one of two")
    assert (half.value, half.n, half.low, half.high) == (
        0.5,
        2,
        pytest.approx(0.0945, abs=1e-4),
        pytest.approx(0.9055, abs=1e-4),
    )
