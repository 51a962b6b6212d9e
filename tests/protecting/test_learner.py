from __future__ import annotations

import numpy as np
import pytest
import torch

from headgate.protecting import learner
from tests import own_pictures


def test_inputs_run_from_minus_one_to_one() -> None:
    pixels = np.array([[[[0, 255, 51]]]], np.uint8)
    assert learner.inputs(pixels)[0, :, 0, 0].tolist() == pytest.approx([-1, 1, -0.6])
    two = learner.inputs(np.array([[[[100] * 3], [[101] * 3]]], np.uint8))
    assert two[0, 0, 1, 0] - two[0, 0, 0, 0] == pytest.approx(learner.LEVEL, rel=1e-5)


def test_the_network_has_the_size_that_is_said_and_fits_small_pictures() -> None:
    made = learner.network(np.zeros((1, 32, 32, 3), np.uint8), 10)
    # 3x3x3x32 + 32, 3x3x32x32 + 32, 3x3x32x64 + 64, 1024 x 80 + 80, 80 x 10 + 10
    assert sum(one.numel() for one in made.parameters()) == 896 + 9_248 + 18_496 + 82_000 + 810 == 111_450
    small = learner.network(np.zeros((1, 8, 8, 3), np.uint8), 2)
    assert small(torch.zeros(1, 3, 8, 8)).shape == (1, 2)


def test_it_learns_and_the_same_seed_gives_the_same_weights() -> None:
    pixels, labels = own_pictures.drawn(150)
    first = learner.learn(pixels, labels, classes=3, epochs=6)
    asked, answers = own_pictures.drawn(60, seed=9)
    assert learner.right(first, asked, answers).mean() > 0.6
    again = learner.learn(pixels[:90], labels[:90], classes=3, epochs=1, seed=4)
    same = learner.learn(pixels[:90], labels[:90], classes=3, epochs=1, seed=4)
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), same.parameters(), strict=True))


def test_an_attack_stays_in_its_bounds_and_raises_the_loss() -> None:
    pixels, labels = own_pictures.drawn(60)
    model = learner.learn(pixels, labels, classes=3, epochs=4)
    x, y = torch.from_numpy(learner.inputs(pixels)), torch.from_numpy(labels)
    for steps in (1, 3):
        moved = learner.attacked(model, x, y, levels=8, steps=steps)
        assert float((moved - x).abs().max()) <= 8 * learner.LEVEL + 1e-6
        assert float(moved.abs().max()) <= 1
        loss = torch.nn.functional.cross_entropy
        with torch.no_grad():
            assert float(loss(model(moved), y)) > float(loss(model(x), y)) + 0.05


def test_adversarial_training_withstands_more() -> None:
    pixels, labels = own_pictures.drawn(150)
    x, y = torch.from_numpy(learner.inputs(pixels)), torch.from_numpy(labels)
    right = []
    for adversary in (0.0, 4.0):
        model = learner.learn(pixels, labels, classes=3, epochs=8, adversary=adversary)
        moved = learner.attacked(model, x, y, levels=8, steps=3)
        with torch.no_grad():
            right.append(float((model(moved).argmax(1) == y).float().mean()))
    assert right[1] > right[0] + 0.1


def test_right_of_no_pictures_is_empty() -> None:
    model = learner.network(np.zeros((1, 16, 16, 3), np.uint8), 3)
    assert len(learner.right(model, np.zeros((0, 16, 16, 3), np.uint8), np.zeros(0, np.int64))) == 0
