"""A score from 0 to 1 with its interval, and scores put together: geometric means, least ones, by weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headgate.synthetic_data.columns import Floats

PASSES, FAILS, UNKNOWN = "passes", "fails", "not shown"


@dataclass(frozen=True, slots=True)
class Score:
    """A score, what it would be in each of the draws of a bootstrap (draws,), and what it rests on, in words."""

    value: float
    drawn: Floats
    said: str

    @property
    def ends(self) -> tuple[float, float]:
        """The 95 % interval: the spread of the draws laid about the score, since draws of distances are biased."""
        low, middle, high = np.nanquantile(self.drawn, (0.025, 0.5, 0.975))
        ends = np.clip((self.value + low - middle, self.value + high - middle), 0, 1)
        return min(float(ends[0]), self.value), max(float(ends[1]), self.value)

    def verdict(self, least: float) -> str:
        """Passes where the whole interval is at least `least`, fails where all of it is below, else not shown."""
        low, high = self.ends
        return PASSES if low >= least else FAILS if high < least else UNKNOWN


def clipped(value: float, drawn: Floats, said: str) -> Score:
    """A score from figures that may lie outside 0 to 1."""
    return Score(float(np.clip(value, 0, 1)), np.clip(drawn, 0, 1), said)


def geometric(parts: Sequence[Score], weights: Sequence[float] | None = None) -> Score:
    """The geometric mean of `parts`, so that one of 0 leaves nothing; by `weights` of 0 and more where given."""
    weight = np.ones(len(parts)) if weights is None else np.asarray(weights, dtype=np.float64)
    values = means(np.array([[one.value for one in parts]]), weight)
    drawn = means(np.stack([one.drawn for one in parts], axis=-1), weight)
    return Score(float(values[0]), drawn, "; ".join(one.said for one in parts))


def least(parts: Sequence[Score]) -> Score:
    """The least of `parts`."""
    worst = min(parts, key=lambda one: one.value)
    return Score(worst.value, np.min([one.drawn for one in parts], axis=0), worst.said)


def means(values: Floats, weights: Floats) -> Floats:
    """Weighted geometric means over the last axis of `values` (..., dimensions), 0 where one that counts is 0."""
    share = weights / weights.sum(-1, keepdims=True)
    logs = np.log(np.maximum(values, 1e-300))
    found = np.exp((np.where(share > 0, logs, 0) * share).sum(-1))
    return np.asarray(np.where(((values <= 0) & (share > 0)).any(-1), 0.0, found))


def resampled(rows: int, draws: int, seed: int) -> Floats:
    """How often each of `rows` rows stands in each bootstrap sample, (draws, rows)."""
    drawn = np.random.default_rng(seed)
    return drawn.multinomial(rows, np.full(rows, 1 / rows), size=draws).astype(np.float64)
