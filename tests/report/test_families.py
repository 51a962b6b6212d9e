"""Families against networkx on random graphs with cycles, and where an estimate could mislead."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.graph import Graph, build
from headgate.report.families import COUNTED, LISTED, largest


def graph_of(nodes: int, pairs: list[tuple[int, int]]) -> Graph:
    """The graph of `pairs` (parent, child)."""
    parent, child = (np.array([pair[n] for pair in pairs], np.int32) for n in (0, 1))
    return build(nodes, parent, child)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 25).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40))
    )
)
def test_against_networkx(case: tuple[int, list[tuple[int, int]]]) -> None:
    nodes, pairs = case
    cyclic, roots, found = largest(graph_of(nodes, pairs))
    theirs = nx.DiGraph((p, c) for p, c in pairs if p != c)
    theirs.add_nodes_from(range(nodes))
    groups = list(nx.strongly_connected_components(theirs))
    assert cyclic == sum(len(group) for group in groups if len(group) > 1)
    sources = [group for group in groups if all(p in group for node in group for p in theirs.predecessors(node))]
    apart = {node for node in theirs if theirs.degree(node) == 0}  # linked to nothing, or to itself alone
    sources = [group for group in sources if not group <= apart]
    assert roots == len(sources)
    sizes = sorted((len(nx.descendants(theirs, min(group))) for group in sources), reverse=True)
    assert [size for _, size, _ in found] == [size for size in sizes if size][:LISTED]
    for root, size, children in found:
        assert size == len(nx.descendants(theirs, root))
        assert children == theirs.out_degree(root)
        assert any(root in group for group in sources)


def test_no_edges() -> None:
    assert largest(graph_of(3, [])) == (0, 0, [])


def test_a_node_linked_to_itself_alone_is_no_root() -> None:
    assert largest(graph_of(4, [(0, 0), (1, 1), (1, 2)])) == (0, 1, [(1, 1, 1)])


def test_the_largest_is_found_behind_a_single_child() -> None:
    # 200 roots with 5 children each, and one whose single child has 1,000: children tell nothing of a family.
    pairs = [(root, 2000 + root * 5 + n) for root in range(200) for n in range(5)]
    pairs += [(200, 201)] + [(201, 5000 + n) for n in range(1000)]
    assert largest(graph_of(6000, pairs))[2][0] == (200, 1001, 1)


def test_merges_of_merges_do_not_push_a_family_out() -> None:
    # Ladders whose rungs have two parents each hold 2^40 paths, but few nodes.
    pairs, node = [], 0
    for _ in range(COUNTED + 10):
        for rung in range(40):
            a = node + 2 * rung
            pairs += [(a, a + 2), (a, a + 3), (a + 1, a + 2), (a + 1, a + 3)]
        node += 82
    pairs += [(node, node + 1 + n) for n in range(500)]
    assert largest(graph_of(node + 501, pairs))[2][0] == (node, 500, 500)


@pytest.mark.parametrize("closed", [False, True])
def test_a_chain_longer_than_the_passes_is_counted_whole(closed: bool) -> None:
    pairs = [(n, n + 1) for n in range(20_000)] + ([(20_000, 0)] if closed else [])
    cyclic, roots, found = largest(graph_of(20_001, pairs))
    assert (cyclic, roots, found[0][1]) == (20_001 if closed else 0, 1, 20_000)
