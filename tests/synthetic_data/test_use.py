from __future__ import annotations

import numpy as np
import pytest

from headgate.synthetic_data.columns import Rows, coded, coding_of
from headgate.synthetic_data.use import Models, fairness, groups_of, learn, robustness, utility
from tests.synthetic_data.test_models import TABLE  # the same rows, of which the label can be learned

CODING = coding_of(TABLE, "y", "g")
ROWS = coded(TABLE, CODING)
TRAIN, FRESH = ROWS.take(np.arange(200)), ROWS.take(np.arange(200, 400))
ONCE = np.ones((40, 200))


def probabilities(decided: np.ndarray) -> np.ndarray:
    """Two classes, the second where `decided` says so."""
    return np.column_stack((1 - decided * 0.8 - 0.1, decided * 0.8 + 0.1))


def test_learned_from_the_same_rows_is_as_good_and_from_shuffled_ones_no_better_than_chance() -> None:
    drawn = np.random.default_rng(0)
    same = learn(TRAIN, FRESH, TRAIN, CODING, noise=0.1)
    label = utility(same, FRESH.label, ONCE)
    assert label is not None
    assert label.value == 1
    assert 0.5 < robustness(same, FRESH.label, ONCE).value <= 1
    mixed = Rows(drawn.permutation(TRAIN.numbers), TRAIN.codes, TRAIN.label, TRAIN.group)
    shuffled = learn(TRAIN, FRESH, mixed, CODING, noise=0.1, real=same.real)
    found = utility(shuffled, FRESH.label, ONCE)
    assert found is not None
    assert found.value < 0.4


def test_utility_is_the_share_of_the_area_above_chance() -> None:
    label = np.array([0, 1] * 100)
    perfect, half = probabilities(label == 1), probabilities((label == 1) & (np.arange(200) < 100))
    found = utility(Models(perfect, half, half), label, np.ones((20, 200)))
    assert found is not None
    assert found.value == pytest.approx(0.5)  # areas 1 and 0.75
    nothing = probabilities(np.zeros(200))
    assert utility(Models(nothing, perfect, perfect), label, np.ones((20, 200))) is None  # nothing to compare with


def test_robustness_is_what_is_kept_under_noise_and_none_of_nothing() -> None:
    label = np.array([0, 1] * 100)
    perfect, half, nothing = (probabilities((label == 1) & (np.arange(200) < n)) for n in (200, 100, 0))
    assert robustness(Models(perfect, perfect, half), label, np.ones((20, 200))).value == pytest.approx(0.5)
    assert robustness(Models(perfect, nothing, nothing), label, np.ones((20, 200))).value == 0


def with_groups(label: np.ndarray, group: np.ndarray) -> Rows:
    return Rows(np.empty((len(label), 0)), np.empty((len(label), 0), dtype=int), label, group)


def test_fairness_is_how_much_wider_the_widest_gap_gets() -> None:
    label, group = np.array([0, 1] * 100), np.repeat([0, 1], 100)
    fair = probabilities(label == 1)
    # half of the ones of group 1 are missed: recall 1 and 0.5, selection 0.5 and 0.25
    unfair = probabilities((label == 1) & ((group == 0) | (np.arange(200) < 150)))
    rows, once = with_groups(label, group), np.ones((20, 200))
    for real, made, value in ((fair, fair, 1.0), (fair, unfair, 0.5), (unfair, unfair, 1.0), (unfair, fair, 1.0)):
        found = fairness(Models(real, made, made), rows, once)
        assert found is not None
        assert found.value == pytest.approx(value)
    assert "recall is wider by 0.500" in fairness(Models(fair, unfair, unfair), rows, once).said  # type: ignore[union-attr]


def test_small_groups_are_left_out_and_one_group_has_no_gap() -> None:
    label, group = np.array([0, 1] * 100), np.repeat([0, 1, 2], [110, 70, 20])
    assert groups_of(group) == [0, 1]
    perfect = probabilities(label == 1)
    alone = with_groups(label, np.repeat([0, 1], [180, 20]))
    assert fairness(Models(perfect, perfect, perfect), alone, np.ones((20, 200))) is None
    assert (
        fairness(Models(perfect, perfect, perfect), Rows(alone.numbers, alone.codes, label, None), np.ones((20, 200)))
        is None
    )


def test_the_gap_of_several_classes_is_that_of_accuracy() -> None:
    label, group = np.tile([0, 1, 2], 60), np.repeat([0, 1], 90)
    sure = np.eye(3)[label] * 0.9 + 0.01
    wrong = np.where((group == 1)[:, None], np.roll(sure, 1, axis=1), sure)
    found = fairness(Models(sure, wrong, wrong), with_groups(label, group), np.ones((20, 180)))
    assert found is not None
    assert (found.value, found.said[:19]) == (0, "the gap of accuracy")
