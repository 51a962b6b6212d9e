from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.evidence.intervals import wilson
from headgate.queries.endpoints import exact, private, published, sticky, suppressed
from headgate.queries.leak import ATTACKS, BASELINE, Rate, leak
from headgate.queries.table import Table, table_of


def town(rows: int = 2000, seed: int = 0) -> Table:
    drawn = np.random.default_rng(seed)
    return table_of({
        "age": drawn.integers(18, 80, rows), "work": drawn.integers(0, 8, rows), "street": drawn.integers(0, 30, rows),
        "sex": drawn.integers(0, 2, rows), "hours": drawn.integers(0, 40, rows), "s": (drawn.random(rows) < 0.4).astype(int),
    })  # fmt: skip


TOWN = town()


def accuracy(found: object, attack: str) -> float:
    return next(one.accuracy for one in found.rates if one.attack == attack)  # type: ignore[attr-defined]


def test_sticky_noise_tells_secrets() -> None:
    found = leak(sticky(TOWN), TOWN, "s", people=60, queries=64)
    assert all(one.low > BASELINE for one in found.rates)
    assert min(accuracy(found, one) for one in ATTACKS) > 0.75
    assert found.suggested is not None
    assert found.suggested < 32
    assert 50 < found.paired < 60  # some share every attribute but for a few with somebody
    assert found.commoner == pytest.approx((TOWN.columns["s"] == "0").mean())


def test_differential_privacy_does_not() -> None:
    endpoint = private(TOWN, epsilon=0.1, queries=128)
    found = leak(endpoint, TOWN, "s", people=100, queries=64, renew=endpoint.renew)
    assert all(one.low < BASELINE for one in found.rates)
    assert found.suggested is None
    assert all(one.reached > 80 for one in found.rates)  # it was asked, and answered


def test_without_noise_the_difference_is_the_secret() -> None:
    found = leak(exact(TOWN), TOWN, "s", people=40, queries=16)
    differential = found.rates[0]
    assert differential.right_of_reached == differential.reached > 30
    assert accuracy(found, "learned") > 0.8


def test_what_is_printed_once_tells_nothing_while_hidden_cells_of_any_group_do() -> None:
    found = leak(published(TOWN, "s"), TOWN, "s", people=60, queries=64)
    assert [one.right for one in found.rates[:2]] == [30, 30]  # neither pair of queries is ever answered
    assert all(one.low < BASELINE for one in found.by_budget)
    assert found.suggested is None
    found = leak(suppressed(TOWN, "s"), TOWN, "s", people=200, queries=200)
    assert max(one.low for one in found.rates) > BASELINE


def test_rates_add_up_and_have_the_interval_of_all_looks() -> None:
    found = leak(sticky(TOWN), TOWN, "s", people=40, queries=40)
    assert [one.attack for one in found.rates] == list(ATTACKS)
    for one in found.rates:
        assert (one.low, one.high) == wilson(one.right, 40, confidence=1 - 0.05 / 6)
        assert one.right_of_reached <= one.reached <= one.people == 40
        assert 0.5 <= one.commoner_of_reached <= 1
        assert one.low_of_reached == wilson(one.right_of_reached, one.reached, confidence=1 - 0.05 / 6)[0]  # type: ignore[index]
    assert sorted({one.queries for one in found.by_budget}) == [4, 8, 16, 32, 40]
    assert found.by_budget[-1].low < found.rates[-1].low


def test_no_result_tells_of_anybody() -> None:
    text = str(asdict(leak(sticky(TOWN), TOWN, "s", people=20, queries=16)))
    assert all(isinstance(value, int | float | str) for rate in leak(sticky(TOWN), TOWN, "s", people=20, queries=16).rates
               for value in asdict(rate).values())  # fmt: skip
    assert len(text) < 6000


def test_the_same_seed_gives_the_same_and_each_person_a_new_analyst() -> None:
    calls: list[int] = []
    one, other = (
        leak(sticky(TOWN), TOWN, "s", people=10, queries=8, seed=4, renew=lambda: calls.append(1)) for _ in "ab"
    )
    assert one == other
    assert len(calls) == 40  # twice 10 asked about, and 10 to learn from


def test_what_cannot_be_asked() -> None:
    for wrong in ({"people": 1}, {"queries": 3}, {"known": ("s",)}, {"known": ("elsewhere",)}):
        with pytest.raises(UsageError):
            leak(exact(TOWN), TOWN, "s", **wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="in this process"):
        leak("http://counts.example", TOWN, "s")  # type: ignore[arg-type]


def test_a_few_who_are_told_surely_are_not_hidden_by_the_many_who_are_not() -> None:
    few = Rate("differential", 40, 110, 200, 0.46, 0.64, 20, 20, 0.74, 0.55)
    assert few.above(0.1)
    assert not few.above(0.2)
    assert not Rate("differential", 40, 100, 200, 0.41, 0.59, 20, 11, 0.3, 0.55).above()
    assert Rate("differential", 40, 160, 200, 0.7, 0.85, 0, 0, 0.0, 1.0).above(0.1)
