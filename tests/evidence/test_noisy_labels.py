"""Known positives among the unlabelled: the correction by hand, what it gains on digits, and when a share is told."""

from __future__ import annotations

import numpy as np
import pytest

from bench.evidence import digits_labelled
from headgate.evidence.noisy_labels import APART, correct, elkan_noto, flip_em


def two_clouds(seed: int, items: int = 600, apart: float = 8.0, known: float = 0.4) -> tuple[np.ndarray, ...]:
    """Features, truth (a third positive) and labels of two groups of points that hardly touch."""
    rng = np.random.default_rng(seed)
    truth = np.arange(items) % 3 == 0
    return rng.normal(size=(items, 2)) + apart * truth[:, None], truth, truth & (rng.random(items) < known)


def test_correct_by_hand() -> None:
    assert correct(np.array([0.0, 0.1, 0.2, 0.3]), 0.25) == pytest.approx([0, 0.4, 0.8, 0.99])
    assert correct(np.array([0.3]), 0.25, most=1) == pytest.approx([1])
    assert correct(np.array([0.3]), 1) == pytest.approx([0.3])


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_no_share(share: float) -> None:
    with pytest.raises(ValueError, match="not above 0 and up to 1"):
        correct(np.array([0.1]), share)


def test_the_labelled_share_of_clear_positives() -> None:
    features, truth, labelled = two_clouds(1)
    found = elkan_noto(features, labelled, seed=0)
    true_share = labelled.sum() / truth.sum()
    assert found.labelled_share == pytest.approx(true_share, abs=0.03)
    assert found.low <= found.labelled_share <= found.high
    assert np.median(found.probability[truth]) > 0.95
    assert found.probability[~truth].max() < 0.2
    assert found.probability == pytest.approx(correct(found.observed, found.labelled_share))


def test_no_item_is_judged_by_a_model_that_saw_it() -> None:
    # Sixty features of noise for a hundred items: fitted ones would be told apart.
    rng = np.random.default_rng(2)
    features, labelled = rng.normal(size=(100, 60)), np.arange(100) % 4 == 0
    observed = elkan_noto(features, labelled, seed=0).observed
    assert (observed[labelled][:, None] > observed[~labelled]).mean() < 0.65
    assert len(set(flip_em(features, labelled, seed=0, steps=2).probability)) == 100


def test_another_classifier() -> None:
    from sklearn.dummy import DummyClassifier

    labelled = np.arange(100) % 5 == 0
    found = elkan_noto(np.zeros((100, 1)), labelled, seed=0, make=DummyClassifier)
    assert found.observed == pytest.approx(0.2)
    assert found.labelled_share == pytest.approx(0.2)
    assert found.probability == pytest.approx(0.99)  # it knows nothing, so nothing tells c


def test_the_seed_decides() -> None:
    features, _, labelled = two_clouds(3, apart=1.0)
    first, again, other = (elkan_noto(features, labelled, seed=seed).observed for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("labelled", [np.arange(20) < 4, np.arange(20) > 3, np.zeros(20, dtype=bool), np.ones(19)])
def test_too_few_of_a_kind(labelled: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"5 folds need"):
        elkan_noto(np.zeros((20, 1)), labelled, seed=0)


def test_the_flipped_share_is_told_where_classes_are_clear() -> None:
    features, truth, labelled = two_clouds(4, items=3000, apart=3)
    found = flip_em(features, labelled, seed=0)
    assert found.flipped_share == pytest.approx(1 - labelled.sum() / truth.sum(), abs=0.05)
    assert max(found.fitted) - min(found.fitted) <= APART
    assert (found.probability[truth] > 0.5).mean() > 0.95


def test_fits_from_far_starts_that_differ_tell_nothing() -> None:
    found = flip_em(*two_clouds(4, items=3000, apart=8)[::2], seed=0)
    assert found.fitted[1] - found.fitted[0] > 0.1
    assert found.flipped_share is None


def test_digits() -> None:
    # Digit 3, 30 % labelled. The flip model's share is wrong by 0.2 and more, and must not be told.
    done = digits_labelled(np.random.default_rng(0), 0)
    plain, noto, flips = done["plain logistic"], done["Elkan-Noto"], done["flip-EM"]
    assert noto["log-loss"] < 0.7 * plain["log-loss"]
    assert noto["log-loss"] < flips["log-loss"]
    assert noto["recall at k"] == pytest.approx(plain["recall at k"], abs=0.02)
    assert abs(noto["unlabelled share"] - noto["true share"]) < 0.1
    assert abs(flips["unlabelled share"] - flips["true share"]) > 0.15
    assert not flips["told"]
