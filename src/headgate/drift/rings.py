"""How far a change of one fact spreads: the share of answers that changed, by how near a question is to the fact.

Reference: Bian et al. (2023), "A Drop of Ink Makes a Million Think: The Spread of False Information in Large Language
Models", arXiv 2305.04812, whose questions are graded direct, indirect and peripheral.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.evidence.group_gaps import difference
from headgate.evidence.intervals import wilson

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ring:
    """`changed` of `of` answers of one ring changed; `excess` is over the control ring, with its interval.

    The control's own excess is None, and so is one over a control that was not asked.
    """

    ring: str
    changed: int
    of: int
    low: float
    high: float
    excess: float | None
    excess_low: float | None
    excess_high: float | None


def rings(
    changed: npt.ArrayLike, ring: npt.ArrayLike, order: Sequence[str], *, confidence: float = 0.95
) -> tuple[Ring, ...]:
    """Rings from the nearest to the farthest, the last of `order` being the control of unconnected questions.

    `changed` (n) says whether the answer to each question changed, `ring` (n) names its ring. All intervals of the
    excess hold together (Bonferroni). Raises `UsageError` where a ring is not in `order`, or none but one was asked.
    """
    flags, names = np.asarray(changed, dtype=bool), np.asarray(ring, dtype=str)
    unknown = sorted(set(names.tolist()) - set(order))
    if unknown or len(order) < 2:
        msg = f"the rings {', '.join(unknown[:5]) or 'given'} are not among {', '.join(order)}. List two or more."
        raise UsageError(msg)
    counts = {one: (int(flags[names == one].sum()), int((names == one).sum())) for one in order}
    asked = [one for one in order if counts[one][1]]
    if len(asked) < 2:
        msg = "only one ring was asked, so there is nothing to compare it with. Ask unconnected questions too."
        raise UsageError(msg)
    wide = 1 - (1 - confidence) / (len(asked) - 1)
    return tuple(_ring(one, counts[one], counts[order[-1]] if one != order[-1] else (0, 0), confidence, wide)
                 for one in asked)  # fmt: skip


def radius(found: Sequence[Ring]) -> str | None:
    """The farthest ring that changed more than the control, by the lower end of its excess; None where none did."""
    far = [one.ring for one in found if one.excess_low is not None and one.excess_low > 0]
    return far[-1] if far else None


def _ring(name: str, counts: tuple[int, int], control: tuple[int, int], confidence: float, wide: float) -> Ring:
    changed, of = counts
    low, high = wilson(changed, of, confidence=confidence) or (0.0, 1.0)
    if not control[1]:
        return Ring(name, changed, of, low, high, None, None, None)
    ends = difference(changed, of, *control, confidence=wide)
    return Ring(name, changed, of, low, high, changed / of - control[0] / control[1], *ends)
