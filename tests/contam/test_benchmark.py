"""Benchmarks and results are read from files, joined by the hash of the item's text."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from headgate.contam.benchmark import benchmark, results
from headgate.errors import BadInput


def sha(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def jsonl(path: Path, rows: list[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_items_are_distinct_and_told_by_their_text(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "b.jsonl", [{"question": "one"}, {"question": "two"}, {"question": "one"}])
    made = benchmark(path, None)
    assert (made.texts, made.ids) == (["one", "two"], [sha("one"), sha("two")])
    assert made.unread == 0


def test_several_columns_make_an_item(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "b.jsonl", [{"q": "what?", "choices": ["x", "y"], "n": 1}, {"q": "why?", "choices": None}])
    assert benchmark(path, "q, choices").texts == ["what?\nx\ny", "why?\n"]
    with pytest.raises(BadInput, match=r"has no column 'nope'\. It has choices, n, q"):
        benchmark(path, "q,nope")


def test_a_folder_is_several_benchmarks(tmp_path: Path) -> None:
    jsonl(tmp_path / "a.jsonl", [{"text": "one"}])
    (tmp_path / "b.csv").write_text("text\ntwo\n")
    made = benchmark(tmp_path, None)
    assert dict(zip(made.texts, made.files, strict=True)) == {"one": "a.jsonl", "two": "b.csv"}


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text('{"text": "one"}\n{broken\n')
    assert benchmark(path, None).unread == 1


def test_results_are_joined_by_item_or_text(tmp_path: Path) -> None:
    ids = [sha("one"), sha("two"), sha("three")]
    path = jsonl(tmp_path / "r.jsonl", [
        {"item": ids[0], "m": 1, "other": 0.5, "difficulty": 3, "note": "x"},
        {"item": ids[0], "m": 0, "other": None, "difficulty": 3},
        {"item": ids[2], "m": True, "difficulty": 1},
        {"item": "ff", "m": 9},
    ])  # fmt: skip
    made = results(path, ids)
    assert set(made.models) == {"m", "other"}
    np.testing.assert_array_equal(made.models["m"], [0.5, np.nan, 1])
    np.testing.assert_array_equal(made.models["other"], [0.5, np.nan, np.nan])
    assert made.difficulty is not None
    np.testing.assert_array_equal(made.difficulty, [3, np.nan, 1])
    (tmp_path / "r.csv").write_text("text,m\ntwo,0.25\nfour,1\n")
    by_text = results(tmp_path / "r.csv", ids)
    np.testing.assert_array_equal(by_text.models["m"], [np.nan, 0.25, np.nan])
    assert by_text.difficulty is None


def test_results_of_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has neither `item`"):
        results(jsonl(tmp_path / "a.jsonl", [{"m": 1}]), [sha("one")])
    with pytest.raises(BadInput, match="no number for any item"):
        results(jsonl(tmp_path / "b.jsonl", [{"item": "aa", "m": 1}]), [sha("one")])
