from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headgate.web import columns
from tests.web.serving import Served


@pytest.fixture(scope="module")
def held(served: Served) -> Any:
    return columns.of(served.app.state.watch.current)


def test_a_code_stands_for_its_value_both_ways(served: Served, held: columns.Columns) -> None:
    db = served.app.state.watch.current.cursor()
    for name, column in columns.FACETS.items():
        facet = held.facets[name]
        rows = db.execute(f"SELECT id, {column} FROM shelf.artifacts ORDER BY id").fetchall()
        assert [facet.value(int(facet.codes[id_])) for id_, _ in rows] == [value for _, value in rows]
        values = {value for _, value in rows if value is not None}
        assert facet.size == len(values)
        for value in values:
            assert facet.value(facet.code(value)) == value
        counts = np.bincount(facet.codes, minlength=facet.size + 1)[: facet.size]
        assert (np.diff(counts) <= 0).all()


def test_part_of_a_value_is_no_value(held: columns.Columns) -> None:
    facet = held.facets["kind"]
    assert facet.code("model") >= 0
    for text in ("mode", "odel", "", "model\xff", "\udcff", "model dataset"):
        assert facet.code(text) == -1


def test_numbers_are_those_of_the_records_and_unknown_ones_are_below_all(served: Served, held: columns.Columns) -> None:
    db = served.app.state.watch.current.cursor()
    rows = db.execute("SELECT id, downloads, likes, children, created FROM shelf.artifacts ORDER BY id").fetchall()
    for name, at in (("downloads", 1), ("likes", 2), ("derived", 3)):
        numbers, unknown = held.numbers[name], held.unknown[name]
        assert [None if n == unknown else int(n) for n in numbers] == [row[at] for row in rows]
        assert unknown < min(int(n) for n in numbers if n != unknown)
    created = [None if n == held.unknown["newest"] else int(n) for n in held.numbers["newest"]]
    assert created == [
        None if row[4] is None else int((row[4] - type(row[4])(1970, 1, 1)).total_seconds()) for row in rows
    ]


def test_words_are_looked_for_once_and_few_answers_are_kept(served: Served, held: columns.Columns) -> None:
    db = served.app.state.watch.current.cursor()
    refs = [row[0] for row in db.execute("SELECT folded FROM shelf.artifacts ORDER BY id").fetchall()]
    for number in range(columns.TEXTS + 10):
        words = (str(number), "o")
        assert held.having(words).tolist() == [all(word in ref for word in words) for ref in refs]
    assert len(held.texts) == columns.TEXTS
    kept = held.texts[words]
    assert held.having(words).tolist() == np.unpackbits(kept, count=len(refs)).astype(bool).tolist()
    assert held.texts[words] is kept


def test_the_columns_are_read_once_for_a_state(served: Served) -> None:
    snapshot = served.app.state.watch.current
    assert columns.of(snapshot) is columns.of(snapshot)
