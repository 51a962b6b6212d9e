from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.cli import main
from tests.build import collect, model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    records: list[dict[str, Any]] = [
        model("a/one", card="- **License:** Llama 2") | {"cardData": {"license": "mit"}},
        model("a/two") | {"cardData": {"license": "other", "license_name": "zq-terms"}},
        model("a/three") | {"cardData": {"license": ["zq|\x1b[31m", "mit"]}},
        model("a/none"),
    ]
    collect(tmp_path / "w", records)
    return tmp_path / "w"


def said(capsys: pytest.CaptureFixture[str], path: Path, *words: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["licences", *words, "--workspace", str(path)])
    out, err = capsys.readouterr()
    assert ended.value.code == code, err
    return err if code else out


def test_without_refs_it_counts_spellings(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, path)
    assert text.splitlines()[0] == "2 of 3 stated licences are known (33.33% unknown); 1 say other or unknown"
    assert "\x1b" not in text
    assert "zq-terms" in text
    made = json.loads(said(capsys, path, "--format", "json"))
    assert (made["stated"], made["known"], made["other or unknown"]) == (3, 2, 1)
    assert made["unknown names of other"] == [{"stated": "zq-terms", "artifacts": 1}]
    assert "\\|" in said(capsys, path, "--format", "md")


def test_three_columns_of_an_artifact(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, path, "a/one", "a/none")
    assert text.splitlines() == [
        "hf:model:a/none", "  declared  none", "  detected  not known", "  verified  not known",
        "hf:model:a/one", "  declared  MIT", "  detected  llama2", "  verified  not known",
        '  card: "- **License:** Llama 2"',
    ]  # fmt: skip
    (row,) = json.loads(said(capsys, path, "A/ONE", "--format", "json"))["artifacts"]
    assert (row["ref"], row["declared"], row["detected"], row["verified"]) == (
        "hf:model:a/one",
        ["MIT"],
        ["llama2"],
        None,
    )
    assert "| hf:model:a/two | not known |" in said(capsys, path, "a/two", "--format", "md")


def test_what_a_person_verified_is_kept(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "verified  AGPL-3.0-only" in said(capsys, path, "a/one", "--verify", "agpl-3.0", "--labeller", "ann")
    assert "verified  AGPL-3.0-only" in said(capsys, path, "a/one")
    (part,) = (path / "tables" / "labels").glob("part-*.parquet")
    assert b"ann" not in part.read_bytes()


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (["zq/zq"], "hf:model:zq/zq is not in", 2),
        (["zq/zq", "--verify", "MIT", "--labeller", "ann"], "hf:model:zq/zq is not in", 2),
        (["a/one", "a/two", "--verify", "MIT"], "2 are named", 3),
        (["a/one", "--verify", "zq"], "no licence 'zq'", 3),
        (["a/one", "--verify", "MIT", "--labeller", "rule:zq"], "is no person", 3),
    ],
)
def test_what_cannot_be_asked(
    path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str, code: int
) -> None:
    assert told in said(capsys, path, *words, code=code)
