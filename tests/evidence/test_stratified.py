from __future__ import annotations

import numpy as np
import pytest
from scipy.stats.contingency import relative_risk

from headgate.evidence.intervals import wilson
from headgate.evidence.stratified import risk_ratio, stratified_share


def test_one_stratum_of_a_large_dataset_is_wilson() -> None:
    made = stratified_share(np.array([30]), np.array([1000]), np.array([10**9]))
    assert made is not None
    assert made.estimate == 0.03
    assert (made.low, made.high) == pytest.approx(wilson(30, 1000), rel=0.01)


def test_strata_weigh_by_their_rows() -> None:
    made = stratified_share(np.array([10, 0]), np.array([100, 100]), np.array([9000, 1000]))
    assert made is not None
    assert made.estimate == pytest.approx(0.09)


def test_a_full_draw_has_no_width_and_nothing_found_has_one() -> None:
    made = stratified_share(np.array([3, 4]), np.array([50, 70]), np.array([50, 70]))
    assert made is not None
    assert made.low == made.estimate == made.high == pytest.approx(7 / 120)
    none = stratified_share(np.array([0, 0]), np.array([50, 70]), np.array([5000, 7000]))
    assert none is not None
    assert none.low == 0
    assert none.high == pytest.approx((wilson(0, 120) or (0, 0))[1], rel=0.1)
    assert stratified_share(np.array([0]), np.array([0]), np.array([0])) is None
    with pytest.raises(ValueError, match="counts that fit"):
        stratified_share(np.array([3]), np.array([2]), np.array([5]))


@pytest.mark.parametrize("rates", [(0.002, 0.01, 0.03), (0.3, 0.5, 0.2), (0.0, 0.0, 0.02)])
def test_it_covers(rates: tuple[float, ...]) -> None:
    rng = np.random.default_rng(0)
    sizes, drawn = np.array([20_000, 3_000, 8_000]), np.array([800, 600, 400])
    positives = np.round(np.array(rates) * sizes).astype(int)
    truth, hits = positives.sum() / sizes.sum(), 0
    for _ in range(2000):
        made = stratified_share(rng.hypergeometric(positives, sizes - positives, drawn), drawn, sizes)
        assert made is not None
        hits += made.low <= truth <= made.high
    assert 0.93 <= hits / 2000 <= 0.985


def test_the_ratio_of_one_stratum_is_scipy_s() -> None:
    made, theirs = risk_ratio(*(np.array([n]) for n in (12, 80, 30, 400))), relative_risk(12, 80, 30, 400)
    assert made is not None
    assert made.estimate == pytest.approx(theirs.relative_risk)
    interval = theirs.confidence_interval(0.95)
    assert (made.low, made.high) == pytest.approx((interval.low, interval.high), rel=1e-6)


def test_a_shard_that_has_more_of_both_makes_no_ratio() -> None:
    # In each stratum the risks are the same; pooled by hand the ratio would be 3.
    made = risk_ratio(np.array([50, 1]), np.array([500, 100]), np.array([10, 9]), np.array([100, 900]))
    assert made is not None
    assert made.estimate == pytest.approx(1)
    assert risk_ratio(np.array([0]), np.array([10]), np.array([3]), np.array([10])) is None
