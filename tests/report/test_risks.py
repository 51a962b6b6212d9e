"""Risks that checks looked at, and those that nothing looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate import workspace
from headgate.report import html, text
from headgate.report.risks import Looked, Risk
from headgate.report.summary import summarise
from headgate.workspace import Workspace
from tests.report_workspace import findings, put


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return workspace.open_workspace(tmp_path / "hub", create=True)


def _risk(ws: Workspace, id_: str) -> Risk:
    return next(risk for risk in summarise(ws).risks if risk.id == id_)


def test_without_findings_there_is_nothing_to_say(ws: Workspace) -> None:
    assert summarise(ws).risks == ()


def test_what_looked(ws: Workspace) -> None:
    rows = findings("rail_inheritance", {"hf:model:a/1": 1.0, "hf:model:a/2": None, "civitai:model:3": 0.0})
    put(ws, "detect", "rail_inheritance", "findings", rows + findings("rail_inheritance", {"hf:model:a/4": 0.0}, n=0))
    put(ws, "detect", "values_lens", "findings", findings("values_lens", {"hf:dataset:a/1": None}))
    risks = summarise(ws).risks
    assert len(risks) == 21
    fraud = _risk(ws, "4.2")
    assert fraud.looked_at
    assert Looked("rail_inheritance", 2) in fraud.checks
    assert Looked("real_person_adapter", None) in fraud.checks
    assert {risk.id for risk in risks if risk.looked_at} == {"3.3", "4.1", "4.2", "4.3", "4.4"}
    assert Looked("values_lens", 0) in _risk(ws, "1.2").checks
    assert _risk(ws, "5.1").checks == ()
    page = html.render(ws)
    assert "Nothing looks at 16 of them" in page
    assert "values_lens could judge none" in page
    assert "no check addresses it" in page
    assert "nothing looks at" in text.render(ws)


@pytest.mark.parametrize(("told", "open_", "judged"), [(2, 50, "<10"), (40, 4, 44), (40, 30, 40), (3, 3, "<10")])
def test_few_of_a_sensitive_check_are_not_counted(ws: Workspace, told: int, open_: int, judged: int | str) -> None:
    values: dict[str, float | None] = {f"hf:model:a/t{n}": 0.0 for n in range(told)}
    values |= {f"hf:model:a/o{n}": None for n in range(open_)}
    put(ws, "detect", "ncii_intent", "findings", findings("ncii_intent", values, sensitive=True))
    (looked,) = [one for one in _risk(ws, "4.2").checks if one.check == "ncii_intent"]
    assert looked.artifacts == judged
    (check,) = summarise(ws).checks
    if told == 2:  # 52 less 50 would tell of the two
        assert (check.looked_at, check.found, check.unknown, check.share) == (52, "withheld", "withheld", None)
