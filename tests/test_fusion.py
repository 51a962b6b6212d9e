from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeCV

from headgate import fusion
from headgate.errors import BadInput

BLOCKS = [(slice(0, 4), slice(0, 4)), (slice(0, 4), slice(4, 8)), (slice(4, 8), slice(0, 4)), (slice(4, 8), slice(4, 8)),
          (slice(2, 6), slice(2, 6))]  # fmt: skip


def planted(rows: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two scorers that know something, one that knows nothing."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(rows) < 0.4).astype(float)
    good = [np.clip(labels * gap + rng.normal(0.3, 0.2, rows), 0, 1) for gap in (0.5, 0.25)]
    return np.stack([*good, rng.random(rows)], axis=1), labels


def digits(seed: int, target: int = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores of five weak learners on blocks of pixels; rows to weigh them by and rows to test on, used for neither."""
    held = load_digits()
    pixels, truth = held.data.reshape(-1, 8, 8) / 16, (held.target == target).astype(int)
    order = np.random.default_rng(seed).permutation(len(truth))
    train = order[:400]
    columns = []
    for high, wide in BLOCKS:
        block = pixels[:, high, wide].reshape(len(truth), -1)
        model = LogisticRegression(max_iter=1000).fit(block[train], truth[train])
        columns.append(model.predict_proba(block)[:, 1])
    return np.stack(columns, axis=1), truth, order[400:800], order[800:]


def test_weights_are_least_squares() -> None:
    scores, labels = planted()
    made = fusion.fuse(scores, labels)
    assert made.rule == "ols"
    want = np.linalg.inv(scores.T @ scores) @ scores.T @ labels
    assert made.weights == pytest.approx(want)
    assert made.intercept == 0
    with_one = fusion.fuse(scores, labels, intercept=True)
    theirs = LinearRegression().fit(scores, labels)
    assert with_one.weights == pytest.approx(theirs.coef_)
    assert with_one.intercept == pytest.approx(theirs.intercept_)
    assert fusion.fused(with_one, scores) == pytest.approx(theirs.predict(scores))
    assert made.weights[0] > made.weights[1] > 0
    assert made.low[0] > 0
    assert (made.low < made.weights).all()
    assert (made.weights < made.high).all()


def test_intervals_of_weights_cover() -> None:
    many, labels = planted(200_000, seed=99)
    truth = np.linalg.lstsq(many, labels, rcond=None)[0]
    hits = [
        (made.low < truth) & (truth < made.high)
        for made in (fusion.fuse(*planted(200, seed)) for seed in range(100))
    ]  # fmt: skip
    assert np.mean(hits) > 0.9


def test_collinear_scorers_fall_back() -> None:
    scores, labels = planted()
    rng = np.random.default_rng(5)
    twin = np.column_stack([scores, scores[:, 0] + rng.normal(0, 1e-4, len(scores))])
    made = fusion.fuse(twin, labels)
    assert made.condition > fusion.COLLINEAR
    assert made.rule in {"nnls", "ridge"}
    plain = np.linalg.lstsq(twin, labels, rcond=None)[0]
    assert np.abs(made.weights).max() < np.abs(plain).max()
    assert (fusion.fuse(twin, labels, rule="nnls").weights >= 0).all()
    same = fusion.fuse(np.column_stack([scores, scores[:, 0]]), labels, rule="ridge")  # singular without a penalty
    assert same.weights[0] == pytest.approx(same.weights[3])


def test_ridge_is_near_scikit_learn_s() -> None:
    scores, labels = planted()
    unit = scores / np.linalg.norm(scores, axis=0)
    theirs = RidgeCV(alphas=[10.0**p for p in range(-4, 3)], fit_intercept=False).fit(unit, labels)
    made = fusion.fuse(scores, labels, rule="ridge")
    assert made.weights * np.linalg.norm(scores, axis=0) == pytest.approx(theirs.coef_, rel=0.05)


@pytest.mark.parametrize(("rows", "scorers", "fine"), [(59, 3, False), (60, 3, True), (100, 6, False)])
def test_too_few_rows_are_refused(rows: int, scorers: int, fine: bool) -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.random((rows, scorers)), np.arange(rows) % 2
    if fine:
        fusion.fuse(scores, labels)
    else:
        with pytest.raises(BadInput, match=f"weights need {20 * scorers}"):
            fusion.fuse(scores, labels)
    with pytest.raises(BadInput, match="at least 5 of either class"):
        fusion.fuse(rng.random((60, 3)), np.arange(60) < 4)


def test_nothing_is_gained_from_noise_out_of_fold() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.random((300, 10)), rng.integers(0, 2, 300)
    apart = fusion.out_of_fold(scores, labels, rule="ols", intercept=True)
    assert abs(np.corrcoef(apart, labels)[0, 1]) < 0.15


def test_decisions_fit_any_scale() -> None:
    scores, labels = planted()
    over = fusion.decide(scores[:, 0], labels)
    assert (over == fusion.decide(1000 * scores[:, 0] - 7, labels)).all()
    assert (over == labels).mean() > 0.8
    best, which = fusion.best_single(scores, labels)
    assert (which == 0).all()
    assert (best == over).all()
    constant = fusion.decide(np.ones(400), labels)
    assert not constant.any()  # the more frequent class


def test_mcnemar_is_the_exact_one() -> None:
    labels = np.ones(30, bool)
    ours, theirs = np.arange(30) < 25, (np.arange(30) < 14) | (np.arange(30) > 27)
    made = fusion.versus(ours, theirs, labels)
    assert (made.only_ours, made.only_theirs) == (11, 2)
    assert made.p == pytest.approx(binomtest(2, 13).pvalue)
    assert made.low < made.ours - made.theirs < made.high
    assert fusion.versus(ours, ours, labels).p == 1


def test_what_is_lost_without_a_scorer() -> None:
    scores, labels = planted(2000)
    losses = fusion.without(scores, labels, rule="ols", intercept=True)
    assert losses[0][1] > 0
    assert losses[0][0] > losses[1][0] > 0
    assert losses[2][1] < 0.001 < 0.002 + losses[2][2]


def test_probabilities_are_calibrated() -> None:
    scores, labels = planted(4000)
    made = fusion.fuse(scores[:2000], labels[:2000])
    chance = fusion.probability(made, fusion.fused(made, scores[2000:]))
    assert chance.mean() == pytest.approx(labels[2000:].mean(), abs=0.03)
    for low in (0, 0.2, 0.5, 0.8):
        inside = (chance >= low) & (chance < low + 0.2)
        if inside.sum() > 100:
            assert labels[2000:][inside].mean() == pytest.approx(chance[inside].mean(), abs=0.1)
    slope, offset = fusion.platt(scores[:, 0], labels)
    theirs = LogisticRegression(C=1e9).fit(scores[:, :1], labels)
    assert slope == pytest.approx(theirs.coef_[0, 0], rel=0.05)
    assert offset == pytest.approx(theirs.intercept_[0], rel=0.05)


def test_the_fusion_on_digits_beats_the_best_single_more_often_than_not() -> None:
    wins = losses = 0
    for seed in range(20):
        scores, truth, weigh, test = digits(seed)
        made = fusion.fuse(scores[weigh], truth[weigh], seed=seed)
        chance = fusion.probability(made, fusion.fused(made, scores[test]))
        errors = [((column[test] >= 0.5) != truth[test]).mean() for column in scores.T]
        known = [((column[weigh] >= 0.5) != truth[weigh]).mean() for column in scores.T]
        ours, single = ((chance >= 0.5) != truth[test]).mean(), errors[int(np.argmin(known))]
        wins, losses = wins + (ours < single), losses + (ours > single)
    assert wins > losses


def test_scores_do_not_depend_on_the_rows_beside() -> None:
    scores, labels = planted()
    made = fusion.fuse(scores, labels)
    alone = np.concatenate([fusion.fused(made, row[None]) for row in scores])
    assert alone.tobytes() == fusion.fused(made, scores).tobytes()
