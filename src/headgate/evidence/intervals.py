"""Intervals of shares, and cells too small to show. Pure functions over numbers.

Reference: E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference,
Journal of the American Statistical Association 22, 209-212.
Checked against: the worked examples of R. G. Newcombe (1998), Statistics in Medicine 17, 857-872, table I.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

SMALL = 10  # a cell of fewer could point at somebody
UNDER = f"<{SMALL}"
WITHHELD = "withheld"


def wilson(found: float, of: float, *, confidence: float = 0.95) -> tuple[float, float] | None:
    """Wilson's score interval of the share `found` / `of`, both ends from 0 to 1; None where `of` is 0.

    It treats the `of` cases as independent draws (fractions are effective numbers of them) and covers chance only,
    not errors of whoever counted.
    Raises `ValueError` for counts that are no share or a `confidence` outside (0, 1).
    """
    if not 0 <= found <= of:
        msg = f"{found} of {of} is no share. Give 0 <= found <= of."
        raise ValueError(msg)
    if not 0 < confidence < 1:
        msg = f"confidence {confidence} is not between 0 and 1."
        raise ValueError(msg)
    if of == 0:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = found / of, z * z / of
    centre = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    # The ends are exact at 0 and 1, where rounding would leave a trace of half - centre.
    low = 0.0 if found == 0 else min(share, max(0.0, centre - half))
    high = 1.0 if found == of else max(share, min(1.0, centre + half))
    return low, high


def small(count: int, *, floor: int = SMALL) -> bool:
    """Whether `count` is too small to be shown; an empty cell points at nobody and is not."""
    return 0 < count < floor


def hide_small(cells: Sequence[int], *, floor: int = SMALL) -> list[int | str]:
    """`cells` that sum to a total known elsewhere, small ones as '<10'.

    Where the total and the cells shown would give the small ones away, the largest is withheld too. A total of
    fewer than `floor` gives everything away: whoever calls must not show one.
    """
    shown: list[int | str] = [f"<{floor}" if small(cell, floor=floor) else cell for cell in cells]
    largest = max(range(len(cells)), key=lambda n: cells[n], default=0)
    hidden = sum(cell for cell in cells if small(cell, floor=floor))
    number = sum(small(cell, floor=floor) for cell in cells)
    extreme = number > 1 and hidden in {number, number * (floor - 1)}  # then all are 1, or all as large as can be
    if extreme or (small(hidden, floor=floor) and not small(cells[largest], floor=floor)):
        shown[largest] = WITHHELD
    return shown
