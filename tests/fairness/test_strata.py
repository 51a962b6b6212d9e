from __future__ import annotations

import numpy as np
import pytest

from headgate.fairness.measures import rate
from headgate.fairness.strata import by_stratum, standardised

# stratum, group, label, prediction
ROWS = [("s", "a", 1, 1), ("s", "a", 0, 0), ("s", "b", 1, 1), ("t", "a", 1, 0), ("t", "b", 0, 1), ("t", "b", 1, 0)]
S, G, Y, D = (np.array(one) for one in zip(*ROWS, strict=True))


def test_counts_by_stratum_and_group() -> None:
    made = by_stratum(Y, D, G, S)
    assert made.groups == ("a", "b")
    assert made.table.tolist() == [[[1, 1], [0, 0]], [[0, 0], [0, 1]], [[0, 0], [1, 1]], [[1, 0], [0, 0]]]
    assert made.table.sum() == 6


def test_each_group_falls_into_the_strata_as_all_do() -> None:
    # both strata hold half of all rows: a is taken 1 of 2 in s and 0 of 1 in t, b 1 of 1 and 1 of 2
    made = standardised(by_stratum(Y, D, G, S))
    assert made.sizes.tolist() == pytest.approx([3, 3])  # as many as they are
    assert rate("selection_rate", made).tolist() == pytest.approx([0.25, 0.75])


def test_a_group_absent_from_a_stratum_is_unknown() -> None:
    kept = ~((S == "t") & (G == "a"))
    made = standardised(by_stratum(Y[kept], D[kept], G[kept], S[kept]))
    assert np.isnan(rate("selection_rate", made)).tolist() == [True, False]


def test_one_stratum_changes_nothing() -> None:
    counts = by_stratum(Y, D, G, np.zeros(6))
    assert np.allclose(standardised(counts).table, counts.table[:, 0])


def test_oxonfair_agrees() -> None:
    conditional = pytest.importorskip("oxonfair.utils.conditional_group_metrics")
    random = np.random.default_rng(0)
    g, s = random.integers(0, 3, 900), random.integers(0, 4, 900)
    y, d = random.random(900) < 0.3 + g / 10, random.random(900) < 0.2 + s / 10 + g / 20
    theirs = conditional.pos_pred_rate.per_group(y.astype(int), d.astype(int), g, s)
    ours = rate("selection_rate", standardised(by_stratum(y, d, g, s)))
    assert np.allclose(np.ravel(theirs), ours, atol=1e-12)
