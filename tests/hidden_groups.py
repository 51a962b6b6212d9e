"""Tables of decisions and three proxies of a hidden group, as shares that are exact and as rows that are drawn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def exact(joint: Floats, told: Floats) -> Floats:
    """Shares of cell and the three proxies' words, from shares of cell and group (C, K) and words by group (3, K, K)."""
    table = np.zeros((joint.shape[0], *[joint.shape[1]] * 3))
    for cell, group, *said in np.ndindex(joint.shape[0], *[joint.shape[1]] * 4):
        a, b, c = (told[at, group, word] for at, word in enumerate(said))
        table[cell, *said] += joint[cell, group] * a * b * c
    return table


def drawn(
    seed: int, *, rows: int = 8000, right: tuple[float, float, float] = (0.65, 0.7, 0.75), copied: float = 0.0,
    rates: tuple[float, float] = (0.1, 0.3), share: float = 0.6,
) -> tuple[Ints, Ints, Ints]:  # fmt: skip
    """Groups (rows,), decisions (rows,) and what three proxies say (rows, 3), all 0 or 1.

    Proxies are right as often as `right` says; the second repeats the first in a share `copied` of the rows.
    """
    random = np.random.default_rng(seed)
    group = (random.random(rows) < share).astype(np.int64)
    decided = (random.random(rows) < np.array(rates)[group]).astype(np.int64)
    said = np.stack([np.where(random.random(rows) < one, group, 1 - group) for one in right], axis=1)
    repeats = random.random(rows) < copied
    said[repeats, 1] = said[repeats, 0]
    return group, decided, said
