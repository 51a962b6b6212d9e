"""Posterior of the rates of base and variant on the same prompts, and an exact test that they are exchangeable.

Prompts are what was drawn; completions of one prompt are alike, in both models and in what people say of them. So each
draw weighs whole prompts, by a Dirichlet distribution (the Bayesian bootstrap), with a prior of a quarter of a prompt
in each corner: flagged in neither, in one, in the other, in both. With one sample a prompt this is the Dirichlet
posterior of the 2 x 2 table, in which each rate has Jeffreys' posterior of a share, Beta(flagged + 1/2, others + 1/2);
and a rate of 0 has an interval.

Reference: D. B. Rubin (1981), The Bayesian bootstrap, Annals of Statistics 9, 130-134; W. Perks (1947), Some
observations on inverse probability, Journal of the Institute of Actuaries 73, 285-334 (the prior); Q. McNemar (1947),
Note on the sampling error of the difference between correlated proportions, Psychometrika 12, 153-157.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from headgate.drift.pairs import Floats, Pairs, Side

DRAWS = 10_000
_PRIOR = 0.25  # of a prompt, for each corner
_AT_ONCE = 4_000_000  # weights in memory
_STATES = 2_000_000  # values of the sum up to which the test is exact


@dataclass(frozen=True, slots=True)
class Weighed:
    """Draws of sums over prompts: how many prompts they weigh as, flagged shares of each model, labelled completions.

    `prompts`, `base` and `variant` are (draws,), `base_said` and `variant_said` (draws, 4), as `Side.said`.
    """

    prompts: Floats
    base: Floats
    variant: Floats
    base_said: Floats
    variant_said: Floats

    def rates(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draws (draws,) of the flagged rates of base and variant, together, the prior included."""
        neither, first, second, both = rng.standard_gamma(_PRIOR, size=(4, len(self.prompts)))
        mass = self.prompts + neither + first + second + both
        return (self.base + first + both) / mass, (self.variant + second + both) / mass

    def __add__(self, other: Weighed) -> Weighed:
        """The same over the prompts of both."""
        return Weighed(self.prompts + other.prompts, self.base + other.base, self.variant + other.variant,
                       self.base_said + other.base_said, self.variant_said + other.variant_said)  # fmt: skip


def weighed(pairs: Pairs, *, draws: int = DRAWS, seed: int | np.random.Generator = 0) -> Weighed:
    """Draws of sums over `pairs`, which may have no prompt at all."""
    rng = np.random.default_rng(seed)
    columns = [
        np.ones(len(pairs.subsets)),
        pairs.base.shares,
        pairs.variant.shares,
        *_said(pairs.base),
        *_said(pairs.variant),
    ]
    kinds, many = np.unique(np.stack(columns, 1), axis=0, return_counts=True)
    step = max(1, _AT_ONCE // max(1, len(kinds)))
    # prompts of the same kind are one gamma draw together
    found = [
        rng.standard_gamma(many, size=(min(step, draws - at), len(kinds))) @ kinds for at in range(0, draws, step)
    ]  # fmt: skip
    sums = np.concatenate(found)
    return Weighed(sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3:7], sums[:, 7:11])


def _said(side: Side) -> Floats:
    cells = np.zeros((len(side.judged), 4)) if side.said is None else side.said.astype(np.float64)
    return np.asarray(cells.T)


def mcnemar(pairs: Pairs) -> float:
    """Two-sided p-value that base and variant may change places on every prompt: the signs of differences flipped.

    With one sample a prompt it is McNemar's exact test; with several the distribution is exact too, up to a size from
    which a normal one stands in.
    """
    base, variant = pairs.base, pairs.variant
    scale = math.lcm(*map(int, np.unique(np.concatenate((base.judged, variant.judged, [1])))))
    differences = variant.flagged * (scale // variant.judged) - base.flagged * (scale // base.judged)
    differences = differences // max(1, int(np.gcd.reduce(differences))) if len(differences) else differences
    sizes, many = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    reach, seen = int(sizes @ many), abs(int(differences.sum()))
    if not reach:
        return 1.0
    if reach > _STATES:
        return math.erfc(seen / math.sqrt(2 * float((sizes.astype(float) ** 2) @ many)))
    return min(1.0, float(_signed(sizes.tolist(), many.tolist())[np.abs(np.arange(-reach, reach + 1)) >= seen].sum()))


def _signed(sizes: list[int], many: list[int]) -> Floats:
    """Chance of each value from -reach to reach of a sum of `many` times each of `sizes`, signs drawn by a coin."""
    from scipy.signal import fftconvolve
    from scipy.stats import binom

    found = np.ones(1)
    for size, times in zip(sizes, many, strict=True):
        steps = np.zeros(2 * size * times + 1)
        steps[:: 2 * size] = binom.pmf(np.arange(times + 1), times, 0.5)
        found = np.maximum(fftconvolve(found, steps), 0)
    return np.asarray(found)
