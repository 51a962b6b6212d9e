from __future__ import annotations

from itertools import permutations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.snapshots import sketches
from headgate.snapshots.distributions import DOUBLINGS, distance, on_grid
from headgate.snapshots.matching import least_mismatch
from headgate.snapshots.node_statistics import STATISTICS, Links, links, statistics

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda e: e[0] != e[1]), min_size=1, max_size=8)


def of(edges: list[tuple[int, int]]) -> Links:
    return links(np.array([a for a, _ in edges], np.int32), np.array([b for _, b in edges], np.int32))


@settings(max_examples=40, deadline=None)
@given(pairs, pairs)
def test_no_mismatch_is_an_isomorphism(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    one, other = of(a), of(b)
    same = nx.is_isomorphic(nx.DiGraph(a), nx.DiGraph(b))
    assert (least_mismatch(one, other) == 0) == same
    if same:
        assert sum(sketches.apart(sketches.shape(one), sketches.shape(other)).values()) == pytest.approx(0, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(pairs, pairs)
def test_each_distance_is_the_least_over_all_matchings(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    one, other = of(a), of(b)
    if one.size != other.size:
        return
    first, second = statistics(one), statistics(other)
    places = {
        name: (
            np.round(first[name] / DOUBLINGS.step) * DOUBLINGS.step,
            np.round(second[name] / DOUBLINGS.step) * DOUBLINGS.step,
        )
        for name in STATISTICS
    }
    for x, y in places.values():
        least = min(np.abs(x - y[list(order)]).mean() for order in permutations(range(one.size)))
        assert distance(on_grid(x, DOUBLINGS), on_grid(y, DOUBLINGS), DOUBLINGS) == pytest.approx(least, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(pairs, pairs)
def test_spectra_are_never_farther_than_the_best_matching(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    # Hoffman and Wielandt: the root of the sum of squared differences of sorted eigenvalues is at most the norm of
    # the difference of the matrices, whatever the matching
    def laplacian(given: Links) -> np.ndarray:
        graph = nx.Graph()
        graph.add_nodes_from(range(given.size))
        graph.add_edges_from(zip(given.parent.tolist(), given.child.tolist(), strict=True))
        return nx.normalized_laplacian_matrix(graph).toarray()

    one, other = of(a), of(b)
    if one.size != other.size:
        return
    x, y = laplacian(one), laplacian(other)
    best = min(np.linalg.norm(x - y[np.ix_(order, order)]) for order in permutations(range(one.size)))
    apart = np.linalg.norm(np.linalg.eigvalsh(x) - np.linalg.eigvalsh(y))
    assert apart <= best + 1e-9
    mean = np.abs(np.linalg.eigvalsh(x) - np.linalg.eigvalsh(y)).mean()
    from headgate.snapshots.spectrum import apart as ours
    from headgate.snapshots.spectrum import spectrum

    assert ours(spectrum(one), spectrum(other))[0] == pytest.approx(mean, abs=0.01)


def test_by_hand_and_too_many() -> None:
    chain, fan = of([(0, 1), (1, 2)]), of([(0, 1), (0, 2)])
    assert least_mismatch(chain, fan) == 2
    assert least_mismatch(chain, of([(0, 1), (1, 2), (2, 3)])) == 1
    with pytest.raises(ValueError, match="8 nodes"):
        least_mismatch(chain, of([(n, n + 1) for n in range(7)]))
