"""Checks that count items are told as what cards disclose, never as shares found."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate import workspace
from headgate.report import html, text
from headgate.report.summary import summarise
from headgate.workspace import Workspace
from tests.report_workspace import findings, put


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace.open_workspace(tmp_path / "hub", create=True)


def test_items_that_cards_disclose(ws: Workspace) -> None:
    rows = findings("disclosure_gaps", {"hf:dataset:a/1": 0.0, "hf:dataset:a/2": 1.0, "hf:dataset:a/3": 4.0}, n=6)
    rows += findings("disclosure_gaps", {"hf:dataset:a/4": None}, n=0)
    rows += findings("disclosure_gaps", {"hf:model:a/1": 1.0}, n=6)
    put(ws, "detect", "disclosure_gaps", "findings", rows)
    s = summarise(ws)
    datasets, models = s.disclosed
    assert (datasets.kind, datasets.asked, datasets.not_asked, datasets.items) == ("dataset", 3, 1, 6)
    assert datasets.mean == pytest.approx(5 / 3)
    assert datasets.some is not None
    assert (datasets.some.found, datasets.some.of) == (2, 3)
    assert (datasets.some.low, datasets.some.high) == pytest.approx((0.2077, 0.9385), abs=5e-5)  # Wilson, 2 of 3
    assert (models.kind, models.asked, models.mean) == ("model", 1, 1.0)
    (check,) = s.checks
    assert (check.found, check.share, check.median, check.groups) == (None, None, None, ())
    assert check.looked_at == 5
    assert "What cards disclose" in html.render(ws)
    lines = [" ".join(line.split()) for line in text.render(ws).splitlines()]
    assert "disclosure_gaps Hugging Face datasets 3 1.67 6 66.7 %" in lines
    assert "Findings" not in lines


def test_counts_of_none_and_one_are_no_yes_or_no(ws: Workspace) -> None:
    put(
        ws,
        "detect",
        "withheld_facts",
        "findings",
        findings("withheld_facts", {"hf:model:a/1": 0, "hf:model:a/2": 1}, n=6),
    )
    s = summarise(ws)
    assert (s.checks[0].share, s.disclosed[0].counts, s.disclosed[0].mean) == (None, "withheld", 0.5)


def test_a_check_without_a_score_has_none(ws: Workspace) -> None:
    put(ws, "detect", "values_lens", "findings", findings("values_lens", {"hf:dataset:a/1": None}))
    (row,) = summarise(ws).disclosed
    assert (row.asked, row.items, row.mean, row.some) == (1, None, None, None)
    assert "no score" in text.render(ws)


def test_a_set_of_questions_that_says_yes_or_no_stays_a_share(ws: Workspace) -> None:
    put(ws, "detect", "norm_statements", "findings",
        findings("norm_statements", {"hf:model:a/1": 1.0, "hf:model:a/2": 0.0}))  # fmt: skip
    s = summarise(ws)
    assert s.disclosed == ()
    assert s.checks[0].share is not None
    assert s.checks[0].share.share == 0.5


@pytest.mark.parametrize("name", ["cuda.drop", "group_fairness.recall"])
def test_a_figure_that_happens_to_be_0_or_1_is_not_something_found(ws: Workspace, name: str) -> None:
    put(ws, "protect", "cuda", "findings", findings(name, {"file:sha256:a": 0.0, "file:sha256:b": 1.0}))
    (check,) = summarise(ws).checks
    assert (check.found, check.share, check.groups, check.median) == (None, None, (), 0.5)
    put(ws, "measure", "safety_drift", "findings", findings("safety_drift", {"hf:model:a/1": 1.0}))
    assert next(one.share.found for one in summarise(ws).checks if one.check == "safety_drift" and one.share) == 1
