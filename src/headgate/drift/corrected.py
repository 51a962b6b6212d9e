"""Rates corrected for a judge's errors, as people labelled them on completions of the same model.

Two corrections, each with the uncertainty of the errors. `rogan_gladen` needs of the labelled completions that the
judge errs on them as on all others: what share of those that people call positive it flags, and of the negative ones
lets pass. `double_sampling` needs that they were drawn at random among these very completions, or at random among the
flagged and among the others: it takes what share of each is positive, which is surer where the judge tells little.
Draws of flags and of labels weigh the same prompts alike, so that what they share is not counted twice.

Reference: W. J. Rogan and B. Gladen (1978), Estimating prevalence from the results of a screening test, American
Journal of Epidemiology 107, 71-76; A. Tenenbein (1970), A double sampling scheme for estimating from binomial data with
misclassifications, Journal of the American Statistical Association 65, 1350-1361; C. B. Begg and R. A. Greenes (1983),
Assessment of diagnostic tests when disease verification is subject to selection bias, Biometrics 39, 207-215.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from headgate.drift.pairs import Floats, Ints

Correction = Literal["rogan_gladen", "double_sampling"]
_HIT, _MISSED, _FALSE, _SPARED = range(4)
_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Corrected:
    """A point and draws of the true rate; None and no draws where it was refused, and `why`."""

    point: float | None
    draws: Floats | None
    why: str = ""


def corrected(
    point: float, drawn: Floats, said: Ints, said_drawn: Floats, *, correction: Correction = "double_sampling",
    seed: int | np.random.Generator = 0,
) -> Corrected:  # fmt: skip
    """The true rate where the judge flags `point`, with posterior draws `drawn` (draws,).

    `said` (prompts, 4) counts labelled completions as `Side.said`, `said_drawn` (draws, 4) are its draws.
    """
    rng = np.random.default_rng(seed)

    def share(one: int, other: int) -> tuple[float, Floats]:
        return _share(said[:, (one, other)], said_drawn[:, (one, other)], rng)

    hits, missed, false, spared = said.sum(0).tolist()
    if correction == "double_sampling":
        if not said.sum():
            return Corrected(None, None, "no completion is labelled")
        (right, rights), (slipped, slips) = share(_HIT, _FALSE), share(_MISSED, _SPARED)
        return Corrected(point * right + (1 - point) * slipped, drawn * rights + (1 - drawn) * slips)
    if not hits + missed or not false + spared:
        return Corrected(None, None, f"no labelled completion is {'negative' if hits + missed else 'positive'}")
    (sensitivity, caught), (specificity, passed) = share(_HIT, _MISSED), share(_SPARED, _FALSE)
    told, telling = sensitivity + specificity - 1, caught + passed - 1
    if told <= 0 or (telling <= 0).mean() > _TAIL:
        return Corrected(None, None, f"flags may tell nothing: sensitivity + specificity - 1 is {told:.2f}")
    rates = np.divide(drawn + passed - 1, telling, out=rng.random(len(drawn)), where=telling > 0)
    if (rates < 0).mean() > 1 - _TAIL or (rates > 1).mean() > 1 - _TAIL:
        return Corrected(None, None, "flags are fewer or more than errors alone make: labelled ones are unlike others")
    return Corrected(min(1.0, max(0.0, (point + specificity - 1) / told)), np.clip(rates, 0, 1))


def _share(said: Ints, drawn: Floats, rng: np.random.Generator) -> tuple[float, Floats]:
    """The share of the first of two counts (prompts, 2), and draws of it from their draws and Jeffreys' prior."""
    sizes = said.sum(1)
    total = int(sizes.sum())
    # half a prompt to either side: as many completions as a labelled prompt has here
    alike = float((sizes**2).sum()) / total if total else 1.0
    prior = alike * rng.standard_gamma(0.5, size=(len(drawn), 2))
    both = drawn + prior
    return (float(said[:, 0].sum()) / total if total else 0.5), both[:, 0] / both.sum(1)
