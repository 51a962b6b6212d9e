"""The search for hard forget sets, on removals whose outcome is known in advance."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.repair import hardest
from headgate.repair.hardest import Places


@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=12).flatmap(
        lambda values: st.tuples(st.just(values), st.integers(1, len(values) - 1))
    )
)
def test_capped_weights_sum_to_the_size_and_keep_their_order(drawn: tuple[list[float], int]) -> None:
    values, size = np.asarray(drawn[0]), drawn[1]
    found = hardest.capped(values, size)
    assert found.sum() == pytest.approx(size, abs=1e-6)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found[np.argsort(values, kind="stable")]) >= -1e-9).all()


def test_capped_weights_are_the_nearest_ones() -> None:
    # by hand: 1.5 and 0.5 less a half are 1 (capped) and 0; 0.9 - 0.15 and 0.4 - 0.15 sum with the capped 1 to 2
    assert hardest.capped(np.asarray([1.5, 0.5]), 1) == pytest.approx([1.0, 0.0], abs=1e-6)
    assert hardest.capped(np.asarray([3.0, 0.9, 0.4]), 2) == pytest.approx([1.0, 0.75, 0.25], abs=1e-6)


def test_weights_lean_to_small_losses() -> None:
    losses = np.asarray([0.1] * 6 + [1.0] * 2)
    found = hardest.weights(losses, np.tile([1.0, 0.0], (8, 1)), np.sqrt(2 * losses)[:, None], 3)
    assert found.sum() == pytest.approx(3, abs=1e-6)
    assert found[:6].min() > found[6:].max()


def test_of_equal_losses_the_weights_go_where_the_linear_removal_raises_them_least() -> None:
    generator = np.random.default_rng(0)
    features, residuals = generator.normal(size=(12, 3)), generator.normal(size=(12, 2))
    rows = np.column_stack([features, np.ones(12)])
    covariance = rows.T @ rows / 12
    damped = covariance + 0.1 * np.trace(covariance) / 4 * np.eye(4)
    raised = (rows @ np.linalg.solve(damped, rows.T) / 12) * (residuals @ residuals.T)  # r_ij, written out
    found = hardest.weights(np.full(12, 0.1), features, residuals, 4)
    others = [hardest.capped(generator.normal(size=12), 4) for _ in range(500)]
    assert found @ raised @ found < min(one @ raised @ one for one in others)


def together(values: np.ndarray, between: np.ndarray) -> hardest.Removing:
    """A removal that leaves of an item its own value less what goes with it."""

    def removing(places: Places) -> np.ndarray:
        return values[places] - between[np.ix_(places, places)].sum(1)

    return removing


@pytest.mark.parametrize("seed", range(5))
def test_the_search_comes_close_to_the_best_of_all_sets(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values, between = generator.uniform(0.3, 1, 14), generator.uniform(0, 0.1, (14, 14))
    removing = together(values, between)
    every = np.asarray([removing(np.asarray(one)).mean() for one in combinations(range(14), 4)])  # 1,001 sets
    seen = hardest.nothing_seen(14)
    _, random = hardest.drawn(removing, seen, 4, 20, seed)
    places, most = hardest.search(removing, seen, generator.uniform(size=14), 4, budget=30, restarts=3, seed=seed)
    assert most == removing(places).mean()
    assert most > random.max()
    assert (every > most).mean() < 0.05


def test_swaps_put_out_what_was_forgotten_and_try_what_was_not_seen() -> None:
    values = np.random.default_rng(0).permutation(np.linspace(0, 1, 40))
    seen = hardest.nothing_seen(40)
    hardest.drawn(lambda places: values[places], seen, 8, 1, 0)
    _, most = hardest.search(lambda places: values[places], seen, np.zeros(40), 8, budget=24, restarts=1, seed=0)
    assert most > 0.95 * np.sort(values)[-8:].mean()


def test_the_search_keeps_to_its_budget_and_never_runs_a_set_twice() -> None:
    runs: list[tuple[int, ...]] = []

    def removing(places: Places) -> np.ndarray:
        runs.append(tuple(places))
        return places / 20

    seen = hardest.nothing_seen(20)
    hardest.drawn(removing, seen, 5, 7, 0)
    hardest.search(removing, seen, np.zeros(20), 5, budget=12, restarts=3, seed=0)
    assert 7 < len(runs) <= 19
    assert len(set(runs)) == len(runs)
    assert all(len(set(one)) == 5 for one in runs)


def test_what_was_seen_of_an_item_is_the_mean_over_removals() -> None:
    seen = hardest.nothing_seen(4)
    for places, left in (([0, 1], [0.2, 0.4]), ([1, 2], [0.8, 0.5])):
        hardest.observed(lambda _, left=left: np.asarray(left), seen, np.asarray(places))
    assert seen.difficulty() == pytest.approx([0.2, 0.6, 0.5, np.nan], nan_ok=True)
    # the unseen item ranks highest by the start, so it promises what the highest seen one left
    assert hardest.promised(seen, np.asarray([0.0, 1.0, 2.0, 3.0]))[3] == pytest.approx(0.6)
