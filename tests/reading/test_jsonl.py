from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import zstd
from headgate.errors import BadInput
from headgate.shapes import Columns
from tests.datasets import texts, told, whole

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jsonl")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=30), st.sampled_from(["\n", "\r\n", "\n\n", "\n \r\n"]), st.booleans(),
       st.booleans(), st.integers(1, 9), st.integers(1, 9))  # fmt: skip
def test_shards_lose_and_repeat_nothing(
    scratch: Path, said: list[str], between: str, ends: bool, ascii_: bool, rows: int, size: int
) -> None:
    path = scratch / "a.jsonl"
    lines = [json.dumps({"n": n, "text": text}, ensure_ascii=ascii_) for n, text in enumerate(said)]
    path.write_bytes((between.join(lines) + between * ends).encode())
    assert texts(path, rows=rows, size=size) == said


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(min_size=1), JSON, min_size=1))
def test_a_row_s_id_does_not_depend_on_how_it_is_written(scratch: Path, row: dict[str, Any]) -> None:
    path = scratch / "b.jsonl"
    path.write_text(
        json.dumps(row) + "\n" + json.dumps(dict(reversed(row.items())), indent=None, ensure_ascii=False) + "\n"
    )
    batches, troubles = whole(path, Columns("table"), size=1)
    assert troubles == []
    assert len({batch.ids[0] for batch in batches}) == 1
    assert {name: values[0] for name, values in batches[0].more.items()} == row


def test_rows_are_the_bytes_at_which_lines_begin(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "a"}\n\n{"text": "\xc3\xa9"}\n{"text": "c"}')
    [batch], _ = whole(path)
    assert (batch.texts, batch.rows) == (["a", "é", "c"], [0, 18, 33])


@pytest.mark.parametrize("ending", [".jsonl.gz", ".jsonl.zst", ".ndjson.gz"])
def test_packed_files(tmp_path: Path, ending: str) -> None:
    content = b'{"text": "a"}\n{"text": "b"}\n'
    (tmp_path / f"a{ending}").write_bytes(gzip.compress(content) if ending.endswith("gz") else zstd.compress(content))
    assert texts(tmp_path, rows=1) == ["a", "b"]


def test_each_bad_line_is_told_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"text": "a"}\n{bad\n[1]\n{"n": 1}\n{"text": 7}\n{"text": null}\n{"text": "\xff"}\n'
        + b"[" * 99_999
        + b'\n{"text": "z"}\n'
    )
    for rows in (1, 3, 100):
        batches, troubles = whole(path, rows=rows)
        assert [text for batch in batches for text in batch.texts] == ["a", "", "z"]
        assert told(troubles) == [
            ("a.jsonl", "line 2", "is no JSON (Expecting property name enclosed in double quotes)"),
            ("a.jsonl", "line 3", "holds a list, not an object"),
            ("a.jsonl", "line 4", "has no 'text'"),
            ("a.jsonl", "line 5", "is of type int where a text should be"),
            ("a.jsonl", "line 7", "is not UTF-8"),
            ("a.jsonl", "line 8", "is nested too deep"),
        ]


def test_chats_and_named_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}], "q": "why"}\n'
    )
    assert texts(path) == ["hi\nyes"]
    assert texts(path, Columns(text="q")) == ["why"]
    with pytest.raises(BadInput, match=r"no column 'x'. Its columns are: messages, q\.$"):
        whole(path, Columns(text="x"))


def test_columns_are_found_behind_bad_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("bad\n" * 300 + '{"label": 1, "body": "a"}\n')
    batches, troubles = whole(path, rows=50)
    assert ([batch.texts for batch in batches], len(troubles)) == ([["a"]], 300)
