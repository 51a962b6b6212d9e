from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from headgate.snapshots.distributions import EIGENVALUES, distance, on_grid
from headgate.snapshots.node_statistics import links
from headgate.snapshots.spectrum import apart, spectrum
from tests.lineage_graphs import drawn, graph, permuted, rewired


def test_eigenvalues_are_those_of_the_normalised_laplacian() -> None:
    given = graph(200, 1)
    named = nx.Graph(zip(given.parent.tolist(), given.child.tolist(), strict=True))
    values = nx.normalized_laplacian_spectrum(named)
    found = spectrum(given)
    assert found.error == 0
    assert found.shares == pytest.approx(on_grid(values, EIGENVALUES) / given.size, abs=1e-9)


def test_a_star_has_three_eigenvalues() -> None:
    star = links(np.zeros(9, np.int32), np.arange(1, 10, dtype=np.int32))
    for exact in (1000, 0):  # 0, 1 eight times, 2; and Lanczos, which ends after three steps
        found = spectrum(star, exact=exact)
        assert found.shares.sum() == pytest.approx(1)
        assert (found.shares[[0, 100, 200]] > 0).all()
        assert found.shares[[0, 100, 200]].sum() == pytest.approx(1, abs=1e-6)
        if exact:
            assert found.shares[[0, 100, 200]].tolist() == pytest.approx([0.1, 0.8, 0.1])


@pytest.mark.parametrize("seed", range(4))
def test_the_estimate_is_as_near_as_its_error_says(seed: int) -> None:
    given = graph(700, seed)
    exact, found = spectrum(given), spectrum(given, seed=seed, exact=0)
    off = distance(exact.shares, found.shares, EIGENVALUES)
    assert 0 < found.error < 0.1
    assert off <= found.error + 0.01


def test_a_permuted_copy_is_at_0_or_its_interval_reaches_it() -> None:
    parent, child = drawn(900, 5)
    one, other = links(parent, child), links(*permuted(parent, child, 900, 6))
    assert apart(spectrum(one), spectrum(other)) == pytest.approx((0, 0, 0), abs=1e-9)
    found, low, high = apart(spectrum(one, exact=0), spectrum(other, exact=0))
    assert low == 0
    assert found < high < 0.1


def test_a_rewired_one_is_told_apart() -> None:
    parent, child = drawn(6000, 7)
    one, other = links(parent, child), links(*rewired(parent, child, 6000, 0.8, 8))
    assert apart(spectrum(one), spectrum(other))[1] > 0.01
