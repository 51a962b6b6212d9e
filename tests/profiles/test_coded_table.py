"""Tables as codes: which values are equal, files that lack a column, and that codes are read from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.profiles.coded_table import coded
from headgate.shapes import Batch
from tests.tables_of import items_of


def test_equal_values_have_equal_codes(tmp_path: Path) -> None:
    values = ["a", "b", "a", 1, 1.0, True, None, float("nan"), "1", [1, {"k": 2}], [1, {"k": 2}], "x" * 300, "x" * 301]
    table = coded(items_of({"c": values}, tmp_path, 4).batches(), tmp_path)
    assert table.rows == 13
    assert table.columns[0].codes.tolist() == [0, 1, 0, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8]
    assert table.columns[0].size == 9
    assert table.values[0][:6] == ["a", "b", 1, True, None, "1"]
    # of what is long only a hash is kept
    assert len(str(table.values[0][7])) == 32


def test_text_that_no_file_can_hold(tmp_path: Path) -> None:
    table = coded(items_of({"c": ["\ud800" * 300, "\ud800", "é" * 300]}, tmp_path).batches(), tmp_path)
    assert table.columns[0].codes.tolist() == [0, 1, 2]


def test_columns_that_some_batches_lack(tmp_path: Path) -> None:
    batches = [
        Batch(["1", "2"], more={"a": [1, 2]}),
        Batch(["3"], more={"b": ["x"]}),
        Batch(["4"], more={"a": [1], "b": [None]}),
    ]
    table = coded(iter(batches), tmp_path)
    assert table.names == ["a", "b"]
    assert [column.codes.tolist() for column in table.columns] == [[0, 1, 2, 0], [0, 0, 1, 0]]
    assert table.values == [[1, 2, None], [None, "x"]]


@pytest.mark.parametrize("batches", [[], [Batch([])], [Batch(["1"])]])
def test_nothing_to_read(batches: list[Batch], tmp_path: Path) -> None:
    table = coded(iter(batches), tmp_path)
    assert (table.names, table.columns) == ([], [])
    assert table.rows == sum(len(batch.ids) for batch in batches)


def test_an_empty_column(tmp_path: Path) -> None:
    table = coded(iter([Batch([], more={"a": []})]), tmp_path)
    assert (table.columns[0].codes.tolist(), table.columns[0].size) == ([], 1)
