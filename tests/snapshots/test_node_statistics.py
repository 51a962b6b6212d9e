from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from headgate.snapshots.node_statistics import STATISTICS, links, statistics
from tests.lineage_graphs import drawn, permuted


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def test_links_are_each_pair_once_without_loops_or_idle_nodes() -> None:
    found = links(ints(5, 5, 9, 7), ints(9, 9, 5, 7))
    assert found.size == 2
    assert sorted(zip(found.parent.tolist(), found.child.tolist(), strict=True)) == [(0, 1), (1, 0)]
    assert links(ints(3), ints(3)).size == 0


def test_a_small_tree_by_hand() -> None:
    # 0 -> 1, 0 -> 2, 2 -> 3; and 4 -> 5
    found = statistics(links(ints(0, 0, 2, 4), ints(1, 2, 3, 5)))
    assert tuple(found) == STATISTICS
    assert (2 ** found["parents"] - 1).round(9).tolist() == [0, 1, 1, 1, 0, 1]
    assert (2 ** found["children"] - 1).round(9).tolist() == [2, 0, 1, 0, 1, 0]
    assert (2 ** found["depth"] - 1).round(9).tolist() == [0, 1, 1, 2, 0, 1]
    assert (2 ** found["component"]).tolist() == [4, 4, 4, 4, 2, 2]
    # back after two steps: the mean of one by the neighbours' degrees; 0 has neighbours of degree 1 and 2
    assert (2 ** -found["return_rarity"]).tolist() == pytest.approx([0.75, 0.5, 0.75, 0.5, 1, 1])


def test_cycles_and_mutual_edges_are_borne() -> None:
    found = statistics(links(ints(0, 1, 2), ints(1, 0, 0)))
    assert np.isfinite(np.stack(list(found.values()))).all()
    assert (2 ** found["depth"] - 1).round(9).tolist() == [1, 2, 0]  # 2 is the only root
    assert (2 ** -found["return_rarity"]).tolist() == pytest.approx([1, 0.5, 0.5])


def test_it_agrees_with_networkx() -> None:
    given = links(*drawn(300, 4))
    found = statistics(given)
    graph = nx.DiGraph(zip(given.parent.tolist(), given.child.tolist(), strict=True))
    walk = nx.to_numpy_array(graph.to_undirected(), nodelist=range(given.size))
    walk /= walk.sum(1, keepdims=True)
    assert 2 ** -found["return_rarity"] == pytest.approx(np.diag(walk @ walk))
    sizes = {node: len(part) for part in nx.weakly_connected_components(graph) for node in part}
    assert 2 ** found["component"] == pytest.approx([sizes[n] for n in range(given.size)])
    depth = {}
    for layer, nodes in enumerate(nx.bfs_layers(graph, [n for n in graph if graph.in_degree(n) == 0])):
        depth.update(dict.fromkeys(nodes, layer))
    assert 2 ** found["depth"] - 1 == pytest.approx([depth[n] for n in range(given.size)])


def test_another_numbering_leaves_them_alone() -> None:
    parent, child = drawn(500, 2)
    one, other = (statistics(links(*ends)) for ends in ((parent, child), permuted(parent, child, 500, 3)))
    for name in STATISTICS:
        assert np.sort(one[name]) == pytest.approx(np.sort(other[name]), abs=1e-12)
