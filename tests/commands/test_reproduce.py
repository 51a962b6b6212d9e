from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.cli import main


def said(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["reproduce", *map(str, words)])
    out, err = capsys.readouterr()
    assert ended.value.code == code, err
    return err if code else out


def test_without_a_name_it_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert "data_provenance    Omitted and wrong licences" in said(capsys)
    assert "| data_provenance | Omitted" in said(capsys, "--format", "md")
    assert "data_provenance" in [one["name"] for one in json.loads(said(capsys, "--format", "json"))]


def test_absent_data_ends_with_2_and_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    err = said(capsys, "data_provenance", "--data", tmp_path, code=2)
    assert err.count("\n") == 1
    assert "no data at" in err


def test_a_wrong_name_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no reproduction 'x'" in said(capsys, "x", code=3)


def test_the_figures_are_printed(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    text = said(capsys, "data_provenance", "--data", data)
    assert "72.1 %" in text
    assert "1,339 of 1,858" in text
    made = json.loads(said(capsys, "data_provenance", "--data", data, "--format", "json"))
    assert len(made["figures"]) == 2 * 3 * 7
