from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import graph as graphs
from headgate.graph import Graph
from headgate.web import family
from headgate.web.family import Opened

SIZE, KINDS = 24, ("finetune", "merge", "quantized")
edges = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), st.integers(0, 2), st.integers(0, 2)), max_size=70
)


def of(made: list[tuple[int, int, int, int]], size: int = SIZE) -> Graph:
    parent, child, relation, how = np.array(made, np.int32).reshape(-1, 4).T
    return graphs.build(size, parent, child, relation, how, KINDS)


def reached(made: list[tuple[int, int, int, int]], root: int, *, up: bool) -> dict[int, int]:
    ways: dict[int, set[int]] = {}
    for parent, child, *_ in made:
        begin, end = (child, parent) if up else (parent, child)
        ways.setdefault(begin, set()).add(end)
    steps, waiting = {root: 0}, deque([root])
    while waiting:
        here = waiting.popleft()
        for there in ways.get(here, ()):
            if there not in steps:
                steps[there] = steps[here] + 1
                waiting.append(there)
    return steps


@given(edges, st.integers(0, SIZE - 1))
@settings(max_examples=200, deadline=None)
def test_a_tree_holds_all_that_a_plain_walk_reaches(made: list[tuple[int, int, int, int]], root: int) -> None:
    graph = of(made)
    tree = family.tree(graph, root)
    down, up = reached(made, root, up=False), reached(made, root, up=True)
    assert sorted(tree.nodes.tolist()) == sorted({*down, *up})
    assert tree.nodes[0] == root
    for n, node in enumerate(tree.nodes.tolist()):
        assert tree.above[n] == (node not in down)
        if node in down:
            assert tree.depth[n] == down[node]
        if n:
            towards, link = int(tree.towards[n]), int(tree.link[n])
            assert tree.depth[towards] == tree.depth[n] - 1
            ends = {int(graph.parent[link]), int(graph.child[link])}
            assert node in ends
            # an ancestor of another node of a cycle with the first hangs under the first itself
            assert int(tree.nodes[towards]) in ends or (towards == 0 and ends - {node} <= set(down) & set(up))
            assert graph.relation[link] == tree.relation[n]
    hanging = [1] * len(tree.nodes)
    for n in sorted(range(1, len(tree.nodes)), key=lambda n: -int(tree.depth[n])):
        hanging[int(tree.towards[n])] += hanging[n]
    assert tree.size.tolist() == hanging


@given(
    edges, st.integers(0, SIZE - 1), st.integers(10, 24), st.sets(st.integers(0, 2)),
    st.lists(st.builds(Opened, st.integers(0, SIZE), st.integers(0, 2), st.integers(0, 5)), max_size=3),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_every_node_is_in_exactly_one_that_is_drawn(
    made: list[tuple[int, int, int, int]], root: int, most: int, fold: set[int], opened: list[Opened]
) -> None:
    tree = family.tree(of(made), root)
    view = family.view(tree, most, fold, opened)
    shown = set(view.shown.tolist())
    assert 0 in shown
    assert len(shown) + len(view.under) <= most
    groups = dict.fromkeys(zip(view.under.tolist(), view.relation.tolist(), view.above.tolist(), strict=True), 0)
    assert len(groups) == len(view.under)
    for n in range(len(tree.nodes)):
        if n in shown:
            assert n == 0 or int(tree.towards[n]) in shown
            continue
        while int(tree.towards[n]) not in shown:
            n = int(tree.towards[n])
        groups[int(tree.towards[n]), int(tree.relation[n]), bool(tree.above[n])] += 1
    assert list(groups.values()) == view.inside.tolist()
    assert len(shown) + int(view.inside.sum()) == len(tree.nodes)
    for n in shown - {0}:
        asked = any(tree.nodes[tree.towards[n]] == one.node and tree.relation[n] == one.relation for one in opened)
        assert tree.relation[n] not in fold or opened or asked


# 0 has 30 finetunes 1 to 30; 1 has 4 quantized copies 31 to 34, and 31 a merge 35.
STAR = [(0, n, 0, 2) for n in range(1, 31)] + [(1, n, 2, 2) for n in range(31, 35)] + [(31, 35, 1, 2)]


def test_the_largest_branches_come_first_and_what_is_left_is_counted() -> None:
    tree = family.tree(of(STAR, 36), 0)
    view = family.view(tree, 10)
    # 1 with 6 in all, then 31 with 2, then leaves of the first generation by number; two groups hold the rest
    assert sorted(tree.nodes[view.shown].tolist()) == [0, 1, 2, 3, 4, 5, 31, 35]
    assert [(int(tree.nodes[u]), KINDS[r]) for u, r in zip(view.under, view.relation, strict=True)] == [
        (0, "finetune"),
        (1, "quantized"),
    ]
    assert view.children.tolist() == view.inside.tolist() == [25, 3]
    assert view.first.tolist() == [5, 1]


def test_folding_groups_all_of_a_relation_and_opening_takes_it_back() -> None:
    tree = family.tree(of(STAR, 36), 0)
    folded = family.view(tree, 100, [2])
    assert len(folded.shown) == 31
    assert (folded.children.tolist(), folded.inside.tolist()) == ([4], [5])
    assert len(family.view(tree, 100, [2], [Opened(1, 2, 0)]).shown) == 36


def test_opening_from_a_place_draws_what_comes_after_it() -> None:
    tree = family.tree(of(STAR, 36), 0)
    view = family.view(tree, 10, (), [Opened(0, 0, 20)])
    # the 30 by size, then by number: 1, 2, ... 30; from the 20th on that is 21 to 28, as many as there is room for
    assert sorted(tree.nodes[view.shown].tolist()) == [0, *range(21, 29)]
    assert view.first.tolist() == [28]
    last = family.view(tree, 10, (), [Opened(0, 0, 28)])
    # after the last two there is room for 1, 31 and 35, 2 and 3, and the next part begins with 4
    assert sorted(tree.nodes[last.shown].tolist()) == [0, 1, 2, 3, 29, 30, 31, 35]
    assert last.first.tolist() == [3, 1]


def test_a_pair_is_drawn_once_for_each_relation_by_the_surest_way() -> None:
    graph = of([(0, 1, 0, 0), (0, 1, 0, 2), (0, 1, 1, 1), (1, 0, 0, 1), (1, 2, 0, 1)], 3)
    edges_ = family.edges_between(graph, np.array([0, 1], np.int32))
    found = {(int(graph.parent[e]), int(graph.child[e]), int(graph.relation[e]), int(graph.how[e])) for e in edges_}
    assert found == {(0, 1, 0, 2), (0, 1, 1, 1), (1, 0, 0, 1)}


def test_what_leads_to_a_cycle_with_the_first_is_one_step_above_it() -> None:
    # 0 -> 1 -> 2 -> 0 is a cycle; 3 leads to its 1, and 4 to 3: downstream 1 and 2, upstream 3 and 4
    tree = family.tree(of([(0, 1, 0, 2), (1, 2, 0, 2), (2, 0, 0, 2), (3, 1, 1, 2), (4, 3, 2, 2)], 5), 0)
    assert tree.nodes.tolist() == [0, 1, 2, 3, 4]
    assert tree.depth.tolist() == [0, 1, 2, 1, 2]
    assert tree.above.tolist() == [False, False, False, True, True]
    assert tree.towards.tolist() == [-1, 0, 1, 0, 3]
    assert [KINDS[r] for r in tree.relation[1:]] == ["finetune", "finetune", "merge", "quantized"]


@pytest.mark.parametrize("how", [0, 2])
def test_the_surest_link_decides_where_a_node_hangs(how: int) -> None:
    tree = family.tree(of([(0, 1, 0, 2), (0, 2, 0, 2), (1, 3, 0, 1), (2, 3, 1, how)], 4), 0)
    assert int(tree.nodes[tree.towards[3]]) == (2 if how == 2 else 1)
