from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.fairness.places import ends, nearest


def test_ends_are_the_places_that_hold_so_many_counted_rows() -> None:
    low, high = ends(np.array([False, True, False, True, False]))
    # none within 0 or 1 places, one within 2 or 3, two within 4 or 5
    assert low.tolist() == [0, 2, 4]
    assert high.tolist() == [1, 3, 5]


def test_a_group_of_one_is_left_out_where_that_is_nearer() -> None:
    # with 5 places for groups of 1, 1, 1 and 10, half of the large group is nearer than any place for one alone
    sizes = (1, 1, 1, 10)
    scores = [np.linspace(1, 0, size) for size in sizes]
    groups = [ends(np.ones(size, dtype=bool)) for size in sizes]
    assert nearest(groups, scores, 5).tolist() == [0, 0, 0, 5]


def test_what_is_left_of_places_goes_to_the_higher_score() -> None:
    groups = [ends(np.ones(2, dtype=bool))] * 2
    assert nearest(groups, [np.array([0.9, 0.1]), np.array([0.8, 0.7])], 3).tolist() == [1, 2]
    assert nearest(groups, [np.array([0.9, 0.8]), np.array([0.8, 0.7])], 3).tolist() == [2, 1]


@settings(deadline=None)
@given(st.data())
def test_no_other_places_are_nearer_or_as_near_with_higher_scores(data: st.DataObject) -> None:
    counted = [
        np.array(data.draw(st.lists(st.booleans(), min_size=1, max_size=5).filter(any)))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    scores = [
        np.sort(np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(one), max_size=len(one)))))[::-1] / 10
        for one in counted
    ]
    k = data.draw(st.integers(0, sum(map(len, counted))))

    def gap(places: tuple[int, ...]) -> tuple[float, float]:
        rates = [one[:a].sum() / one.sum() for one, a in zip(counted, places, strict=True)]
        worth = sum(one[:a].sum() for one, a in zip(scores, places, strict=True))
        return round(float(max(rates) - min(rates)), 9), -round(float(worth), 9)

    every = [one for one in product(*(range(len(one) + 1) for one in counted)) if sum(one) == k]
    found = nearest([ends(one) for one in counted], scores, k)
    assert int(found.sum()) == k
    assert gap(tuple(found.tolist())) == min(map(gap, every))
