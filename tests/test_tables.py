from __future__ import annotations

import pytest

from headgate.tables import DATA, rows


def test_a_row_has_its_columns_by_name() -> None:
    first = rows("relations.csv")[0]
    assert (first["relation"], first["carries"], first["fix_reaches_child"]) == ("finetune", "weights_copied", "no")


@pytest.mark.parametrize("path", sorted(DATA.glob("*.csv")), ids=lambda path: path.name)
def test_no_table_has_a_row_with_too_few_or_too_many_cells(path: object) -> None:
    for row in rows(path.name):  # type: ignore[attr-defined]
        assert None not in row
        assert None not in row.values()
