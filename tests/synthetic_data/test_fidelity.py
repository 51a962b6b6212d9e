from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from headgate.synthetic_data.columns import Coding, Rows, coded, coding_of
from headgate.synthetic_data.fidelity import dependence, marginals, shares, told_apart


def table(pairs: str) -> dict[str, np.ndarray]:
    return {"a": np.array([one[0] for one in pairs.split()]), "y": np.array([one[1] for one in pairs.split()])}


REAL = table("xp xp yq yq")
CODING = coding_of(REAL, "y")


def of(pairs: str) -> np.ndarray:
    return next(shares(coded(table(pairs), CODING), CODING))


def test_shares_of_pairs_of_values() -> None:
    # x, y, other, p, q, other
    assert of("xp xp yq yq")[:2].tolist() == [[0.5, 0, 0, 0.5, 0, 0], [0, 0.5, 0, 0, 0.5, 0]]
    weighted = list(shares(coded(table("xp yq"), CODING), CODING, np.array([[1.0, 1], [3, 1]])))
    assert [one[0, 3] for one in weighted] == [0.5, 0.75]


def test_marginals_are_total_variation_by_column() -> None:
    assert marginals(of("xp xp yq yq"), of("xq xp yq yp"), CODING) == 1
    assert marginals(of("xp xp yq yq"), of("xp xp xq xq"), CODING) == pytest.approx(0.75)  # a: 0.5 off, y: none
    assert marginals(of("xp xp yq yq"), of("zp zp zq zq"), CODING) == pytest.approx(0.5)


def test_dependence_is_what_both_have_of_it() -> None:
    real = of("xp xp yq yq")  # each pair of values is 0.25 from independence
    assert dependence(real, real, CODING) == 1
    assert dependence(real, of("xp xq yp yq"), CODING) == pytest.approx(0)
    assert dependence(real, of("xq xq yp yp"), CODING) == pytest.approx(0)  # as strong, the other way
    assert dependence(real, of("xp xp xp xq yq yq yq yp"), CODING) == pytest.approx(1 - 0.125 / 0.375)
    none = of("xp xq yp yq")
    assert dependence(none, none, CODING) == 1


def numbers(drawn: np.random.Generator, rows: int, shift: float) -> tuple[Rows, Coding]:
    real = {"n": drawn.normal(size=400).astype(str), "y": drawn.choice(["a", "b"], 400)}
    coding = coding_of(real, "y")
    made = {"n": (drawn.normal(size=rows) + shift).astype(str), "y": drawn.choice(["a", "b"], rows)}
    return coded(made, coding), coding


def test_a_classifier_tells_shifted_rows_and_not_like_ones() -> None:
    found = {}
    for shift in (0.0, 3.0):
        drawn = np.random.default_rng(0)
        real, coding = numbers(drawn, 300, 0)
        made, _ = numbers(drawn, 300, shift)
        scores, which = told_apart(real, made, coding)
        assert which.sum() == 300
        found[shift] = roc_auc_score(which, scores)
    assert found[0.0] < 0.6
    assert found[3.0] > 0.95
