"""Scores of two groups with and without shift, drawn anew: what a gap of explanations should and should not come from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def shifted(
    seed: int, *, concept: float = 0.0, moved: float = 0.0, rows: int = 4000, share: float = 0.2
) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Features (rows, 5), scores (rows,) from 0 to 1, and who is of the minority (`share` of the rows).

    The score is a smooth function of two features. In the minority, `concept` from 0 to 1 turns the sign of the first
    and puts a third in place of the second, and `moved` shifts the mean of the first.
    """
    random = np.random.default_rng(seed)
    few = random.random(rows) < share
    x = random.normal(size=(rows, 5))
    x[few, 0] += moved
    usual, other = x[:, 0] + x[:, 1], -x[:, 0] + x[:, 2]
    return x, 1 / (1 + np.exp(-np.where(few, (1 - concept) * usual + concept * other, usual))), few
