from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from headgate.evidence.growth import conservative_growth, welch


def test_growth_is_from_the_high_end_to_the_low_end() -> None:
    # Wilson's ends of 9,533 of 3.2 million and 44,083 of 12.8 million, as printed by the publication
    assert conservative_growth((9533, 3_200_000), (44_083, 12_800_000)) == pytest.approx(0.1226, abs=2e-4)
    assert conservative_growth((10, 100), (12, 100)) < 0
    assert conservative_growth((0, 0), (1, 10)) is None


def test_welch_equals_scipy_s() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.normal(0, 1, 32), rng.normal(0.5, 3, 128)
    made, theirs = welch(one, two), ttest_ind(two, one, equal_var=False)
    assert made is not None
    assert (made.t, made.p, made.degrees) == pytest.approx((theirs.statistic, theirs.pvalue, theirs.df))
    assert welch(one[:1], two) is None
    assert welch(np.ones(3), np.ones(3)) is None
