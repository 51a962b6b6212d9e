from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.learn.operators import build
from headgate.learn.paths import chain, drivers, nearest
from tests.lineage_arrays import lineage

# 1 and 2 are fine-tunes of 0, 3 a quantised copy of 1, 4 trained on 5
FAMILY = lineage(6, [(1, 0, "finetune"), (2, 0, "finetune"), (3, 1, "quantized"), (4, 5, "trained_on")])


def seeds(*nodes: int) -> np.ndarray:
    return np.isin(np.arange(6), nodes)


def test_a_chain_goes_up_to_the_seed_link_by_link() -> None:
    found = nearest(FAMILY, seeds(0), either=False)
    assert chain(FAMILY, found, 3) == [("quantised copy of", 1), ("fine-tune of", 0)]
    assert chain(FAMILY, found, 0) == []
    assert found.steps.tolist() == [0, 1, 1, 2, -1, -1]


def test_only_a_walk_in_either_direction_reaches_a_sibling_or_a_parent() -> None:
    assert nearest(FAMILY, seeds(2), either=False).steps.tolist() == [-1, -1, 0, -1, -1, -1]
    found = nearest(FAMILY, seeds(2), either=True)
    assert chain(FAMILY, found, 1) == [("fine-tune of", 0), ("source of the fine-tune", 2)]
    assert chain(FAMILY, nearest(FAMILY, seeds(4), either=True), 5) == [("data of", 4)]
    assert chain(FAMILY, nearest(FAMILY, seeds(5), either=False), 4) == [("trained on", 5)]


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=25), st.integers(0, 11))
def test_steps_are_networkx_s_shortest_ways(pairs: list[tuple[int, int]], seed: int) -> None:
    links = sorted({(c, p, "finetune") for c, p in pairs if c != p})
    nodes = lineage(12, links)
    found = nearest(nodes, np.arange(12) == seed, either=True, farthest=12)
    graph = nx.Graph([link[:2] for link in links])
    graph.add_nodes_from(range(12))
    expected = nx.single_source_shortest_path_length(graph, seed)
    assert found.steps.tolist() == [expected.get(node, -1) for node in range(12)]
    for node in range(12):
        way = chain(nodes, found, node)
        assert len(way) == max(found.steps[node], 0)
        assert not way or way[-1][1] == seed


def test_what_is_too_far_is_not_reached() -> None:
    long = lineage(6, [(n + 1, n, "finetune") for n in range(5)])
    assert nearest(long, seeds(0), either=False).steps.tolist() == [0, 1, 2, 3, 4, -1]


def test_drivers_are_the_seeds_around_and_never_the_node_itself() -> None:
    operators = build(FAMILY)
    found = drivers(operators, seeds(1, 2).astype(np.float32), np.array([0, 1, 3, 4], np.int32))
    # 0: two children, each half of what comes up; 1: its sibling by way of 0; 3: its parent 1
    assert [(node, pytest.approx(share)) for node, share in found[0]] == [(1, 0.5), (2, 0.5)]
    assert found[1] == [(2, 1.0)]
    assert found[2] == [(1, 1.0)]
    assert found[3] == []
