from __future__ import annotations

import numpy as np
import pytest

from headgate.evidence.intervals import wilson
from headgate.pictures.probe_report import by_group, curve, learning_curve, question_16, rate


def test_curve_counts() -> None:
    chance, labels = np.array([0.95, 0.9, 0.6, 0.55, 0.2], np.float32), np.array([1, 0, 1, 0, 1])
    found = {gate: ((p.found, p.of), (r.found, r.of)) for gate, p, r in curve(chance, labels, (0.5, 0.9, 0.99))}
    assert found == {0.5: ((2, 4), (2, 3)), 0.9: ((1, 2), (1, 3)), 0.99: ((0, 0), (0, 3))}
    assert curve(chance, labels, (0.99,))[0][1].words() == "none of 0"


def test_groups_are_the_worst_first_and_small_ones_hidden() -> None:
    groups = np.array(["a"] * 20 + ["b"] * 20 + ["few"] * 9 + ["c"] * 30 + ["a"] * 5)
    chance = np.zeros(84, np.float32)
    chance[:2] = chance[20:30] = chance[40:49] = chance[49:] = 0.9
    labels = np.array([0] * 49 + [1] * 35)  # c has no row that is fine, and five of a are rightly flagged
    assert [(one.name, one.found, one.of) for one in by_group(chance, labels, groups)] == [("b", 10, 20), ("a", 2, 20)]


def test_more_labels_help() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    rows = rng.normal(size=(400, 10)) + np.outer(labels, np.full(10, 0.5))
    made = learning_curve(rows, labels, (10, 100, 400))
    assert [size for size, *_ in made] == [10, 100]  # 400 leave none to test on
    assert made[1][1] > made[0][1]


def test_the_paragraph_has_counts_and_says_what_is_not_known() -> None:
    text = question_16(rate("", 30, 1000), 4, 0.9, (17, 20, 95, 100), [rate("beach", 3, 12)])
    low, high = wilson(30, 1000) or (0, 0)
    assert f"30 of 1,000 (3.0 %, {100 * low:.1f} to {100 * high:.1f} %)" in text
    assert "4 further images could not be decoded" in text
    assert "17 of 20 (85.0 %" in text
    assert "5 of 100 (5.0 %" in text
    assert "'beach': 3 of 12" in text
    assert "errors were not measured" in question_16(rate("", 1, 10), 0, 0.9, None)


def test_rates_are_wilson_s() -> None:
    one = rate("x", 3, 40)
    assert (one.low, one.high) == pytest.approx(wilson(3, 40))
