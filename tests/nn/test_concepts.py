"""Concept directions, the bottleneck's head and integrated gradients, on features made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.nn import concepts


def clusters(seed: int = 0, each: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Three groups of points in five dimensions, each raised along an axis of its own."""
    generator = np.random.default_rng(seed)
    members = np.repeat([0, 1, 2], each)
    return generator.normal(0, 0.3, (3 * each, 5)) + 2 * np.eye(5)[members], members


def test_a_concept_is_the_direction_along_which_its_items_lie() -> None:
    features, members = clusters()
    found = concepts.bank(features, members)
    assert found.names == ("0", "1", "2")
    assert np.abs(found.directions[:, :3]).argmax(1).tolist() == [0, 1, 2]
    assert np.abs(found.directions[:, 3:]).max() < np.abs(found.directions[:, :3]).max() / 5
    held, truth = clusters(seed=1)
    activations = found.activations(held)
    assert (activations.argmax(1) == truth).mean() > 0.98
    assert activations[truth == 0, 0].mean() == pytest.approx(1, abs=0.2)
    assert activations[truth != 0, 0].mean() == pytest.approx(-1, abs=0.2)


def test_rare_concepts_weigh_as_much_as_frequent_ones() -> None:
    features, members = clusters()
    few = np.concatenate([np.flatnonzero(members != 2), np.flatnonzero(members == 2)[:4]])
    found = concepts.bank(features[few], members[few])
    held, truth = clusters(seed=1)
    assert concepts.balanced(found.activations(held)[:, 2], truth == 2) > 0.95


def test_the_head_reads_classes_off_the_activations() -> None:
    features, members = clusters()
    activations = concepts.bank(features, members).activations(features)
    fitted = concepts.head(activations, members)
    p = fitted.probabilities(activations)
    assert p.sum(1) == pytest.approx(np.ones(len(p)))
    assert (p.argmax(1) == members).mean() > 0.98


def test_integrated_gradients_add_up_to_the_change_of_the_probability() -> None:
    generator = np.random.default_rng(0)
    by = concepts.Head(generator.normal(size=(3, 4)), generator.normal(size=3))
    activations, start = generator.normal(size=(20, 4)), generator.normal(size=4)
    found = concepts.carried(by, activations, start, 1)
    change = by.probabilities(activations)[:, 1] - by.probabilities(start[None])[0, 1]
    assert found.sum(1) == pytest.approx(change, abs=1e-3)


def test_a_concept_without_weight_carries_nothing_and_the_class_s_own_the_most() -> None:
    by = concepts.Head(np.asarray([[3.0, 0.0, -1.0], [0.0, 0.0, 2.0]]), np.zeros(2))
    found = concepts.carried(by, np.asarray([[1.0, 5.0, 0.5]]), np.zeros(3), 0)[0]
    assert found[1] == 0
    assert found[0] > 0 > found[2]


def test_a_probe_of_noise_is_at_chance_and_one_of_the_concept_is_not() -> None:
    features, members = clusters()
    held, truth = clusters(seed=1)
    assert concepts.probed(features, members == 1, held, truth == 1) > 0.97
    noise = np.random.default_rng(3).normal(size=(2_000, 5))
    half = np.arange(1_000) % 3 == 0
    assert concepts.probed(noise[:1_000], half, noise[1_000:], half) == pytest.approx(0.5, abs=0.06)


def test_balanced_accuracy_by_hand() -> None:
    # of two members one is found, of four others three are let be
    assert concepts.balanced(np.asarray([1.0, -1.0, 1.0, -1.0, -1.0, -1.0]), [1, 1, 0, 0, 0, 0]) == (0.5 + 0.75) / 2


def test_one_concept_alone_is_refused() -> None:
    with pytest.raises(UsageError, match="two names"):
        concepts.bank(np.zeros((3, 2)), ["a", "a", "a"])
