from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import BadInput
from headgate.reading import items, json_array
from tests.datasets import texts, told, whole


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("array")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(), min_size=1), st.sampled_from([None, 1]), st.integers(1, 9))
def test_every_object_is_an_item(scratch: Path, said: list[str], indent: int | None, size: int) -> None:
    path = scratch / "a.json"
    path.write_text(json.dumps([{"text": text} for text in said], indent=indent))
    assert texts(path, rows=1, size=size) == said


def test_what_is_no_object_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(b'\xef\xbb\xbf [{"text": "a"}, 1, {"n": 1}, {"text": "b"}, {bad}, {"text": "c"}]'))
    [batch], troubles = whole(path)
    assert (batch.texts, batch.rows) == (["a", "b"], [0, 3])
    assert [(where, why) for _, where, why in told(troubles)] == [
        ("item 1", "holds a int, not an object"), ("item 2", "has no 'text'"), ("item 4", "and all after it is no JSON"),
    ]  # fmt: skip


def test_lines_are_no_array(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"text": "a"}\n{"text": "b"}\n')
    assert not json_array.is_one(tmp_path / "a.json")
    assert texts(tmp_path) == ["a", "b"]
    (tmp_path / "b.jsonl").write_text("[1]\n")
    assert not json_array.is_one(tmp_path / "b.jsonl")


@pytest.mark.parametrize(("content", "why"), [(b"[", "no JSON object in it"), (b"[\xff]", "is not UTF-8"), (b"[" + b" " * 99, "more than 50 bytes"),
                                              (b"[" * 40, "no JSON object in it")])  # fmt: skip
def test_bad_arrays_end_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, why: str) -> None:
    monkeypatch.setattr(items, "LONGEST", 50)
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(BadInput, match=why):
        whole(tmp_path)
