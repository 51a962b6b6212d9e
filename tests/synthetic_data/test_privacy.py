from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from headgate.synthetic_data.columns import Coding, Rows, coded, coding_of
from headgate.synthetic_data.privacy import (
    Distances,
    caught,
    closest,
    copies,
    distances,
    near_copies,
    near_copies_again,
    ratio,
    ratios,
)


def rows_of(seed: int, number: int = 300) -> dict[str, np.ndarray]:
    drawn = np.random.default_rng(seed)
    return {"n": drawn.normal(size=number).astype(str), "m": drawn.normal(size=number).astype(str), "c": drawn.choice(list("uvw"), number),
            "y": drawn.choice(["0", "1"], number)}  # fmt: skip


CODING: Coding = coding_of(rows_of(0), "y")


def rows(seed: int, number: int = 300) -> Rows:
    return coded(rows_of(seed, number), CODING)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.integers(1, 20), st.integers(1, 20))
def test_closest_is_the_least_distance(seed: int, one: int, other: int) -> None:
    drawn = np.random.default_rng(seed)
    left, right = drawn.normal(size=(one, 3)), drawn.normal(size=(other, 3))
    assert closest(left, right) == pytest.approx(cdist(left, right).min(1))


def test_copies_are_rows_alike_in_every_column() -> None:
    real, few = rows(0), rows(0).take(np.array([5, 9]))
    assert copies(real, few).all()
    assert not copies(real, rows(1)).any()
    moved = Rows(few.numbers, few.codes.copy(), few.label, None)
    moved.codes[0, 0] = (moved.codes[0, 0] + 1) % 3
    assert copies(real, moved).tolist() == [False, True]


def test_a_copy_lies_on_the_real_rows_and_a_fresh_sample_does_not() -> None:
    train, fresh = rows(0), rows(1)
    copy, other = (distances(train, fresh, made, CODING) for made in (train, rows(2)))
    assert not copy.to_train.any()
    assert copy.to_fresh.min() > 0
    assert caught(copy) == 1
    assert near_copies(copy)[0] == 1
    assert other.to_train.mean() / other.to_fresh.mean() == pytest.approx(1, abs=0.1)
    assert near_copies(other)[0] < 0.05
    assert near_copies(other)[1] == pytest.approx(0.01, abs=0.005)
    assert np.quantile(near_copies_again(other, 50, 0), 0.025) <= 0
    assert near_copies_again(copy, 50, 0).min() > 0.9


def test_as_many_real_as_fresh_rows_are_compared() -> None:
    # twenty times the rows are nearer by themselves: the ratio is of equal numbers
    found = distances(rows(0, 6000), rows(1, 300), rows(2, 1000), CODING)
    assert found.to_train.mean() / found.to_fresh.mean() == pytest.approx(1, abs=0.1)
    assert len(found.train_to_made) == len(found.fresh_to_made) == len(found.fresh_to_train) == 300
    assert len(distances(rows(0), rows(1), rows(2, 1000), CODING, rows=100).to_train) == 100


def test_what_is_caught_counts_ties_in_proportion() -> None:
    none = np.zeros(1)
    nobody = none[:, None], np.zeros((1, 1), dtype=int)

    def told(real: list[float], fresh: list[float]) -> float:
        return caught(Distances(nobody, nobody, none, np.array(real), np.array(fresh), 1))

    assert told([0.0] * 10, [0.0] * 10) == pytest.approx(0.01)  # all alike: chance
    assert told([0.0] * 5 + [2.0] * 5, [1.0] * 100) == pytest.approx(0.5)
    assert told([0.0] * 10, [0.0] * 5 + [1.0] * 95) == pytest.approx(0.2)  # one in five of those tied
    assert told([2.0] * 10, list(np.linspace(0, 1, 1000))) == 0


def test_the_interval_of_the_ratio_holds_that_of_fresh_samples() -> None:
    held = []
    for seed in range(40):
        found = distances(rows(3 * seed, 200), rows(3 * seed + 1, 200), rows(3 * seed + 2, 200), CODING)
        drawn = ratios(found, 60, seed)
        low, middle, high = np.quantile(drawn, (0.025, 0.5, 0.975))
        held.append(ratio(found) + low - middle <= 1 <= ratio(found) + high - middle)
    assert np.mean(held) >= 0.85
    copy = distances(rows(0), rows(1), rows(0), CODING)
    assert ratio(copy) == 0
