"""How several tracings of one behaviour agree and what each cost: rank correlation, overlap of the top, seconds.

Reference: C. Spearman (1904), The proof and measurement of association between two things, Am. J. Psychol. 15, 72-101;
ties share the mean of their ranks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from headgate.errors import UsageError
from headgate.repair.shapes import Doubles, Influence


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two tracings: Spearman's rank correlation, None where one has a single value throughout; of the `top` highest of
    one the share that are so in the other; and what a random choice would share.
    """

    first: str
    second: str
    rank: float | None
    overlap: float
    by_chance: float
    top: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that a tracing took, and how many times those of the quickest."""

    method: str
    seconds: float
    times: float


def agreement(results: Mapping[str, Influence], top: int) -> list[Agreement]:
    """Each pair of `results` (method -> influence of the same n items), their `top` items compared.

    Ties at the edge of the top count by their chance to be inside. Raises `UsageError` for scores of different
    length, scores that are no numbers, or a top outside 1 to n.
    """
    names = list(results)
    lengths = {len(results[name].score) for name in names}
    if len(lengths) > 1 or not all(1 <= top <= n for n in lengths):
        msg = f"the top {top} of scores of {sorted(lengths)} items. Give tracings of the same items, and a top within."
        raise UsageError(msg)
    unknown = [name for name in names if not np.isfinite(results[name].score).all()]
    if unknown:
        msg = f"{unknown[0]} gave scores that are no numbers. Trace again with other settings, or leave it out."
        raise UsageError(msg)
    ranked = {name: ranks(results[name].score) for name in names}
    inside = {name: _inside(results[name].score, top) for name in names}
    return [
        Agreement(
            first, second, _correlation(ranked[first], ranked[second]),
            float(inside[first] @ inside[second] / top), top / len(ranked[first]), top,
        )
        for place, first in enumerate(names)
        for second in names[place + 1 :]
    ]  # fmt: skip


def costs(seconds: Mapping[str, float]) -> list[Cost]:
    """Each method's seconds, the quickest first."""
    least = min(seconds.values(), default=0.0)
    return [
        Cost(name, took, took / least if least > 0 else float("nan"))
        for name, took in sorted(seconds.items(), key=lambda one: one[1])
    ]


def ranks(score: Doubles) -> Doubles:
    """Rank of each of `score` from 1, the lowest; equal ones share their mean."""
    _, code, many = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(many)
    return np.asarray((last - (many - 1) / 2)[code], float)


def _inside(score: Doubles, top: int) -> Doubles:
    """1 for what is surely among the `top` highest, its chance for what is tied at their edge, 0 below."""
    edge = np.sort(score)[-top]
    over, at = score > edge, score == edge
    return np.where(over, 1.0, np.where(at, (top - over.sum()) / at.sum(), 0.0))


def _correlation(first: Doubles, second: Doubles) -> float | None:
    a, b = first - first.mean(), second - second.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return None if size == 0 else float(a @ b) / size
