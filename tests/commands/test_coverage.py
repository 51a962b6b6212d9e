from __future__ import annotations

import json
from pathlib import Path

import pytest

from headgate.cli import main
from tests.bom.hub import BASE, DATA, TUNED
from tests.lineages import lineage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = {
        BASE: {"author": "org", "licences": ["mit"], "name": "org/base"},
        TUNED: {"author": "a"},
        DATA: {"kind": "dataset", "author": "org"},
    }
    lineage(tmp_path / "w", rows, [{"child": BASE, "parent": DATA, "relation": "trained_on"}])
    return tmp_path / "w"


def call(capsys: pytest.CaptureFixture[str], path: Path, *words: object, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["coverage", *map(str, words), "-w", str(path)])
    out, err = capsys.readouterr()
    assert ended.value.code == code, err
    return err if code else out


def test_of_a_model(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = json.loads(call(capsys, path, "org/base", "a/tuned", "--format", "json"))
    assert (made["models"], made["datasets"], len(made["elements"])) == (2, 1, 50)
    licence = next(one for one in made["elements"] if one["id"] == "MDL-12")
    assert (licence["element"], licence["answer"], licence["stated"], licence["n"], licence["share"]) == (
        "Model license", "automated", 1, 2, 0.5,
    )  # fmt: skip
    assert next(one for one in made["elements"] if one["id"] == "SP-01")["stated"] is None


def test_of_an_organisation_as_a_table(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = call(capsys, path, "--author", "ORG").splitlines()
    assert lines[0] == "G7 minimum elements: 1 models and 1 datasets, those named as training data among them"
    assert len(lines) == 53
    assert lines[-1] == (
        "Of 50 elements 15 are stated for all, 1 for some, 18 for none, and 0 have nothing here to be stated of; "
        "7 need a person, 9 are of a system and not of a model or dataset."
    )
    licence = next(line for line in lines if line.startswith("MDL-12"))
    assert licence.split() == ["MDL-12", "Model", "license", "facts", "1", "of", "1", "100.0%", "20.7%", "to", "100.0%"]


def test_of_a_list_as_markdown(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list").write_text("a/tuned\n")
    text = call(capsys, path, "--from", tmp_path / "list", "--format", "md")
    assert text.count("\n| ") == 51
    assert "| MDL-12 | Model license | facts | 0 of 1 | 0.0% | 0.0% to 79.3% |" in text
    assert "| DP-10 | Dataset license | facts | 0 of 0 |  |  |" in text
    assert "| SP-01 | Security controls | a person |  |  |  |" in text


def test_wrong_calls(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "in one way" in call(capsys, path, code=3)
    assert "in one way" in call(capsys, path, "a/tuned", "--author", "org", code=3)
    assert "holds nothing by 'x'" in call(capsys, path, "--author", "x", code=2)
    assert "does not hold" in call(capsys, path, "x/y", code=2)
