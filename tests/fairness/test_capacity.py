from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.errors import UsageError
from headgate.fairness import capacity

SCORES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
GROUPS = ["a", "a", "a", "a", "b", "b"]
LABELS = [1, 1, 0, 1, 1, 0]


def test_an_allocation_worked_out_by_hand() -> None:
    rows = capacity.ranked(SCORES, GROUPS, labels=LABELS)
    one = capacity.cost(rows, 3)
    # 3 of 6: half of each group, two of a and one of b; the best takes the three first, of which two are right
    assert one.best.tolist() == [3, 0]
    assert one.fair.tolist() == [2, 1]
    assert one.best_hits.tolist() == [2, 0]
    assert one.fair_hits.tolist() == [2, 1]
    assert (one.lost, one.precision_lost) == (-1, pytest.approx(-1 / 3))
    # equal recall: 2 and 1 places reach 2 of 3 and 1 of 1, a gap of 1/3; 3 and 0 leave b with none, a gap of 2/3
    assert capacity.fair(rows, 3, "recall").tolist() == [2, 1]
    assert capacity.fair(rows, 5, "recall").tolist() == [4, 1]
    assert capacity.chosen(rows, [2, 1]).tolist() == [0, 1, 4]


def test_no_places_and_places_for_all_cost_nothing() -> None:
    rows = capacity.ranked(SCORES, GROUPS, labels=LABELS)
    for parity in ("selection", "recall"):
        for k in (0, 6):
            one = capacity.cost(rows, k, parity)  # type: ignore[arg-type]
            assert (one.lost, one.precision_lost, int(one.fair.sum())) == (0, 0, k)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 11), st.integers(0, 2**32 - 1), st.sampled_from(["selection", "recall"]))
def test_it_is_what_enumeration_of_all_choices_finds(n: int, seed: int, parity: str) -> None:
    random = np.random.default_rng(seed)
    scores, labels = random.permutation(n) / n, random.random(n) < 0.5
    groups = random.integers(0, 2, n)
    kinds = np.unique(groups)
    counted = labels if parity == "recall" else np.ones(n, dtype=bool)
    if any(not counted[groups == one].any() for one in kinds):
        return
    k = int(random.integers(0, n + 1))

    def judged(taken: np.ndarray) -> tuple[float, float]:
        rates = [(taken & counted)[groups == one].sum() / counted[groups == one].sum() for one in kinds]
        return round(max(rates) - min(rates), 9), -round(float(scores[taken].sum()), 9)

    def in_order(taken: np.ndarray) -> bool:
        # whoever scores higher in the own group comes first
        return all(
            scores[taken & (groups == one)].min(initial=2) > scores[~taken & (groups == one)].max(initial=-1)
            for one in kinds
        )

    every = [np.isin(np.arange(n), some) for some in combinations(range(n), k)]
    rows = capacity.ranked(scores, groups, labels=labels)
    fairly = np.isin(np.arange(n), capacity.chosen(rows, capacity.fair(rows, k, parity)))  # type: ignore[arg-type]
    assert judged(fairly) == min(judged(one) for one in every if in_order(one))
    best = np.isin(np.arange(n), capacity.chosen(rows, capacity.best(rows, k)))
    assert scores[best].sum() == pytest.approx(max(scores[one].sum() for one in every))
    if parity == "selection":  # then coming first in the own group is no restriction
        assert judged(fairly) == min(judged(one) for one in every)


def test_fourteen_rows_in_three_groups_against_enumeration() -> None:
    random = np.random.default_rng(3)
    scores, groups = random.permutation(14) / 14, np.array([0] * 8 + [1] * 4 + [2] * 2)
    rows = capacity.ranked(scores, groups, labels=random.random(14) < 0.4)
    sizes = np.array([8, 4, 2])
    gaps = {float(np.ptp(np.bincount(groups[list(some)], minlength=3) / sizes)) for some in combinations(range(14), 5)}
    assert np.ptp(capacity.fair(rows, 5) / sizes) == pytest.approx(min(gaps))


def test_without_labels_a_score_is_the_chance_of_a_hit() -> None:
    one = capacity.cost(capacity.ranked(SCORES, GROUPS), 3)
    assert one.lost == pytest.approx(0.9 + 0.8 + 0.7 - 0.9 - 0.8 - 0.5)


def test_ties_are_broken_by_the_lot_of_the_seed() -> None:
    first = [int(capacity.best(capacity.ranked([1.0] * 10, ["a"] * 5 + ["b"] * 5, seed=s), 4)[0]) for s in range(30)]
    assert len(set(first)) > 2
    assert first == [
        int(capacity.best(capacity.ranked([1.0] * 10, ["a"] * 5 + ["b"] * 5, seed=s), 4)[0]) for s in range(30)
    ]


def test_drawn_again_costs_scatter_about_the_cost() -> None:
    random = np.random.default_rng(0)
    scores, groups = random.random(2000), random.random(2000) < 0.3
    scores = np.where(groups, scores * 0.7, scores)
    rows = capacity.ranked(scores, groups, labels=random.random(2000) < scores)
    lost = capacity.redrawn(rows, [200, 2000], draws=60, seed=1)
    assert lost.shape == (60, 2)
    assert (lost[:, 1] == 0).all()
    assert abs(lost[:, 0].mean() - capacity.cost(rows, 200).lost) < 3 * lost[:, 0].std()
    assert (lost == capacity.redrawn(rows, [200, 2000], draws=60, seed=1)).all()


def test_a_sample_without_positives_of_a_group_is_not_known() -> None:
    rows = capacity.ranked([0.9, 0.8, 0.7, 0.6], ["a", "a", "a", "b"], labels=[1, 0, 1, 1])
    lost = capacity.redrawn(rows, [2], "recall", draws=50)
    assert 0.2 < np.isnan(lost).mean() < 0.6  # b is left out of a sample of four with chance 0.32


def test_shares_found_on_other_rows_are_carried_over() -> None:
    # a quarter and a half there; of 40 and 20 rows these are 10 and 10
    assert capacity.carried([25, 50], [100, 100], [40, 20], 20).tolist() == [10, 10]
    assert capacity.carried([25, 50], [100, 100], [40, 20], 10).tolist() == [5, 5]
    assert capacity.carried([0, 50], [100, 100], [40, 20], 30).tolist() == [10, 20]  # b is full, the rest is a's
    assert capacity.carried([1, 1], [3, 3], [5, 5], 0).tolist() == [0, 0]


def test_what_makes_no_sense_is_told_in_one_line() -> None:
    rows = capacity.ranked(SCORES, GROUPS, labels=[1, 1, 1, 1, 0, 0])
    with pytest.raises(UsageError, match="'b' has no positive row"):
        capacity.fair(rows, 2, "recall")
    with pytest.raises(UsageError, match="7 places for 6 rows"):
        capacity.best(rows, 7)
    with pytest.raises(UsageError, match="no parity 'luck'"):
        capacity.fair(rows, 2, "luck")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="do not fit"):
        capacity.ranked([1.0], ["a", "b"])
    with pytest.raises(UsageError, match="finite"):
        capacity.ranked([float("nan")], ["a"], labels=[1])
    with pytest.raises(UsageError, match="from 0 to 1"):
        capacity.ranked([2.0], ["a"])
    with pytest.raises(UsageError, match="9 places"):
        capacity.carried([1], [2], [8], 9)
