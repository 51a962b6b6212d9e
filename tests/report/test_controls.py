"""Controls that decide and controls that grade, against counts made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate import workspace
from headgate.report import html, text
from headgate.report.controls import MOST_GRADES, OTHERS
from headgate.report.summary import summarise
from headgate.workspace import Workspace
from tests.report_workspace import HOSTILE, findings, put


def _decide(ws: Workspace, control: str, rows: dict[str, str]) -> None:
    put(ws, "govern", control, "decisions", [
        {"subject": subject, "control": control, "decision": said, "because": "b"} for subject, said in rows.items()
    ])  # fmt: skip


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace.open_workspace(tmp_path / "hub", create=True)


def test_grades_by_hub_and_kind(ws: Workspace) -> None:
    _decide(ws, "release_level", {f"hf:model:a/{n}": "downloadable" if n < 6 else "unknown" for n in range(8)})
    _decide(ws, "control_plan", {"hf:model:a/0": "1 of 6 in place", "civitai:model:1": "0 of 6 in place",
                                 "control:licence": "effect not measured"})  # fmt: skip
    _decide(ws, "release_gate", {"hf:model:a/0": "allow"})
    _decide(ws, "declared_use", {"use:chatbot": "unknown"})
    s = summarise(ws)
    assert [c.control for c in s.controls] == ["release_gate", "declared_use"]
    assert [(g.control, g.hub, g.kind) for g in s.grades] == [
        ("control_plan", "civitai", "model"), ("control_plan", "huggingface", "model"),
        ("release_level", "huggingface", "model"),
    ]  # fmt: skip
    first, second = s.grades[-1].grades
    assert (first.grade, first.count, second.grade, second.count) == ("downloadable", 6, "unknown", 2)
    assert first.share is not None
    assert (first.share.found, first.share.of) == (6, 8)
    assert (first.share.low, first.share.high) == pytest.approx((0.4093, 0.9285), abs=5e-5)  # Wilson, 6 of 8
    assert "downloadable: 6; unknown: 2" in text.render(ws)
    page = html.render(ws)
    assert 'id="grades"' in page
    assert "effect not measured" not in page


def test_what_is_no_artifact_has_no_interval(ws: Workspace) -> None:
    _decide(ws, "ownership", {"control:a": "owned", "control:b": "no owner", "control:c": "no owner"})
    (graded,) = summarise(ws).grades
    assert (graded.hub, graded.kind) == ("other", "control")
    assert [(g.grade, g.count, g.share) for g in graded.grades] == [("no owner", 2, None), ("owned", 1, None)]


def test_many_grades_are_added_up(ws: Workspace) -> None:
    _decide(ws, "release_level", {f"hf:model:a/{n}": f"grade {n:02d}" for n in range(20)})
    (graded,) = summarise(ws).grades
    assert len(graded.grades) == MOST_GRADES
    last = graded.grades[-1]
    assert (last.grade, last.count, last.share and last.share.of) == (OTHERS, 20 - MOST_GRADES + 1, 20)


@pytest.mark.parametrize(("found", "shown"), [(4, ["withheld", "withheld"]), (40, ["withheld", "<10"])])
def test_grades_that_may_rest_on_sensitive_findings_hide_small_cells(
    ws: Workspace, found: int, shown: list[str]
) -> None:
    values: dict[str, float | None] = {f"hf:model:a/{n}": float(n < found) for n in range(100)}
    put(ws, "detect", "some_check", "findings", findings("some_check", values, sensitive=True))
    grades = {f"hf:model:a/{n}": "bad" if n < 4 else "good" for n in range(100)}
    for control in ("strange_control", "release_level"):
        _decide(ws, control, grades)
    by_name = {g.control: g for g in summarise(ws).grades}
    assert [g.count for g in by_name["strange_control"].grades] == (shown if found == 40 else ["withheld"] * 2)
    # this one reads no findings
    assert [g.count for g in by_name["release_level"].grades] == [96, 4]


def test_hostile_grades(ws: Workspace) -> None:
    _decide(ws, "release_level", {f"hf:model:a/{n}": said for n, said in enumerate(HOSTILE)})
    page = html.render(ws)
    assert "<script" not in page
    assert "<img" not in page
    assert "x" * 200 not in page
    assert max(map(len, text.render(ws).splitlines())) < 900
