from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.prove.paraphrase_gap import _difference, prove
from headgate.repair.examples import examples, joined
from headgate.repair.shapes import Adapter, Behaviour, Case, Doubles, Examples, ForgetSet, Subject
from tests import small_facts

Losses = dict[str, float]  # of a model, by id


def losses(model: Losses, items: Examples) -> Doubles:
    return np.array([model[one] for one in items.ids])


def items(prefix: str, groups: str) -> Examples:
    n = len(groups)
    return examples(np.zeros((n, 1)), np.zeros(n), ids=[f"{prefix}{i}" for i in range(n)], groups=list(groups))


def toy(forget: Examples, queries: Examples, before: Losses, after: Losses, *references: Losses) -> Case:
    kept = items("k", "z")
    subject = Subject("toy", before, joined(forget, kept), Adapter("trees", losses, losses, losses, dict))
    return Case(subject, after, references, ForgetSet(forget.ids, ""), Behaviour("proof", queries, kept))


def test_the_area_is_the_share_of_pairs_of_a_group_in_which_the_item_loses_less() -> None:
    forget, queries = items("f", "aab"), items("q", "ab")
    before = {"f0": 1.0, "f1": 1.0, "f2": 1.0, "q0": 2.0, "q1": 2.0}
    after = {"f0": 1.0, "f1": 2.0, "f2": 3.0, "q0": 2.0, "q1": 2.0}  # less, as much, more
    found = prove(toy(forget, queries, before, after, before))[0]
    assert (found.before, found.after, found.reference) == (1.0, 0.5, 1.0)
    assert found.evidence.startswith("AUC over 3 pairs of an item and a query, within groups")
    free = prove(toy(replace(forget, groups=None), queries, before, after, before))[0]
    assert free.after == 0.5  # f0 wins both, f1 ties both, f2 loses both
    assert free.evidence.startswith("AUC over 6 pairs of an item and a query;")


def test_the_interval_is_delong_s() -> None:
    """Two models' areas over 40 items and 30 queries, the variance worked from the definition."""
    draw = np.random.default_rng(3)
    item, query = draw.normal(0, 1, (2, 40)), draw.normal(0.8, 1, (2, 30))
    wins = (item[:, :, None] < query[:, None, :]).astype(float)
    v10, v01 = wins.mean(2), wins.mean(1)
    s10, s01 = np.cov(v10), np.cov(v01)
    contrast = np.array([1, -1])
    variance = contrast @ (s10 / 40 + s01 / 30) @ contrast
    centre = v10[0].mean() - v10[1].mean()
    low, high = _difference(wins[0], [wins[1]], np.ones((40, 30), bool))
    assert low == pytest.approx(centre - 1.959964 * np.sqrt(variance))
    assert high == pytest.approx(centre + 1.959964 * np.sqrt(variance))


def test_equal_models_of_few_items_prove_nothing_and_many_do() -> None:
    few, many = (np.ones((n, n)) for n in (8, 200))
    low, high = _difference(few, [few], few > 0)
    assert low == pytest.approx(-1.959964 * np.sqrt(2) / 10)
    assert high == -low
    assert _difference(many, [many], many > 0)[1] < 0.02


def test_references_that_differ_widen_it() -> None:
    one, other = np.ones((50, 50)), np.zeros((50, 50))
    after = np.kron([[1.0, 0.0], [0.0, 1.0]], np.ones((25, 25)))
    low, high = _difference(after, [one, other], one > 0)
    assert (low, high) == (-1.0, 1.0)  # the areas 1 and 0 have a standard error of 0.5 with one degree of freedom


def test_of_two_references_their_spread_counts_by_student_s_t() -> None:
    pairs = np.ones((400, 400), bool)
    one, other = (np.zeros((400, 400)) for _ in range(2))
    one[:, :200], other[:, :208] = 1.0, 1.0
    low, high = _difference(one, [one, other], pairs)
    apart = one - (one + other) / 2
    items = (apart.mean(0) - apart.mean()).var(ddof=1) / 400
    left = np.array([one.mean(0) - one.mean(), other.mean(0) - other.mean()])
    own = ((left - left.mean(0)) ** 2).sum() / 399 / 400
    spread = ((0.52 - 0.5) ** 2 / 2 - own) / 2
    half = np.sqrt(items * 1.959964**2 + spread * 12.7062**2)
    assert (high - low) / 2 == pytest.approx(half, rel=1e-4)
    assert half > 0.1  # a normal quantile would have it below 0.03


def test_a_model_that_gives_no_numbers_proves_nothing() -> None:
    n = 100
    forget, queries = items("f", "a" * n), items("q", "a" * n)
    even = {**{f"f{i}": float(i) for i in range(n)}, **{f"q{i}": float(i) for i in range(n)}}
    broken = {**even, "f3": float("nan")}
    found = prove(toy(forget, queries, even, broken, even))[0]
    assert (found.after, found.low, found.high, found.verdict) == (None, None, None, "inconclusive")
    assert found.evidence.endswith("a model gives no number for 1 items")
    assert prove(toy(forget, queries, even, even, even, broken))[0].verdict == "inconclusive"


def test_memory_of_the_wording_leaks_and_its_reverse_is_over() -> None:
    n = 100
    forget, queries = items("f", "a" * n), items("q", "a" * n)
    even = {**{f"f{i}": i for i in range(n)}, **{f"q{i}": i for i in range(n)}}
    memory, reverse = ({**even, **{f"f{i}": i + shift for i in range(n)}} for shift in (-50, 50))
    assert [prove(toy(forget, queries, memory, one, even))[0].verdict for one in (memory, even, reverse)] == [
        "leaks", "held", "over",
    ]  # fmt: skip
    assert prove(toy(forget, queries, memory, even))[0].verdict == "inconclusive"


def test_losses_of_long_answers_count_by_the_token() -> None:
    forget, queries = (
        examples(np.zeros((1, 5)), np.array([[-100, 1, *tail]]), ids=[name])
        for name, tail in (("f", (1, 1, 1)), ("q", (-100, -100, -100)))
    )
    case = toy(items("f", "a"), items("q", "a"), {}, {}, {})
    model = {"f": 4.0, "q": 2.0}  # a token: 1 and 2
    subject = replace(case.subject, model=model, train=joined(forget, replace(queries, ids=("k",))),
                      adapter=replace(case.subject.adapter, kind="causal"))  # fmt: skip
    made = Case(subject, model, (model,), ForgetSet(("f",), ""), Behaviour("proof", queries, queries))
    assert prove(made)[0].after == 1.0


def test_facts_learned_by_heart_are_found_and_a_retrained_model_is_not_blamed() -> None:
    case = small_facts.case(small_facts.subject().model)
    assert prove(case)[0].verdict == "leaks"
    again = prove(replace(case, after=small_facts.retrained(20)))[0]
    assert again.verdict in {"held", "inconclusive"}


def test_what_it_cannot_work_with_is_refused() -> None:
    case = toy(items("f", "aa"), items("q", "bb"), {}, {})
    with pytest.raises(UsageError, match="none of 2 forget items shares a group with one of 2 queries"):
        prove(case)
    with pytest.raises(UsageError, match="Give it the proof part"):
        prove(replace(case, behaviour=replace(case.behaviour, role="query")))
