from __future__ import annotations

from math import hypot, pi

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.graph import Ints
from headgate.web.layout import depths_of, radial


@st.composite
def forests(draw: st.DrawFn) -> tuple[Ints, np.ndarray, np.ndarray]:
    """What each node hangs under, with loops, cycles and several roots, and which are groups; not all hangs together."""
    size = draw(st.integers(1, 120))
    free = draw(st.booleans())
    parent = [
        draw(st.integers(-1, size - 1)) if free else (draw(st.integers(0, n - 1)) if n else -1) for n in range(size)
    ]
    big = np.array([draw(st.booleans()) and draw(st.booleans()) for _ in range(size)]) & ~np.isin(
        np.arange(size), parent
    )
    return np.array(parent, np.int32), big, np.zeros(size, bool)


@given(forests())
@settings(max_examples=150, deadline=None)
def test_all_are_apart_finite_in_their_wedge_and_the_same_again(made: tuple[Ints, np.ndarray, np.ndarray]) -> None:
    parent, big, above = made
    places, again = radial(parent, None, above, big), radial(parent, None, above, big)
    assert np.isfinite(places.x).all()
    assert np.isfinite(places.y).all()
    assert (places.x == again.x).all()
    assert (places.y == again.y).all()
    for a in range(len(parent)):
        for b in range(a):
            apart = hypot(places.x[a] - places.x[b], places.y[a] - places.y[b])
            assert apart >= 0.99 * places.apart * (2 if big[a] and big[b] else 1)
    depth = depths_of(parent)
    for n, up in enumerate(parent.tolist()):
        if up >= 0 and depth[n] == depth[up] + 1:
            assert places.begin[n] >= places.begin[up] - 1e-9
            assert places.end[n] <= places.end[up] + 1e-9
            assert places.radius[n] > places.radius[up]


@given(forests(), st.integers(1, 40))
@settings(max_examples=80, deadline=None)
def test_ancestors_keep_to_the_top_and_all_else_out_of_there(
    made: tuple[Ints, np.ndarray, np.ndarray], many: int
) -> None:
    parent, _, _ = made
    parent = np.array([-1, *(min(p, n) if p >= 0 else 0 for n, p in enumerate(parent.tolist()))], np.int32)
    above = np.zeros(len(parent), bool)
    above[1 : many + 1] = True
    for n in range(1, len(parent)):  # a side is what hangs under a node of the first generation
        if parent[n]:
            above[n] = above[parent[n]]
    places = radial(parent, None, above)
    angle = (places.angle[1:] + pi) % (2 * pi) - pi
    if above[1:].any() and (~above[1:]).any():
        assert abs(angle[above[1:]]).max() < abs(angle[~above[1:]]).min()
    if not above.any():
        assert (places.end - places.begin)[1:].max() <= 2 * pi
    for a in range(len(parent)):
        for b in range(a):
            assert hypot(places.x[a] - places.x[b], places.y[a] - places.y[b]) >= 0.99 * places.apart


def test_a_chain_goes_straight_down_from_the_middle() -> None:
    places = radial(np.array([-1, 0, 1, 2], np.int32))
    assert (places.x[0], places.y[0]) == (0, 0)
    assert abs(places.x).max() < 1e-6
    assert (np.diff(places.y) > 0).all()


def test_brothers_go_clockwise_by_key() -> None:
    places = radial(np.array([-1, 0, 0, 0, 0], np.int32), np.array([0, 3, 1, 2, 0], np.int32))
    assert np.argsort(places.angle[1:]).tolist() == [3, 1, 2, 0]


def test_wide_families_take_more_rings_and_no_more_room_than_a_disc() -> None:
    parent = np.zeros(5000, np.int32)
    parent[0] = -1
    places = radial(parent)
    assert places.ring.max() > 5
    # 5,000 nodes 14 apart fill a disc of radius 559 at one node to 14 x 14
    assert places.radius.max() < 2.2 * 14 * (5000 / pi) ** 0.5


def test_cycles_are_cut_at_their_least_node() -> None:
    assert depths_of(np.array([2, 0, 1, 3, 0, -1], np.int32)).tolist() == [0, 1, 2, 0, 1, 0]
    assert depths_of(np.array([1, 2, 1], np.int32)).tolist() == [1, 0, 1]
