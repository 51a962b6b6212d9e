from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate import diff_shapes
from headgate.cli import main
from headgate.commands import diff as command
from tests.build import collect
from tests.comparing import AFTER, BEFORE, judged, two_dates


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("two")
        patch.setenv("HEADGATE_HOME", str(path / "home"))
        judged(path / "old", BEFORE)
        judged(path / "new", AFTER)
        collect(path / "bare", AFTER, complete=True)
        two_dates(path / "dated")
        return path


def said(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["diff", *map(str, words)])
    out, err = capsys.readouterr()
    assert ended.value.code == code, out + err
    return err if code == 3 else out


def test_0_without_conditions_or_where_none_occurs(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, made / "old", made / "new")
    assert "Changes: 1 new, 1 gone, 1 renamed, 3 licence," in text
    said(capsys, made / "old", made / "new", "--fail-on", "new-unknown")


@pytest.mark.parametrize("condition", ["new-block", "licence-change", "gone", "parent-change", "new-unknown,gone"])
def test_1_where_a_condition_occurs(made: Path, capsys: pytest.CaptureFixture[str], condition: str) -> None:
    text = said(capsys, made / "old", made / "new", "--fail-on", condition, code=1)
    assert f"FAILS {condition.split(',')[-1]}: " in text


def test_2_where_it_could_not_be_told(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, made / "old", made / "bare", code=2)
    assert f"COULD NOT TELL: decisions: none on {made / 'bare'}." in text
    said(capsys, made / "old", made / "bare", "--fail-on", "new-block", code=2)
    said(capsys, made / "old", made / "bare", "--fail-on", "new-block,gone", code=1)
    said(capsys, "-w", made / "dated", "--from", "2020-01-01", code=2)


def test_3_for_wrong_calls(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no condition 'new-blok'" in said(capsys, made / "old", made / "new", "--fail-on", "new-blok", code=3)
    assert "compare what?" in said(capsys, made / "old", code=3)
    assert "compare what?" in said(capsys, "-w", made / "dated", code=3)
    assert "is not before --to" in said(
        capsys, "-w", made / "dated", "--from", "2026-02-01", "--to", "2026-01-01", code=3
    )
    assert "no workspace" in said(capsys, made / "old", made / "none", code=3)
    assert "Leave --from" in said(capsys, made / "old", made / "new", "--from", "2026-02-01", code=3)


def test_two_dates_of_one_workspace(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dates = ["-w", made / "dated", "--from", "2026-02-01", "--format", "json"]
    later = json.loads(said(capsys, *dates, "--fail-on", "gone", code=1))
    assert (later["totals"]["gone"], later["exit_code"]) == (1, 1)
    same = json.loads(said(capsys, *dates, "--to", "2026-03-01", "--fail-on", "gone,new-block,licence-change"))
    assert (same["changes"], same["exit_code"]) == ([], 0)


def test_limit_cuts_the_lists(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "2 more; --limit shows more of them." in said(capsys, made / "old", made / "new", "--limit", "1")
    assert json.loads(said(capsys, made / "old", made / "new", "--format", "json", "--limit", "1"))["truncated"]
    assert said(capsys, made / "old", made / "new", "--format", "md").startswith("# From ")


def test_the_help_names_the_conditions_there_are() -> None:
    assert command.CONDITIONS == diff_shapes.CONDITIONS
