from __future__ import annotations

import math

import numpy as np
import pytest

from headgate.protecting.visible import visible


def test_figures_by_hand() -> None:
    before = np.zeros((2, 2, 2, 3), np.uint8)
    after = before.copy()
    after[0, 0, 0, 0], after[1, 1, 1, 2] = 6, 10
    psnr, mean, largest = visible(before, after)
    # squares 36 + 100 over 24 values
    assert psnr == pytest.approx(10 * math.log10(255**2 / (136 / 24)))
    assert mean == pytest.approx(16 / 24)
    assert largest == 10
    assert visible(after, before) == (psnr, mean, largest)  # no wrap below zero


def test_no_change_is_infinitely_faithful() -> None:
    same = np.full((1, 2, 2, 3), 7, np.uint8)
    assert visible(same, same) == (math.inf, 0.0, 0)
