from __future__ import annotations

import random

import pytest

from headgate import dominators


def reachable(children: list[list[int]], root: int, without: int | None = None) -> set[int]:
    if root == without:
        return set()
    found, rest = {root}, [root]
    while rest:
        for child in children[rest.pop()]:
            if child not in found and child != without:
                found.add(child)
                rest.append(child)
    return found


def brute(children: list[list[int]], root: int) -> dict[int, set[int]]:
    """Node -> its dominators, told by removing each node and seeing what can no longer be reached."""
    every = reachable(children, root)
    found: dict[int, set[int]] = {node: {node} for node in every}
    for removed in every:
        for lost in every - reachable(children, root, without=removed):
            found[lost].add(removed)
    return found


def chain(above: list[int], node: int) -> set[int]:
    found = {node}
    while above[node] != node:
        node = above[node]
        found.add(node)
    return found


def drawn(seed: int, *, acyclic: bool) -> list[list[int]]:
    dice = random.Random(seed)
    size = dice.randint(1, 14)
    share = dice.choice([0.08, 0.15, 0.3, 0.6])
    children: list[list[int]] = [[] for _ in range(size)]
    for one in range(size):
        for other in range(one + 1 if acyclic else 0, size):
            if one != other and dice.random() < share:
                children[one].append(other)
    return children


@pytest.mark.parametrize("acyclic", [True, False])
def test_equals_brute_force_on_500_random_graphs(acyclic: bool) -> None:
    several = 0
    for seed in range(500):
        children = drawn(seed, acyclic=acyclic)
        above, order = dominators.immediate(children, 0)
        truth = brute(children, 0)
        assert set(order) == set(truth)
        assert {node for node, up in enumerate(above) if up >= 0} == set(truth)
        assert {node: chain(above, node) for node in order} == truth, (seed, children)
        several += any(len(found) > 2 for found in truth.values())
    assert several > 100  # the graphs do hold dominators other than the root


@pytest.mark.parametrize("acyclic", [True, False])
def test_totals_are_sums_over_all_dominated_nodes(acyclic: bool) -> None:
    for seed in range(200):
        children = drawn(seed, acyclic=acyclic)
        weights = [2**node for node in range(len(children))]
        above, order = dominators.immediate(children, 0)
        truth = brute(children, 0)
        summed = dominators.totals(above, order, weights)
        for node in order:
            assert summed[node] == sum(weights[other] for other in order if node in truth[other])


def test_a_diamond_is_dominated_by_its_top_and_a_chain_by_each_link() -> None:
    above, _ = dominators.immediate([[1, 2], [3], [3], [4], [], [0]], 0)
    assert above == [0, 0, 0, 0, 3, -1]


def test_a_chain_longer_than_the_recursion_limit() -> None:
    size = 50_000
    above, order = dominators.immediate([[n + 1] if n + 1 < size else [] for n in range(size)], 0)
    assert above == [0, *range(size - 1)]
    assert dominators.totals(above, order, [1] * size)[1] == size - 1


def test_equals_networkx_on_the_packages_of_a_real_system() -> None:
    """What depends on libc6, over the dependency graph of the Debian packages installed here; it has cycles."""
    import re
    from pathlib import Path

    import networkx as nx
    import numpy as np

    from headgate import graph

    status = Path("/var/lib/dpkg/status")
    if not status.exists():
        pytest.skip("no Debian package status here")
    real = nx.DiGraph()
    for entry in status.read_text(encoding="utf-8", errors="replace").split("\n\n"):
        name = re.search(r"^Package: (\S+)", entry, re.MULTILINE)
        needs = re.search(r"^Depends: (.+)$", entry, re.MULTILINE)
        for need in re.split(r"[,|]", needs[1]) if name and needs else ():
            real.add_edge(need.split()[0].split(":")[0], name[1] if name else "")
    if "libc6" not in real or len(real) < 50:
        pytest.skip("too few packages here")
    places = {name: place for place, name in enumerate(real)}
    ours = graph.build(
        len(places),
        np.array([places[a] for a, _ in real.edges], np.int32),
        np.array([places[b] for _, b in real.edges], np.int32),
    )
    root = places["libc6"]
    depths = graph.depths(ours.down, [root])
    assert {name for name, place in places.items() if depths[place] > 0} == nx.descendants(real, "libc6")
    above, _ = dominators.immediate(graph.lists(ours.down), root)
    theirs = nx.immediate_dominators(real, "libc6")
    assert {n: above[places[n]] for n in theirs if n != "libc6"} == {
        n: places[d] for n, d in theirs.items() if n != "libc6"
    }
