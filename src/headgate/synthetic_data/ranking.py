"""Synthetic tables ranked by a trust index, and whether the first stays first under other weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headgate.synthetic_data.columns import Floats
from headgate.synthetic_data.scores import means

STABLE = 0.95  # share of random weights under which the first must stay first


@dataclass(frozen=True, slots=True)
class Ranking:
    """The index of each table (tables,), their order, and how often random weights agree with it.

    `first` is the share of weights under which the first stays first, `order` that under which all stay in place,
    and `redrawn` the first share where the scores are redrawn as well.
    """

    index: Floats
    places: tuple[int, ...]
    first: float
    order: float
    redrawn: float

    @property
    def stable(self) -> bool:
        """Whether the first stays first under at least 95 % of random weights."""
        return self.first >= STABLE


def rank(scores: Floats, weights: Floats, drawn: Floats, *, times: int = 1000, seed: int = 0) -> Ranking:
    """Rank `scores` (tables, dimensions) by their geometric mean with `weights` (dimensions,).

    Random weights are drawn evenly from all that sum to 1 (Dirichlet of ones) over the dimensions that have a weight;
    `drawn` (draws, tables, dimensions) are scores of bootstrap samples. A tie counts as not staying first.
    """
    used = weights > 0
    index = means(scores, weights)
    places = np.argsort(-index, kind="stable")
    rng = np.random.default_rng(seed)
    other = rng.dirichlet(np.ones(int(used.sum())), times)
    under = means(scores[None, :, used], other[:, None, :])  # (times, tables)
    again = means(drawn[rng.integers(0, len(drawn), times)][:, :, used], other[:, None, :])
    ordered = under[:, places]
    return Ranking(
        index,
        tuple(places.tolist()),
        _first(under, int(places[0])),
        float((np.diff(ordered, axis=1) <= 0).all(1).mean()),
        _first(again, int(places[0])),
    )


def _first(index: Floats, which: int) -> float:
    others = np.delete(index, which, axis=1)
    return float((index[:, which] > others.max(1)).mean()) if others.shape[1] else 1.0
