from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import BadInput, UsageError
from headgate.queries.asking import DUMMIES, STEP, ask, both, cloned_steps, cut, drawn_people, values_of
from headgate.queries.pairs import Pair
from headgate.queries.table import Condition, Conditions, table_of

TABLE = table_of({"a": ["x", "y", "none such 0"], "b": ["p", "p", "q"], "s": ["no", "yes", "no"], "three": [1, 2, 3]})
PAIR = Pair((Condition("b", "p"),), Condition("a", "x"))
VALUES = [Condition("s", "no"), Condition("s", "yes")]


def test_the_secret_has_two_values() -> None:
    assert values_of(TABLE, "s", ("a", "b")) == ["no", "yes"]
    with pytest.raises(BadInput, match="has 3 values"):
        values_of(TABLE, "three", ("a",))
    with pytest.raises(UsageError, match="cannot be known"):
        values_of(TABLE, "s", ("a", "s"))
    with pytest.raises(UsageError, match="no column"):
        values_of(TABLE, "s", ("elsewhere",))


def test_half_of_the_people_have_each_value_and_nobody_is_both_asked_about_and_learned_from() -> None:
    has = np.arange(50) < 9
    asked, others = drawn_people(has, 40, np.random.default_rng(0))
    assert len(set(asked) | set(others)) == len(asked) + len(others) == 16  # half of the 9, of each, twice
    assert [int(has[one].sum()) for one in (asked, others)] == [4, 4]
    assert [len(one) for one in drawn_people(has, 6, np.random.default_rng(0))] == [6, 6]
    with pytest.raises(BadInput, match="fewer than two"):
        drawn_people(np.arange(50) < 1, 6, np.random.default_rng(0))


@pytest.mark.parametrize(("queries", "pairs"), [(4, 1), (40, 3), (64, 5), (75, 18)])
def test_no_kind_of_query_is_asked_more_than_the_budget(queries: int, pairs: int) -> None:
    asked: list[Conditions] = []
    found = ask(lambda one: asked.append(one), TABLE, [PAIR] * min(pairs, queries // STEP), VALUES, queries, "a")  # type: ignore[func-returns-value, arg-type]
    alone = [one for one in asked if not any(each.value.startswith("none") for each in one)]
    assert len(alone) <= queries
    assert len(asked) - len(alone) <= queries
    assert len(asked) - len(alone) == STEP * cloned_steps(found)
    assert np.isnan(found.single).all()
    # what has no effect has none: nobody has the value
    for one in asked:
        dummies = [each for each in one if not each.equal and each.column == "a" and each.value != "x"]
        assert all(TABLE.set_of(each) == TABLE.everybody for each in dummies)


def test_answers_stand_by_pair_and_value_and_budget() -> None:
    found = ask(lambda one: TABLE.matching(one).bit_count(), TABLE, [PAIR], VALUES, 4 * DUMMIES, "a")
    assert found.single.tolist() == [[[1, 0], [1, 1]]]
    assert (found.cloned == [[[[1, 0], [1, 1]]] * DUMMIES]).all()
    single, cloned = cut(found, 12)
    assert single.shape == (1, 2, 2)
    assert np.isfinite(cloned[0, :3]).all()
    assert np.isnan(cloned[0, 3:]).all()
    assert both(np.array([[1, 2], [np.nan, 2]])).tolist() == [True, False]
    none = ask(lambda one: 1, TABLE, [], VALUES, 8, "a")
    assert cloned_steps(none) == 0
