from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.queries.endpoints import exact, private, published, sticky, suppressed
from headgate.queries.table import Condition, Table, table_of

NO = Condition("b", "nobody", equal=False)  # holds of everybody


def people(rows: int = 200) -> Table:
    n = np.arange(rows)
    return table_of({"a": n % 2, "b": n % 5, "id": n, "secret": (n % 3 == 0).astype(int)})


def test_sticky_noise_is_the_same_whenever_the_same_is_asked() -> None:
    answer, again, other = (sticky(people(), seed=seed) for seed in (1, 1, 2))
    asked = (Condition("a", "0"), Condition("secret", "1"))
    assert answer(asked) == answer(asked[::-1]) == again(asked) == answer((*asked, asked[0]))
    answers = {sticky(people(), seed=seed)(asked) for seed in range(20)}
    assert len(answers) > 5
    assert other(asked) is not None


def test_sticky_noise_has_two_layers_for_each_condition() -> None:
    # variance 2 for each condition, and 1/12 of rounding
    for conditions, variance in (
        ((Condition("a", "0"),), 2),
        ((Condition("a", "0"), NO, Condition("b", "1", False)), 6),
    ):
        off = [sticky(people(), seed=seed)(conditions) for seed in range(1500)]
        assert np.var([one for one in off if one is not None]) == pytest.approx(variance + 1 / 12, rel=0.15)
        assert np.mean(off) == pytest.approx(people().matching(conditions).bit_count(), abs=0.25)


def test_noise_cancels_between_queries_that_count_the_same_people_and_not_otherwise() -> None:
    table = people()
    dummies = [Condition("b", f"none {n}", equal=False) for n in range(300)]
    same = (Condition("a", "0"), Condition("b", "7", equal=False))  # 7 is nobody's: no one is left out
    fewer = (Condition("a", "0"), Condition("id", "2", equal=False))
    for narrow, low, high in ((same, 0, 0.25), (fewer, 1.8, 2.6)):  # rounding; and twice the noise of the dummy
        answer = sticky(table, seed=3)
        gaps = [(answer((same[0], one)) or 0) - (answer((*narrow, one)) or 0) for one in dummies]
        assert low <= np.var(gaps) <= high


def test_sticky_counts_of_few_are_held_back() -> None:
    table = people()
    shown = {size: np.mean([sticky(table, seed=seed)([Condition("id", str(n), equal=False) for n in range(size, 200)])
                            is not None for seed in range(200)]) for size in (0, 1, 3, 4, 5, 6)}  # fmt: skip
    assert (shown[0], shown[1], shown[6]) == (0, 0, 1)  # threshold 4, deviation 0.5
    assert shown[3] < 0.1 < shown[4] < 0.9 < shown[5]


def test_private_noise_has_the_variance_of_its_epsilon_and_a_budget() -> None:
    def once(seed: int) -> int | None:
        return private(people(), epsilon=2.0, queries=4, seed=seed)([])  # 0.5 for each query

    keep = np.exp(-0.5)
    assert np.var([once(seed) for seed in range(3000)]) == pytest.approx(2 * keep / (1 - keep) ** 2, rel=0.1)
    endpoint = private(people(), epsilon=2.0, queries=2)
    first = endpoint([NO])
    assert [endpoint([NO]), endpoint([Condition("a", "0")]) is None, endpoint([])] == [first, False, None]
    assert endpoint([NO]) == first
    endpoint.renew()
    assert endpoint([]) is not None


@pytest.mark.parametrize(("epsilon", "queries"), [(0.0, 1), (-1.0, 1), (float("nan"), 1), (1.0, 0)])
def test_a_budget_that_is_none(epsilon: float, queries: int) -> None:
    with pytest.raises(UsageError, match="no budget"):
        private(people(), epsilon=epsilon, queries=queries)


@given(st.integers(0, 60), st.integers(0, 60))
def test_suppressed_cells_are_in_tens_and_never_few(has: int, has_not: int) -> None:
    table = table_of({"a": ["x"] * (has + has_not) + ["y"] * 20, "s": ["1"] * has + ["0"] * (has_not + 20)})
    shown = suppressed(table, "s")([Condition("a", "x"), Condition("s", "1")])
    assert shown is None or (shown % 10 == 0 and 0 <= has - shown < 10)
    if 0 < has < 10 or 0 < has_not < 10:
        assert shown is None


def test_published_are_one_way_tables_only() -> None:
    table = people()
    answer, secret = published(table, "secret"), Condition("secret", "1")
    assert answer([secret]) == suppressed(table, "secret")([secret]) == 60  # 67
    assert answer([Condition("a", "0"), secret]) == 30  # 34
    assert answer([Condition("a", "0", equal=False), secret]) is None
    assert answer([Condition("a", "0"), Condition("b", "1"), secret]) is None
    assert exact(table)([secret]) == 67
