from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.queries.table import MOST_ROWS, Condition, table_of


def test_sets_have_a_bit_for_each_person() -> None:
    table = table_of({"a": ["x", "y", "x", "x"], "b": [1, 2, 2, 1]})
    assert table.set_of(Condition("a", "x")) == 0b1101
    assert table.set_of(Condition("a", "x", equal=False)) == 0b0010
    assert table.matching((Condition("a", "x"), Condition("b", "1"))) == 0b1001
    assert table.matching(()) == table.everybody == 0b1111
    assert table.set_of(Condition("a", "nobody")) == 0


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("pq")), min_size=1, max_size=40),
       st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyzpq"), st.booleans()), max_size=4))  # fmt: skip
def test_counts_are_those_of_the_rows(rows: list[tuple[str, str]], asked: list[tuple[str, str, bool]]) -> None:
    table = table_of({"a": [one for one, _ in rows], "b": [one for _, one in rows]})
    conditions = [Condition(*one) for one in asked]
    alike = sum(all((row["ab".index(one.column)] == one.value) == one.equal for one in conditions) for row in rows)
    assert table.matching(conditions).bit_count() == alike


@pytest.mark.parametrize("columns", [{"a": [1, 2], "b": [1]}, {"a": []}, {}, {"a": np.zeros(MOST_ROWS + 1)}])
def test_columns_that_do_not_fit(columns: dict[str, list[int]]) -> None:
    with pytest.raises(UsageError, match="one length"):
        table_of(columns)


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no column b to ask of"):
        table_of({"a": [1]}).set_of(Condition("b", "1"))
