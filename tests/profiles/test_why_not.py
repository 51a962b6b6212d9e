"""Why a dependency fails: rows and remedies worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.profiles.coded_table import CodedTable, coded
from headgate.profiles.why_not import pattern, reasons
from tests.tables_of import items_of

# The street decides where there are two towns of a name; one row has the wrong code.
COLUMNS: dict[str, list[object]] = {
    "town": ["Ay", "Ay", "Ay", "Ay", "Bo", "Bo", "Bo", "Cy"],
    "street": ["a", "a", "b", "b", "c", "c", "c", "d"],
    "code": [1, 1, 2, 2, 3, 3, 4, 5],
    "row": [1, 2, 3, 4, 5, 6, 7, 8],
}


@pytest.fixture
def table(tmp_path: Path) -> CodedTable:
    return coded(items_of(COLUMNS, tmp_path, 3).batches(), tmp_path)


def test_rows_and_what_would_mend_them(table: CodedTable) -> None:
    rows, found = reasons(table, pattern("town -> code", table.names))
    assert rows.tolist() == [2, 3, 6]
    assert (found.axis, found.value, found.n) == ("why", 3 / 8, 8)
    assert found.evidence == (
        "town -> code fails: 3 rows would have to change, in 2 of 2 groups of rows alike on the left; rows 2 (row 0 has "
        "the usual value), 3 (row 0 has the usual value), 6 (row 4 has the usual value); it would hold with one of these "
        "on the left as well: row"
    )


def test_the_best_column_where_none_mends_all(tmp_path: Path) -> None:
    columns = {name: values for name, values in COLUMNS.items() if name != "row"}
    table = coded(items_of(columns, tmp_path).batches(), tmp_path)
    rows, found = reasons(table, pattern("town->code", table.names))
    assert rows.tolist() == [2, 3, 6]
    assert found.evidence.endswith("street on the left as well would leave 1 rows, the fewest of any column")
    _, last = reasons(table, pattern("town, street -> code", table.names))
    assert last.value == 1 / 8
    assert last.evidence.endswith("no other column could join the left")


def test_one_that_holds_and_holds_with_less(table: CodedTable) -> None:
    rows, found = reasons(table, pattern(" street , row-> code", table.names))
    assert rows.tolist() == []
    assert found.value == 0
    assert found.evidence == "street, row -> code holds in all 8 rows, and without street as well"


def test_nothing_on_the_left(table: CodedTable) -> None:
    rows, found = reasons(table, pattern("-> town", table.names))
    assert rows.tolist() == [4, 5, 6, 7]
    assert found.evidence.startswith("nothing -> town fails: 4 rows would have to change, in 1 of 1 groups")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("town", "is no dependency"),
        ("town ->", "is no dependency"),
        ("town -> zip", "no column 'zip'. It has town, street, code, row"),
        ("town -> town", "holds always"),
    ],
)
def test_patterns_it_refuses(table: CodedTable, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        pattern(text, table.names)


def test_an_empty_table(tmp_path: Path) -> None:
    table = coded(items_of({"a": [], "b": []}, tmp_path).batches(), tmp_path)
    assert table.names == []
