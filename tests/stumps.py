"""Two stumps over four rows, worked by hand: the numbers of the boosting tests come from here."""

from __future__ import annotations

import numpy as np

from headgate.repair.boosted import Boosted, Tree

# Rows x = 0, 1, 2, 3 with y = 0, 2, 4, 8, squared loss, learning rate 1/2, start at the mean of y, 3.5.
# Round 1, cut at 1.5: residuals -3.5, -1.5 | 0.5, 4.5, leaves -2.5 and 2.5, steps -1.25 and 1.25.
# Round 2, cut at 2.5: predictions 2.25, 2.25, 4.75, 4.75; residuals -2.25, -0.25, -0.75 | 3.25,
# leaves -13/12 and 3.25, steps -13/24 and 1.625.
ROWS = np.array([[0.0], [1.0], [2.0], [3.0]])
ANSWERS = np.array([0.0, 2.0, 4.0, 8.0])


def stump(cut: float, left: float, right: float, *, missing: bool = False) -> Tree:
    return Tree(
        np.array([0, -1, -1]), np.array([cut, 0, 0]), np.array([1, -1, -1]), np.array([2, -1, -1]),
        np.array([0, left, right]), np.array([missing, False, False]),
    )  # fmt: skip


def two_stumps(*, penalty: float = 0.0) -> Boosted:
    rounds = ((stump(1.5, -1.25, 1.25),), (stump(2.5, -13 / 24, 1.625),))
    return Boosted(rounds, np.array([3.5]), "squared", 0.5, penalty=penalty)
