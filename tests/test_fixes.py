from __future__ import annotations

import random

import numpy as np

from headgate import fixes
from headgate import graph as graphs
from headgate.graph import Graph

# The golden example: a dataset of faces, a recognition model trained on it, a doorbell that builds on the model.
FACES, RECOGNITION, DOORBELL = 0, 1, 2
KINDS = ("finetune", "adapter", "trained_on", "version_of", "something_new")


def built(edges: list[tuple[int, int, str]], size: int) -> Graph:
    parent, child = (np.array([edge[n] for edge in edges], np.int32) for n in (0, 1))
    relation = np.array([KINDS.index(edge[2]) for edge in edges], np.int32)
    return graphs.build(size, parent, child, relation, relations=KINDS)


def nodes(flags: graphs.Flags) -> set[int]:
    return set(np.flatnonzero(flags).tolist())


def test_a_fix_of_the_faces_does_not_fix_the_doorbell() -> None:
    made = built([(FACES, RECOGNITION, "trained_on"), (RECOGNITION, DOORBELL, "finetune")], 3)
    at_data = fixes.fix(made, FACES, FACES)
    assert nodes(at_data.downstream) == {RECOGNITION, DOORBELL}
    assert nodes(at_data.fixed) == set()
    assert nodes(at_data.retrain) == {RECOGNITION}
    assert nodes(at_data.copied) == {DOORBELL}
    at_model = fixes.fix(made, FACES, RECOGNITION)
    assert nodes(at_model.downstream) == nodes(at_model.copied) == {DOORBELL}
    assert nodes(at_model.fixed) == set()


def test_what_loads_the_fixed_model_is_reached_until_somebody_copies() -> None:
    made = built([(0, 1, "adapter"), (1, 2, "version_of"), (2, 3, "finetune"), (3, 4, "adapter")], 5)
    reach = fixes.fix(made, 0, 0)
    assert nodes(reach.fixed) == {1, 2}
    assert nodes(reach.copied) == {3}
    assert nodes(reach.downstream & ~reach.fixed & ~reach.copied & ~reach.retrain) == {4}


def test_a_child_with_a_second_way_in_is_not_fixed_by_one_parent() -> None:
    # 3 loads both the fixed model 1 and the copy 2
    made = built([(0, 1, "adapter"), (0, 2, "finetune"), (1, 3, "adapter"), (2, 3, "adapter")], 4)
    assert nodes(fixes.fix(made, 0, 0).fixed) == {1}
    assert nodes(fixes.fix(made, 0, 1).fixed) == set()
    # and one declared both ways counts as a copy
    twice = built([(0, 1, "adapter"), (0, 1, "finetune")], 2)
    assert nodes(fixes.fix(twice, 0, 0).fixed) == set()


def test_a_relation_nobody_described_counts_as_a_copy() -> None:
    assert nodes(fixes.fix(built([(0, 1, "something_new")], 2), 0, 0).fixed) == set()


def test_every_relation_of_the_table_is_usable() -> None:
    kinds = fixes.relation_kinds()
    assert set(kinds) == {
        "finetune", "adapter", "merge", "quantized", "trained_on", "copy", "version_of", "renamed", "base_family",
        "unlearned", "protected",
    }  # fmt: skip
    assert {kind.carries for kind in kinds.values()} == {"weights_copied", "loads_parent", "same_artifact", "data_only"}
    assert {name for name, kind in kinds.items() if kind.reaches} == {"adapter", "version_of", "renamed"}
    assert all(kind.reaches == (kind.carries in {"loads_parent", "same_artifact"}) for kind in kinds.values())


def ways(edges: list[tuple[int, int, str]], begin: int, end: int) -> list[list[tuple[int, int, str]]]:
    if begin == end:
        return [[]]
    return [[edge, *rest] for edge in edges if edge[0] == begin for rest in ways(edges, edge[1], end)]


def test_equals_brute_force_over_all_ways_on_500_random_dags() -> None:
    """Fixed is what the harm reaches only by ways that pass the fix and, after it, are loaded or the same."""
    seen = 0
    for seed in range(500):
        dice = random.Random(seed)
        size = dice.randint(2, 8)
        weights = (1, 5, 1, 1, 0)
        edges = [
            (a, b, dice.choices(KINDS, weights)[0])
            for a in range(size) for b in range(a + 1, size) if dice.random() < 0.35
        ]  # fmt: skip
        inside = {n for n in range(size) if ways(edges, 0, n)}
        edges = [edge for edge in edges if edge[0] in inside]
        renumbered = {n: place for place, n in enumerate(sorted(inside))}
        edges = [(renumbered[a], renumbered[b], kind) for a, b, kind in edges]
        made = built(edges, len(inside))
        for at in range(len(inside)):
            truth = set()
            for node in range(len(inside)):
                tails = []
                for way in ways(edges, 0, node):
                    passed = [0, *(edge[1] for edge in way)]
                    tails.append([e[2] for e in way[passed.index(at) :]] if at in passed else ["finetune"])
                if node != at and all(set(tail) <= {"adapter", "version_of"} for tail in tails):
                    truth.add(node)
            truth &= {n for n in range(len(inside)) if n != at and ways(edges, at, n)}
            assert nodes(fixes.fix(made, 0, at).fixed) == truth, (seed, at, edges)
            seen += len(truth)
    assert seen > 300


def test_cycles_do_not_stop_it() -> None:
    made = built([(0, 1, "adapter"), (1, 0, "finetune"), (1, 2, "adapter")], 3)
    assert nodes(fixes.fix(made, 0, 0).fixed) == {1, 2}
    assert nodes(fixes.fix(made, 0, 1).fixed) == {2}
