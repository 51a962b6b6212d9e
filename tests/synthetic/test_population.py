from __future__ import annotations

import numpy as np

from headgate.learn.lineage import RELATIONS, components
from headgate.synthetic.population import SAYS, matrix, plant

POPULATION = plant(20_000, 3)


def test_the_same_seed_plants_the_same() -> None:
    again = plant(20_000, 3)
    assert (again.lineage.parent == POPULATION.lineage.parent).all()
    assert (again.truth == POPULATION.truth).all()
    assert not np.array_equal(plant(20_000, 4).truth, POPULATION.truth)


def test_parents_are_older_and_of_the_same_family() -> None:
    line = POPULATION.lineage
    lines = line.relation != RELATIONS.index("trained_on")
    assert (line.parent[lines] < line.child[lines]).all()
    component = components(line)
    assert (component[line.parent[lines]] == component[line.child[lines]]).all()
    assert np.bincount(component).max() < 2_000
    assert 1.7 < len(line.child) / 20_000 <= 1.87
    assert (line.parent[~lines] >= 20_000).all()  # datasets come behind the models


def test_removal_is_inherited_and_half_of_it_is_named() -> None:
    line, truth = POPULATION.lineage, POPULATION.truth
    copies = line.relation == RELATIONS.index("quantized")
    of_removed = truth[line.parent[copies]]
    assert truth[line.child[copies]][of_removed].mean() > 0.95
    assert 0.01 < truth[:20_000].mean() < 0.15
    assert abs(POPULATION.says.sum() / truth.sum() - SAYS) < 0.05
    assert not (POPULATION.says & ~truth).any()


def test_hints_are_commoner_where_alignment_was_removed() -> None:
    hinted = POPULATION.words[:, 2] >= 0
    truth = POPULATION.truth[:20_000]
    assert hinted[truth].mean() > 4 * hinted[~truth].mean()
    words = matrix(POPULATION)
    assert words.shape[0] == POPULATION.lineage.size
    assert words.sum() == 40_000 + hinted.sum()
