from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headgate.diff import diff
from headgate.diff_shapes import Diff
from headgate.errors import UsageError, WorkspaceError
from tests.comparing import AFTER, BEFORE, CHANGES, DECIDED, judged, two_dates

FEBRUARY, JULY = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Diff:
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("two")
        patch.setenv("HEADGATE_HOME", str(path / "home"))
        judged(path / "old", BEFORE)
        judged(path / "new", AFTER)
        return diff((path / "old", None), (path / "new", None))


def listed(made: Diff) -> list[tuple[object, ...]]:
    return [astuple(one) for one in made.changes]


def test_two_workspaces_differ_as_worked_out_by_hand(made: Diff) -> None:
    assert listed(made) == [*CHANGES, *DECIDED]
    assert made.totals == {
        "new": 1, "gone": 1, "absent": 0, "renamed": 1, "licence": 3, "gated": 1, "base models": 1, "parents": 1,
        "finding": 2, "decision": 3,
    }  # fmt: skip
    assert made.unknown == ()


def test_the_conditions_that_occur(made: Diff) -> None:
    occurring = {one.condition: (one.told, one.others) for one in made.occurring}
    assert occurring == {
        "new-block": (2, False), "licence-change": (3, False), "gone": (1, False), "parent-change": (1, False),
    }  # fmt: skip
    assert made.exit_code(["gone"]) == 1
    assert made.exit_code(["new-unknown"]) == 0


def test_two_dates_of_one_workspace_differ_in_the_same(tmp_path: Path) -> None:
    two_dates(tmp_path / "w")
    made = diff((tmp_path / "w", FEBRUARY), (tmp_path / "w", JULY))
    assert listed(made) == [*CHANGES, *DECIDED]
    assert made.unknown == ()
    back = diff((tmp_path / "w", JULY), (tmp_path / "w", None))
    assert (back.changes, back.unknown, back.occurring) == ((), (), ())


def test_the_same_twice_has_no_changes(tmp_path: Path) -> None:
    judged(tmp_path / "old", BEFORE)
    made = diff((tmp_path / "old", None), (tmp_path / "old", None))
    assert made.changes == ()
    assert made.exit_code(["new-block", "licence-change", "gone", "parent-change", "new-unknown"]) == 0


def test_lists_are_cut_and_totals_are_not(tmp_path: Path) -> None:
    judged(tmp_path / "old", BEFORE)
    judged(tmp_path / "new", AFTER)
    made = diff((tmp_path / "old", None), (tmp_path / "new", None), limit=1)
    assert [one.ref for one in made.changes if one.kind == "licence"] == ["hf:model:a/bare"]
    assert made.totals["licence"] == 3


def test_comparing_writes_nothing(tmp_path: Path) -> None:
    judged(tmp_path / "old", BEFORE)
    judged(tmp_path / "new", AFTER)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    diff((tmp_path / "old", None), (tmp_path / "new", None))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_no_workspace_or_an_empty_one_is_said(tmp_path: Path) -> None:
    judged(tmp_path / "w", BEFORE, observed="2026-06-01")
    with pytest.raises(UsageError, match=r"no workspace at .*none"):
        diff((tmp_path / "none", None), (tmp_path / "w", None))
    with pytest.raises(UsageError, match=r"no workspace at .*none"):
        diff((tmp_path / "w", None), (tmp_path / "none", None))
    with pytest.raises(WorkspaceError, match=r"nothing to compare: no artifacts in .* as of 2026-02-01 00:00 UTC"):
        diff((tmp_path / "w", FEBRUARY), (tmp_path / "w", None))
