from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.learn.lineage import RELATIONS
from headgate.learn.operators import author_mean, build, rewired, sibling_mean
from tests.lineage_arrays import lineage

# 1, 2 and 3 are fine-tunes of 0 (the third only likely), 4 is a quantised copy of 1, 5 a merge of 1 and 2
FAMILY = lineage(
    6,
    [
        (1, 0, "finetune"),
        (2, 0, "finetune"),
        (3, 0, "finetune", 0.5),
        (4, 1, "quantized"),
        (5, 1, "merge"),
        (5, 2, "merge"),
    ],
    accounts=[0, 1, 1, 1, 2, 3],
)
VALUES = np.array([10, 1, 2, 4, 8, 16], np.float32)


def test_means_over_parents_and_children_are_weighted_with_confidence() -> None:
    operators = build(FAMILY)
    assert (operators.up["finetune"] @ VALUES).tolist() == [0, 10, 10, 5, 0, 0]
    assert (operators.down["finetune"] @ VALUES).tolist() == pytest.approx([(1 + 2 + 0.5 * 4) / 3, 0, 0, 0, 0, 0])
    assert (operators.up["merge"] @ VALUES).tolist() == [0, 0, 0, 0, 0, 1.5]
    assert (operators.down["all"] @ VALUES).tolist() == pytest.approx([5 / 3, (8 + 16) / 2, 16, 0, 0, 0])
    assert operators.parents.tolist() == [0, 1, 1, 1, 1, 2]
    assert operators.children.tolist() == [3, 2, 1, 0, 0, 0]


def test_siblings_and_account_leave_out_the_node_itself() -> None:
    operators = build(FAMILY)
    # 5 has siblings by two parents: 4 (by 1) and nobody (by 2); by each parent itself once
    assert sibling_mean(operators, VALUES).tolist() == pytest.approx([0, 3, 2.5, 1.5, 16, 8])
    assert author_mean(operators, VALUES).tolist() == pytest.approx([0, 3, 2.5, 1.5, 0, 0])


def test_a_pair_linked_by_two_relations_counts_once() -> None:
    operators = build(lineage(3, [(1, 0, "finetune", 0.4), (1, 0, "quantized", 0.8), (2, 0, "merge")]))
    assert operators.children.tolist() == [2, 0, 0]
    assert (operators.up["all"] @ np.array([10, 0, 0], np.float32)).tolist() == pytest.approx([0, 8, 10])


def test_data_is_no_line_of_descent() -> None:
    operators = build(lineage(3, [(0, 2, "trained_on"), (1, 2, "trained_on")]))
    assert (operators.up["trained_on"] @ np.array([0, 0, 7], np.float32)).tolist() == [7, 7, 0]
    assert operators.up["all"].nnz == 0
    assert sibling_mean(operators, np.array([1, 2, 0], np.float32)).tolist() == [0, 0, 0]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from(RELATIONS)), max_size=30),
    st.integers(0, 9),
)
def test_what_is_said_of_a_node_never_comes_back_to_it_over_one_link(
    links: list[tuple[int, int, str]], node: int
) -> None:
    straight = sorted({link for link in links if link[0] != link[1]})
    operators = build(lineage(10, straight))
    only = np.eye(10, dtype=np.float32)[node]
    for kind in operators.up:
        assert (operators.up[kind] @ only)[node] == 0
        assert (operators.down[kind] @ only)[node] == 0
    assert sibling_mean(operators, only)[node] == pytest.approx(0)
    assert author_mean(operators, only)[node] == 0


def test_the_control_keeps_every_degree_and_no_meaning() -> None:
    rng = np.random.default_rng(0)
    links = sorted(
        {
            (int(c), int(p), kind)
            for c, p, kind in zip(
                rng.integers(0, 500, 900), rng.integers(0, 60, 900), rng.choice(["finetune", "merge"], 900), strict=True
            )
            if c != p
        }
    )
    given_ = lineage(500, links, accounts=rng.integers(0, 40, 500).tolist())
    other = rewired(given_, 0)
    for kind in range(len(RELATIONS)):
        before, after = given_.relation == kind, other.relation == kind
        lost = int(before.sum() - after.sum())  # links that would have led to their own beginning
        assert lost <= 10
        counts = np.bincount(given_.parent[before], minlength=500) - np.bincount(other.parent[after], minlength=500)
        assert counts.min() >= 0
        assert counts.sum() == lost
    assert sorted(np.bincount(given_.author)) == sorted(np.bincount(other.author))
    same = set(zip(given_.child.tolist(), given_.parent.tolist(), strict=True))
    kept = [pair in same for pair in zip(other.child.tolist(), other.parent.tolist(), strict=True)]
    assert np.mean(kept) < 0.1
