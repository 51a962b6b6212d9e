"""`headgate report`: where the page goes, what the other formats print, and how it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from headgate.cli import headgate, main
from tests.report_workspace import small


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    small(tmp_path / "hub")
    return tmp_path / "hub"


def test_the_page_goes_to_the_workspace(hub: Path) -> None:
    result = CliRunner().invoke(headgate, ["report", str(hub)])
    (page,) = (hub / "reports").iterdir()
    assert (result.exit_code, result.output) == (0, f"{page}\n")
    made = datetime.strptime(page.name, "report-%Y%m%dT%H%M%SZ.html").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - made).total_seconds()) < 60
    assert "<!doctype html>" in page.read_text(encoding="utf-8")


def test_a_file_of_ones_own(hub: Path, tmp_path: Path) -> None:
    for format_, start in (("html", "<!doctype html>"), ("json", "{"), ("md", "# hub"), ("table", "hub: ")):
        out = tmp_path / "out" / f"report.{format_}"
        result = CliRunner().invoke(headgate, ["report", str(hub), "--out", str(out), "--format", format_])
        assert (result.exit_code, result.output) == (0, f"{out}\n")
        assert out.read_text(encoding="utf-8").startswith(start)
    assert not (hub / "reports").exists()


def test_other_formats_are_printed(hub: Path) -> None:
    result = CliRunner().invoke(headgate, ["report", str(hub), "--format", "json"])
    assert sum(row["count"] for row in json.loads(result.stdout)["artifacts"]) == 8
    assert "## Largest families" in CliRunner().invoke(headgate, ["report", str(hub), "--format", "md"]).stdout
    assert "Largest families\n" in CliRunner().invoke(headgate, ["report", str(hub), "--format", "table"]).stdout


def test_a_past_date(hub: Path) -> None:
    result = CliRunner().invoke(headgate, ["report", str(hub), "--as-of", "2026-10-01", "--format", "json"])
    assert json.loads(result.stdout)["artifacts"] == []
    result = CliRunner().invoke(headgate, ["report", str(hub), "--as-of", "2026-10-01"])
    (page,) = (hub / "reports").iterdir()
    assert "as known on 2026-10-01" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["report", "nowhere"], 3, "no workspace at nowhere"),
        (["report"], 3, "Missing argument"),
        (["report", "nowhere", "--format", "pdf"], 3, "'pdf' is not one of"),
    ],
)
def test_errors_are_one_line(given: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    told = capsys.readouterr().err
    assert ended.value.code == code
    assert said in told
    assert told.count("\n") == 1


def test_a_folder_that_cannot_be_written(hub: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (hub / "reports").touch()
    with pytest.raises(SystemExit) as ended:
        main(["report", str(hub)])
    assert ended.value.code == 2
    assert "cannot write" in capsys.readouterr().err


def test_the_workspace_may_come_from_the_environment(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_WORKSPACE", str(hub))
    assert CliRunner().invoke(headgate, ["report", "--format", "table"]).exit_code == 0
