from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.repair.examples import examples
from headgate.repair.shapes import Behaviour
from headgate.repair.splits import ROLES, checked, open_to, split


def some(number: int, groups: list[str] | None = None, prefix: str = "") -> examples:  # type: ignore[valid-type]
    x = np.arange(number, dtype=np.float32).reshape(-1, 1)
    return examples(x, np.zeros(number, int), ids=[f"{prefix}{n}" for n in range(number)], groups=groups)


@given(st.integers(3, 40), st.integers(3, 40), st.integers(0, 5))
def test_the_parts_are_disjoint_whole_and_even(queries: int, clean: int, seed: int) -> None:
    parts = split(some(queries), some(clean, prefix="c"), seed=seed)
    assert tuple(parts) == ROLES
    for kind, number in (("queries", queries), ("clean", clean)):
        ids = [set(getattr(part, kind).ids) for part in parts.values()]
        assert sum(map(len, ids)) == len(set.union(*ids)) == number
        assert max(map(len, ids)) - min(map(len, ids)) <= 1


def test_items_of_one_group_stay_together() -> None:
    groups = [f"author {n % 6}" for n in range(60)]
    parts = split(some(60, groups), some(30, prefix="c"))
    seen = [set(part.queries.groups) for part in parts.values()]
    assert sum(map(len, seen)) == len(set.union(*seen)) == 6


def test_items_of_one_author_are_parted_one_by_one() -> None:
    parts = split(some(9, ["one author"] * 9), some(9, prefix="c"))
    assert [len(part.queries) for part in parts.values()] == [3, 3, 3]


@pytest.mark.parametrize("seed", range(5))
def test_equal_items_stay_together_whatever_they_are_called(seed: int) -> None:
    twice = np.arange(12, dtype=np.float32).repeat(2).reshape(-1, 1)
    named = examples(twice, np.zeros(24, int), ids=[f"q{n}" for n in range(24)])
    unnamed = examples(twice, np.zeros(24, int))  # the second of two is called by its hash and -2
    for queries in (named, unnamed):
        seen = [set(part.queries.x.ravel().tolist()) for part in split(queries, some(9), seed=seed).values()]
        assert sum(map(len, seen)) == 12
    # what differs is parted as ever, and items all alike one by one
    assert split(some(24), some(9), seed=seed)["proof"].queries.ids == split_by_ids(24, seed)
    alike = examples(np.zeros((9, 1)), np.zeros(9, int))
    assert [len(part.queries) for part in split(alike, some(9), seed=seed).values()] == [3, 3, 3]


def split_by_ids(number: int, seed: int) -> tuple[str, ...]:
    names = np.unique([str(n) for n in range(number)])
    third = np.random.default_rng(seed).permutation(number)[2::3]
    return tuple(sorted((str(one) for one in names[third]), key=int))


def test_too_few_items_are_refused() -> None:
    with pytest.raises(UsageError, match="2 items cannot be parted"):
        split(some(2), some(9))


def test_proof_items_are_for_prove_alone() -> None:
    parts = split(some(9), some(9))
    for verb in ("trace", "remove"):
        assert open_to(parts["query"], verb) is parts["query"]
        assert open_to(parts["validation"], verb) is parts["validation"]
        with pytest.raises(UsageError, match=f"{verb} was given the proof part"):
            open_to(parts["proof"], verb)
    assert open_to(parts["proof"], "prove") is parts["proof"]
    with pytest.raises(UsageError, match="prove was given the validation part"):
        open_to(parts["validation"], "prove")


def test_a_behaviour_without_queries_cannot_be_traced() -> None:
    parts = split(some(9), some(9, prefix="c"))
    empty = replace(parts["query"], queries=some(0))
    with pytest.raises(UsageError, match="query part of the behaviour has no queries"):
        open_to(empty, "trace")
    assert open_to(empty, "remove") is empty


def test_parts_that_share_an_item_or_lack_a_role_are_refused() -> None:
    parts = split(some(9), some(9, prefix="c"))
    assert checked(parts) is parts
    leaking = dict(parts, proof=Behaviour("proof", parts["query"].queries, parts["proof"].clean))
    with pytest.raises(UsageError, match="3 items of queries stand in two parts"):
        checked(leaking)
    with pytest.raises(UsageError, match="has the parts query, validation, proof"):
        checked({role: part for role, part in parts.items() if role != "query"})
    with pytest.raises(UsageError, match="has the parts"):
        checked(dict(parts, proof=replace(parts["proof"], role="query")))
