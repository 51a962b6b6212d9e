from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.evidence.splits import digest, group_folds, time_folds


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=40, max_size=200), st.integers(0, 5))
def test_no_group_is_ever_on_both_sides_and_every_item_has_a_fold(items: list[tuple[int, bool]], seed: int) -> None:
    groups, positive = np.array([i[0] for i in items]), np.array([i[1] for i in items])
    folds = min(4, len(set(groups.tolist())))
    found = group_folds(groups, positive, folds, seed=seed)
    assert set(found.tolist()) <= set(range(folds))
    assert all(len(set(found[groups == group].tolist())) == 1 for group in set(groups.tolist()))


def test_positives_are_spread_evenly_even_if_groups_are_of_very_different_size() -> None:
    # one group holds half of the items and no positive; 20 others hold one positive each
    groups = np.concatenate([np.zeros(100, int), np.repeat(np.arange(1, 21), 5)])
    positive = np.concatenate([np.zeros(100), np.tile([1, 0, 0, 0, 0], 20)])
    found = group_folds(groups, positive, 5)
    assert np.bincount(found, positive, 5).tolist() == [4, 4, 4, 4, 4]


def test_single_items_are_dealt_out_evenly() -> None:
    found = group_folds(np.arange(1003), np.arange(1003) < 10, 5)
    sizes = np.bincount(found)
    assert sizes.max() - sizes.min() <= 1
    assert np.bincount(found[:10]).tolist() == [2, 2, 2, 2, 2]


def test_the_same_seed_gives_the_same_split_and_another_another() -> None:
    groups, positive = np.arange(200) // 2, np.arange(200) % 7 == 0
    one = digest(group_folds(groups, positive, seed=1))
    assert one == digest(group_folds(groups, positive, seed=1))
    assert one != digest(group_folds(groups, positive, seed=2))
    assert len(one) == 16


def test_fewer_groups_than_folds_is_refused() -> None:
    with pytest.raises(ValueError, match="3 groups cannot be split into 5 folds"):
        group_folds([1, 1, 2, 3], [0, 1, 0, 1], 5)


def test_periods_go_from_old_to_new_and_equal_moments_stay_together() -> None:
    found = time_folds([5.0, 1.0, 1.0, 1.0, 9.0, 7.0, np.nan], 3)
    assert found.tolist() == [1, 0, 0, 0, 2, 2, -1]


def test_nothing_dated_gives_no_period() -> None:
    assert time_folds([np.nan, np.nan], 3).tolist() == [-1, -1]
