from __future__ import annotations

from pathlib import Path

import pytest

from headgate.drift import completions
from headgate.errors import BadInput, UsageError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_are_read_and_what_is_not_told_has_a_name(tmp_path: Path) -> None:
    table = write(tmp_path / "c.csv", 'id,sample,completion,subset\na,1,"x\ny",s\na,2,,s\nb,1, z ,\n')
    found = completions.read(table)
    assert list(found.ids) == ["a", "a", "b"]
    assert list(found.samples) == ["1", "2", "1"]
    assert list(found.texts) == ["x\ny", "", " z "]
    assert list(found.subsets) == ["s", "s", "none"]
    assert found.prompts == ()
    assert found.ref.startswith("file:sha256:")


def test_json_lines_and_no_subset(tmp_path: Path) -> None:
    table = write(tmp_path / "c.jsonl", '{"id": 1, "completion": "x", "prompt": "p"}\n{"id": 2, "completion": null}\n')
    found = completions.read(table)
    assert (list(found.ids), list(found.subsets), list(found.texts)) == (["1", "2"], ["all", "all"], ["x", ""])
    assert list(found.prompts) == ["p", ""]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,completion\na,x\na,y\n", "sample 0 of the prompt a comes twice"),
        ("id,completion\n,x\n", "row 1: id is empty"),
        ("id,sample,completion,subset\na,1,x,s\na,2,x,t\n", "prompt a is in two subsets"),
        ("id,completion\n", "has no rows"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        completions.read(write(tmp_path / "c.csv", text))
    assert "\n" not in str(caught.value)


def test_a_column_of_texts_is_no_column_of_subsets(tmp_path: Path) -> None:
    table = write(tmp_path / "c.csv", "id,completion,prompt\na,x,p\n")
    for column in ("prompt", "completion", "id"):
        with pytest.raises(UsageError, match="names no subsets"):
            completions.read(table, subset=column)
    with pytest.raises(UsageError, match="has no column kind"):
        completions.read(table, subset="kind")
    with pytest.raises(UsageError, match="has no column completion"):
        completions.read(write(tmp_path / "d.csv", "id\na\n"))
