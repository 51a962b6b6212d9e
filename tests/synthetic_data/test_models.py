from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from headgate.errors import BadInput
from headgate.synthetic_data.columns import coded, coding_of
from headgate.synthetic_data.models import auc, perturbed, scores, skill

DRAWN = np.random.default_rng(0)
N = 400
SIGNAL = DRAWN.normal(size=N)
TABLE = {"n": SIGNAL.astype(str), "noise": DRAWN.normal(size=N).astype(str), "c": DRAWN.choice(["u", "v", "w"], N),
         "g": DRAWN.choice(["f", "m"], N), "y": np.where(SIGNAL + DRAWN.normal(size=N) / 4 > 0, "yes", "no")}  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=2, max_size=30))
def test_auc_is_that_of_scikit_learn_with_weights_and_ties(rows: list[tuple[int, bool, int]]) -> None:
    values, positive, weights = (np.array(one) for one in zip(*rows, strict=True))
    both = auc(values.astype(float), positive, np.stack((np.ones(len(rows)), weights)))
    for found, weight in zip(both, (np.ones(len(rows)), weights), strict=True):
        if weight[positive].sum() and weight[~positive].sum():
            assert found == pytest.approx(roc_auc_score(positive, values, sample_weight=weight))
        else:
            assert np.isnan(found)
    if 0 < positive.sum() < len(rows):
        assert auc(values.astype(float), positive) == pytest.approx(roc_auc_score(positive, values))


def test_skill_of_several_classes_is_each_against_the_rest() -> None:
    label = np.array([0, 0, 1, 1, 2, 2])
    probability = np.random.default_rng(0).dirichlet(np.ones(3), 6)
    by_hand = np.mean([roc_auc_score(label == one, probability[:, one]) for one in range(3)])
    assert skill(probability, label) == pytest.approx(by_hand)
    two = probability[:, :2]
    assert skill(two, np.array([0, 1, 0, 1, 1, 0])) == pytest.approx(
        roc_auc_score([0, 1, 0, 1, 1, 0], two[:, 1] - two[:, 0])
    )


def test_a_model_learns_and_needs_two_classes() -> None:
    coding = coding_of(TABLE, "y")
    rows = coded(TABLE, coding)
    half = rows.take(np.arange(200))
    rest = rows.take(np.arange(200, 400))
    found = scores(half, rest, coding)
    assert found.shape == (200, 3)
    assert found.sum(1) == pytest.approx(np.ones(200))
    assert skill(found, rest.label) > 0.9
    with pytest.raises(BadInput, match="one class"):
        scores(rows.take(np.flatnonzero(rows.label == 1)), rest, coding)


def test_noise_is_as_much_as_asked_and_leaves_label_and_group() -> None:
    coding = coding_of(TABLE, "y", "g")
    rows = coded(TABLE, coding)
    found = perturbed(rows, coding, noise=0.5)
    assert (found.numbers - rows.numbers).std(0) / rows.numbers.std(0) == pytest.approx([0.5, 0.5], rel=0.15)
    names = list(coding.kinds)
    moved = (found.codes != rows.codes).mean(0)
    assert moved[names.index("c")] == pytest.approx(0.5 * 2 / 3, abs=0.08)  # one in three is drawn as it was
    assert moved[names.index("y")] == moved[names.index("g")] == 0
    same = perturbed(rows, coding, noise=0)
    assert (same.numbers == rows.numbers).all()
    assert (same.codes == rows.codes).all()
