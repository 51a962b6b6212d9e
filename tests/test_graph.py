from __future__ import annotations

import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import graph as graphs
from headgate.graph import Graph
from tests.lineages import lineage

Pairs = list[tuple[int, int]]
SIZE = 12
pairs = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=40)


def built(edges: Pairs) -> Graph:
    parent, child = (np.array([edge[n] for edge in edges], np.int32) for n in (0, 1))
    return graphs.build(SIZE, parent, child)


def peer(edges: Pairs) -> nx.DiGraph:
    other = nx.DiGraph((a, b) for a, b in edges if a != b)
    other.add_nodes_from(range(SIZE))
    return other


def reach(made: Graph, node: int, *, down: bool) -> set[int]:
    return set(np.flatnonzero(graphs.depths(made.down if down else made.up, [node]) >= 0).tolist())


@settings(deadline=None)
@given(pairs, st.integers(0, SIZE - 1))
def test_depths_are_the_fewest_steps(edges: Pairs, start: int) -> None:
    depth = graphs.depths(built(edges).down, [start])
    truth = nx.single_source_shortest_path_length(peer(edges), start)
    assert {n: int(d) for n, d in enumerate(depth) if d >= 0} == truth


@settings(deadline=None)
@given(pairs)
def test_ancestors_mirror_descendants(edges: Pairs) -> None:
    made = built(edges)
    for a in range(SIZE):
        for b in range(SIZE):
            assert (a in reach(made, b, down=False)) == (b in reach(made, a, down=True))


@settings(deadline=None)
@given(pairs, st.integers(0, SIZE - 1))
def test_a_child_is_at_most_one_step_deeper_than_any_parent(edges: Pairs, start: int) -> None:
    made = built(edges)
    depth = graphs.depths(made.down, [start])
    for parent, child in zip(made.parent, made.child, strict=True):
        if depth[parent] >= 0:
            assert 0 <= depth[child] <= depth[parent] + 1


@settings(deadline=None)
@given(pairs, st.sets(st.integers(0, SIZE - 1)), st.sets(st.integers(0, SIZE - 1), min_size=1))
def test_blocked_nodes_stop_the_walk(edges: Pairs, blocked: set[int], begin: set[int]) -> None:
    begin -= blocked
    flags = np.isin(np.arange(SIZE), list(blocked))
    depth = graphs.depths(built(edges).down, begin, blocked=flags)
    other = peer(edges)
    other.remove_nodes_from(blocked)
    truth = set(begin).union(*(nx.descendants(other, n) for n in begin)) if begin else set()
    assert set(np.flatnonzero(depth >= 0).tolist()) == truth


@settings(deadline=None)
@given(pairs)
def test_cycles_are_the_components_that_are_strongly_connected(edges: Pairs) -> None:
    truth = sorted(sorted(part) for part in nx.strongly_connected_components(peer(edges)) if len(part) > 1)
    assert graphs.cycles(built(edges)) == truth


def test_without_a_cycle_scipy_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    chain = graphs.build(4, np.array([0, 1, 0, 2, 3], np.int32), np.array([1, 2, 2, 3, 3], np.int32))
    assert graphs.cycles(chain) == []
    with pytest.raises(ImportError):
        graphs.cycles(graphs.build(2, np.array([0, 1], np.int32), np.array([1, 0], np.int32)))


def test_cycles_apart_and_what_hangs_on_them() -> None:
    # 0 -> 1 <-> 2 -> 3 -> 4 -> 5 -> 3, 5 -> 6
    pairs = [(0, 1), (1, 2), (2, 1), (2, 3), (3, 4), (4, 5), (5, 3), (5, 6)]
    parent, child = (np.array(ends, np.int32) for ends in zip(*pairs, strict=True))
    assert graphs.cycles(graphs.build(7, parent, child)) == [[1, 2], [3, 4, 5]]


@settings(deadline=None)
@given(pairs)
def test_weak_components(edges: Pairs) -> None:
    number, label = graphs.components(built(edges))
    truth = {frozenset(part) for part in nx.weakly_connected_components(peer(edges))}
    assert number == len(truth)
    assert {frozenset(np.flatnonzero(label == n).tolist()) for n in range(number)} == truth


@settings(deadline=None)
@given(pairs, st.sets(st.integers(0, SIZE - 1), min_size=1))
def test_a_part_holds_the_edges_between_its_nodes_and_their_loops(edges: Pairs, inside: set[int]) -> None:
    part, nodes = graphs.part(built(edges), np.isin(np.arange(SIZE), list(inside)))
    assert nodes.tolist() == sorted(inside)
    kept = sorted(zip(nodes[part.parent].tolist(), nodes[part.child].tolist(), strict=True))
    assert kept == sorted((a, b) for a, b in edges if a != b and {a, b} <= inside)
    assert nodes[part.loops].tolist() == sorted({a for a, b in edges if a == b and a in inside})


def test_an_empty_graph() -> None:
    made = graphs.build(0, np.array([], np.int32), np.array([], np.int32))
    assert graphs.cycles(made) == []
    assert graphs.lists(made.down) == []


def model(name: str) -> str:
    return f"hf:model:{name}"


def test_load_folds_case_drops_loops_and_keeps_several_edges_of_a_pair(tmp_path: Path) -> None:
    ws = lineage(
        tmp_path / "w",
        {model(n): {} for n in ("a/Child", "a/Middle", "a/Loop")},
        [
            {"child": model("a/Middle"), "parent": model("org/Base")},
            {"child": model("a/Child"), "parent": model("ORG/base")},
            {"child": model("a/Child"), "parent": model("A/MIDDLE"), "relation": "adapter"},
            {"child": model("a/Child"), "parent": model("a/Middle"), "relation": "adapter", "how": "read"},
            {"child": model("a/Loop"), "parent": model("a/Loop")},
        ],
    )
    made = graphs.load(ws.db)
    rows = ws.db.execute(f"SELECT id, ref, respelled FROM {made.nodes}").fetchall()
    assert {row[0] for row in rows} == {0, 1, 2, 3}
    named = {row[0]: row[1] for row in rows}
    base = next(ref for ref in named.values() if "org" in ref.lower())
    # the artifact's own spelling is shown
    assert {row[1:] for row in rows} == {
        (model("a/Child"), False), (model("a/Loop"), False), (model("a/Middle"), True), (base, True),
    }  # fmt: skip
    pairs = sorted((named[a], named[b]) for a, b in zip(made.parent.tolist(), made.child.tolist(), strict=True))
    assert pairs == sorted([
        (base, model("a/Child")), (base, model("a/Middle")), *[(model("a/Middle"), model("a/Child"))] * 2,
    ])  # fmt: skip
    assert [named[n] for n in made.loops.tolist()] == [model("a/Loop")]
    assert named[graphs.find(ws.db, made, model("A/mIDDLE")) or 0] == model("a/Middle")
    assert graphs.find(ws.db, made, model("a/nowhere")) is None


def test_load_leaves_out_what_is_known_too_weakly_or_of_another_relation(tmp_path: Path) -> None:
    refs = [model(f"a/m{n}") for n in range(5)]
    kinds = [
        ("finetune", "inferred", 0.9),
        ("merge", "declared", 0.5),
        ("adapter", "read", 0.9),
        ("adapter", "declared", 0.95),
    ]
    ws = lineage(
        tmp_path / "w",
        {ref: {} for ref in refs},
        [
            {"child": refs[n], "parent": refs[n + 1], "relation": kind, "how": how, "confidence": confidence}
            for n, (kind, how, confidence) in enumerate(kinds)
        ],
    )

    def edges(**filters: object) -> set[tuple[str, str]]:
        made = graphs.load(ws.db, **filters)  # type: ignore[arg-type]
        names = [row[0] for row in ws.db.execute(f"SELECT ref FROM {made.nodes} ORDER BY id").fetchall()]
        graphs.drop(ws.db, made)
        return (
            {(made.relations[r], graphs.HOW[h]) for r, h in zip(made.relation, made.how, strict=True)}
            if names
            else set()
        )

    every = {(kind, how) for kind, how, _ in kinds}
    assert edges() == every
    assert edges(how="declared") == every - {("finetune", "inferred")}
    assert edges(how="read") == {("adapter", "read")}
    assert edges(min_confidence=0.9) == every - {("merge", "declared")}
    assert edges(relations=["adapter"]) == {("adapter", "read"), ("adapter", "declared")}
    assert edges(relations=["copy"]) == set()
