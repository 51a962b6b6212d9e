from __future__ import annotations

import numpy as np
import pytest

from headgate.evidence import paired


def flags(both: int, won: int, lost: int, none: int) -> tuple[np.ndarray, np.ndarray]:
    first = np.repeat([True, True, False, False], [both, won, lost, none])
    return first, np.repeat([True, False, True, False], [both, won, lost, none])


def test_intervals_by_hand() -> None:
    # four of four against none: Wilson's ends are 0.5101 to 1 and 0 to 0.4899, and there is no correlation
    low, high = paired.difference(*flags(0, 4, 0, 0))
    assert (low, high) == pytest.approx((1 - np.hypot(0.48989, 0.48989), 1), abs=1e-4)
    low, high = paired.difference(*flags(8, 0, 0, 16))
    assert low == pytest.approx(-high)
    assert high > 0.03  # no item differs, and the interval still has a width
    with pytest.raises(ValueError, match="nothing to compare"):
        paired.difference(*flags(0, 0, 0, 0))


@pytest.mark.parametrize("cells", [(0.5, 0.3, 0.05, 0.15), (0.1, 0.7, 0.0, 0.2), (0.6, 0.02, 0.02, 0.36)])
@pytest.mark.parametrize("n", [10, 24, 120])
def test_intervals_cover_the_truth(cells: tuple[float, ...], n: int) -> None:
    drawn = np.random.default_rng(0).multinomial(n, cells, 1_500)
    ends = np.array([paired.difference(*flags(*row)) for row in drawn])
    truth = cells[1] - cells[2]
    assert ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean() > 0.93


def test_the_chance_is_that_of_coins() -> None:
    assert paired.chance(*flags(3, 4, 0, 9)) == pytest.approx(2 / 16)
    assert paired.chance(*flags(3, 9, 1, 9)) == pytest.approx(2 * 11 / 1024)
    assert paired.chance(*flags(3, 0, 0, 9)) == 1
