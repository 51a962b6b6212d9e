from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.queries.pairs import FEWEST, pairs_of
from headgate.queries.table import Condition, table_of


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 10))
def test_the_queries_of_a_pair_differ_by_the_person_alone(seed: int, columns: int) -> None:
    drawn = np.random.default_rng(seed)
    names = tuple(f"c{n}" for n in range(columns))
    given_ = {name: drawn.integers(0, 6, 300) for name in names}
    table = table_of(given_ | {"s": drawn.integers(0, 2, 300)})
    person = int(drawn.integers(300))
    for pair in pairs_of(table, person, names, "s", 20, drawn):
        assert "s" not in {one.column for one in (*pair.shared, pair.apart)}
        wide, narrow = (table.matching(one) for one in pair.queries())
        assert wide & ~narrow == 1 << person
        assert narrow & ~wide == 0
        has = table.columns["s"][person]
        for value in ("0", "1"):
            wide, narrow = (table.matching(one).bit_count() for one in pair.queries(Condition("s", value)))
            assert wide - narrow == (value == has)
        assert max(table.matching((*pair.shared, Condition("s", v))).bit_count() for v in "01") >= FEWEST


def test_all_pairs_of_few_attributes_are_found() -> None:
    # the person is alone with x among those with y, and alone with y among all: 30 others have y or x
    table = table_of(
        {"a": ["x", *["o"] * 20, *["x"] * 10], "b": ["y", *["y"] * 20, *["z"] * 10], "s": [1] * 16 + [0] * 15}
    )
    found = pairs_of(table, 0, ("a", "b"), "s", 99, np.random.default_rng(0))
    said = {(tuple(one.column for one in pair.shared), pair.apart.column) for pair in found}
    assert said == {(("b",), "a"), (("a",), "b")}
    assert len(pairs_of(table, 0, ("a", "b"), "s", 1, np.random.default_rng(0))) == 1
    assert pairs_of(table, 1, ("a", "b"), "s", 99, np.random.default_rng(0)) == []
