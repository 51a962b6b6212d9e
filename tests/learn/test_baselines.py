from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from headgate.learn.baselines import label_propagation, personalised_pagerank
from headgate.learn.operators import build
from tests.lineage_arrays import lineage

LINKS = [(1, 0, "finetune"), (2, 0, "finetune"), (3, 1, "quantized"), (4, 3, "finetune"), (6, 5, "merge")]


def test_pagerank_is_networkx_s() -> None:
    seeds = np.array([0, 1, 0, 0, 0, 1, 0], np.float32)
    graph = nx.Graph([link[:2] for link in LINKS])
    mine = personalised_pagerank(build(lineage(7, LINKS)), seeds, steps=200)
    rank = nx.pagerank(graph, 0.85, {n: float(seeds[n]) for n in graph}, tol=1e-12, max_iter=500)
    common = nx.pagerank(graph, 0.85, tol=1e-12, max_iter=500)
    assert mine.tolist() == pytest.approx([np.log(rank[n] / common[n] + 1e-6) for n in range(7)], abs=1e-4)


def test_labels_spread_to_who_is_near_and_to_nobody_else() -> None:
    found = label_propagation(build(lineage(7, LINKS)), np.array([0, 1, 0, 0, 0, 0, 0], np.float32))
    assert found[0] > 0
    assert found[3] > found[4] > 0
    assert found[5] == found[6] == 0


def test_labels_spread_within_an_account() -> None:
    found = label_propagation(build(lineage(3, [], accounts=[0, 0, 1])), np.array([1, 0, 0], np.float32))
    assert found[1] > 0
    assert found[2] == 0
