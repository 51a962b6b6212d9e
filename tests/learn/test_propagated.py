from __future__ import annotations

import numpy as np
import pytest

from headgate.learn.lineage import Lineage
from headgate.learn.operators import build
from headgate.learn.propagated import chosen, features, names
from tests.lineage_arrays import lineage

# 1 and 2 are fine-tunes of 0; 3 is a quantised copy of 1; 2 and 3 are of one account
FAMILY = lineage(4, [(1, 0, "finetune"), (2, 0, "finetune"), (3, 1, "quantized")], accounts=[0, 1, 2, 2])
SPREAD = np.arange(8, dtype=np.float32).reshape(4, 2)


def column(table: np.ndarray, name: str) -> list[float]:
    return [float(value) for value in table[:, names().index(name)]]


def test_a_seed_is_seen_from_around_and_never_by_itself() -> None:
    table = features(FAMILY, build(FAMILY), np.array([0, 1, 0, 0], np.float32), np.zeros(4, np.float32), SPREAD)
    assert column(table, "seeds up quantized") == [0, 0, 0, 1]
    assert column(table, "seeds down finetune") == [0.5, 0, 0, 0]
    assert column(table, "seeds siblings") == [0, 0, 1, 0]
    assert column(table, "seeds up up") == [0, 0, 0, 0]
    assert column(table, "seeds accounts of parents") == [0, 0, 0, 0]
    near = [n.startswith("seeds") and n not in ("seeds spread", "seeds walk") for n in names()]
    assert table[1, near].tolist() == [0] * sum(near)
    assert (column(table, "seeds spread"), column(table, "seeds walk")) == ([0, 2, 4, 6], [1, 3, 5, 7])


def test_words_are_clipped_and_travel_as_seeds_do() -> None:
    words = np.array([-20, 10, 0, -8], np.float32)
    table = features(FAMILY, build(FAMILY), np.zeros(4, np.float32), words, SPREAD)
    assert column(table, "own words") == words.tolist()
    assert column(table, "words up finetune") == [0, 0, 0, 0]  # clipped at -8, which counts as nothing
    assert column(table, "words up quantized") == [0, 0, 0, 12]
    assert column(table, "words down down")[0] == pytest.approx(0)
    assert column(table, "words account") == [0, 0, 0, 8]


def test_degrees_are_counted() -> None:
    table = features(FAMILY, build(FAMILY), np.zeros(4, np.float32), np.zeros(4, np.float32), SPREAD)
    assert column(table, "parents") == [0, 1, 1, 1]
    assert column(table, "children") == [2, 1, 0, 0]
    assert column(table, "published") == [1, 1, 2, 2]


def test_the_graph_queue_sees_nothing_of_the_artifact_itself() -> None:
    listed = names()
    graph = [listed[place] for place in chosen("graph")]
    assert not {"own words", "downloads", "likes", "created", "tags"} & set(graph)
    assert {"seeds up finetune", "words account", "parents"} <= set(graph)
    assert all(
        listed[place].startswith("seeds") or listed[place] in ("parents", "children", "published")
        for place in chosen("seeds")
    )
    assert chosen("all") == list(range(len(listed)))


@pytest.mark.parametrize(
    "family",
    [
        lineage(3, [(1, 0, "finetune"), (2, 0, "finetune")], accounts=[0, 0, 1]),  # a parent of the same account
        lineage(3, [(0, 1, "finetune", 0.7), (2, 1, "merge", 0.3)], accounts=[0, 0, 0]),  # children of it
        lineage(3, [(1, 0, "finetune", 0.7), (0, 1, "adapter", 0.9), (1, 2, "merge", 0.3)]),  # each names the other
        lineage(2, [(1, 0, "finetune"), (1, 0, "adapter"), (0, 1, "merge")], accounts=[0, 0]),
    ],
)
def test_no_label_comes_back_to_its_own_row(family: Lineage) -> None:
    others = np.array([1, 0, 1], np.float32)[: family.size]
    own = others + np.array([0, 1, 0], np.float32)[: family.size]
    linked, words, spread = build(family), np.zeros(family.size, np.float32), np.zeros((family.size, 2), np.float32)
    one, other = (features(family, linked, seeds, words, spread)[1] for seeds in (others, own))
    assert one.tolist() == other.tolist()
