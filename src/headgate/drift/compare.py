"""Base and variant compared: rates, difference and what may be said of it, for all prompts and for each subset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Literal

import numpy as np

from headgate.drift.corrected import Corrected, Correction, corrected
from headgate.drift.pairs import Floats, Pairs, Side
from headgate.drift.posterior import DRAWS, Weighed, mcnemar, weighed
from headgate.evidence.clustered import share
from headgate.evidence.group_gaps import holm

LEVEL = 0.05  # chance of any false alarm among the subsets


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; `value` None where it could not be told, and then the ends are None too."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison. `flagged` are the judge's shares of base and variant as they stand, with Wilson's intervals.

    `base`, `variant` and `difference` (variant less base) are corrected where labels were given; `error` is the
    standard deviation of the difference. `chance` is the p-value of no difference: McNemar's, or with labels twice the
    smaller posterior chance to either side of 0. `holm` is the same among all subsets. `within` is the probability
    that the difference is at most `delta` for the worse, `inside` that it is at most `rope` to either side. None stands
    for what could not be told, and `why` says why.
    """

    subset: str
    prompts: int
    flagged: tuple[Estimate, Estimate]
    base: Estimate
    variant: Estimate
    difference: Estimate
    error: float | None
    chance: float | None
    within: float | None
    inside: float | None
    holm: float | None = None
    why: str = ""


def compare(
    pairs: Pairs, *, correction: Correction = "double_sampling", delta: float = 0.0, rope: float = 0.01,
    worse: Literal["more", "less"] = "more", draws: int = DRAWS, seed: int = 0,
) -> tuple[Compared, list[Compared]]:  # fmt: skip
    """The comparison over all prompts, and over each subset by name (empty where there is one only).

    Rates are corrected where the pairs have labels; without, the judge is taken as perfect. `worse` says whether more
    or less flagged is for the worse.
    """
    rng = np.random.default_rng(seed)
    subsets = {name: pairs.subsets == name for name in np.unique(pairs.subsets).tolist()}
    drawn = {name: weighed(pairs.at(here), draws=draws, seed=rng) for name, here in subsets.items()}

    def one(subset: str, here: Pairs, sums: Weighed, known: Pairs, known_sums: Weighed) -> Compared:
        sides = _sides(here, sums.rates(rng), known, known_sums, correction, rng)
        return _compared(subset, here, sides, delta if worse == "more" else -delta, rope, worse)

    whole = reduce(add, drawn.values())
    parts = [
        # what a flag is worth depends on how common the thing is, so that it differs between subsets; how often the
        # judge errs on positives and on negatives is taken to be the same in all
        one(name, at, drawn[name], *((at, drawn[name]) if correction == "double_sampling" else (pairs, whole)))
        for name, here in subsets.items()
        if len(subsets) > 1
        for at in (pairs.at(here),)
    ]
    told = [n for n, part in enumerate(parts) if part.chance is not None]
    for n, chance in zip(told, holm([parts[n].chance or 0.0 for n in told]), strict=True):
        parts[n] = replace(parts[n], holm=chance)
    return one("", pairs, whole, pairs, whole), parts


def _sides(
    here: Pairs, drawn: tuple[Floats, Floats], known: Pairs, sums: Weighed, correction: Correction,
    rng: np.random.Generator,
) -> tuple[Corrected, Corrected]:  # fmt: skip
    """The rates of base and variant on the prompts `here`, corrected by the labels of `known` where it has some."""
    found = []
    for side, rates, said, said_drawn in (
        (here.base, drawn[0], known.base.said, sums.base_said),
        (here.variant, drawn[1], known.variant.said, sums.variant_said),
    ):
        point = float(side.shares.mean())
        found.append(
            Corrected(point, rates)
            if said is None
            else corrected(point, rates, said, said_drawn, correction=correction, seed=rng)
        )
    return found[0], found[1]


def _compared(
    subset: str, pairs: Pairs, sides: tuple[Corrected, Corrected], delta: float, rope: float, worse: str
) -> Compared:
    first, second = sides
    found = Compared(
        subset, len(pairs.subsets), (_flagged(pairs.base), _flagged(pairs.variant)), _estimate(first),
        _estimate(second), Estimate(None, None, None), None, None, None, None,
        why="; ".join(f"{name}: {side.why}" for name, side in zip(("base", "variant"), sides, strict=True) if side.why),
    )  # fmt: skip
    if first.draws is None or second.draws is None or first.point is None or second.point is None:
        return found
    drawn = second.draws - first.draws
    return replace(
        found,
        difference=_estimate(Corrected(second.point - first.point, drawn)),
        error=float(drawn.std()),
        chance=mcnemar(pairs) if pairs.base.said is None else _tails(drawn),
        within=float((drawn <= delta if worse == "more" else drawn >= delta).mean()),
        inside=float((np.abs(drawn) <= rope).mean()),
    )


def _estimate(one: Corrected) -> Estimate:
    if one.point is None or one.draws is None:
        return Estimate(None, None, None)
    low, high = np.quantile(one.draws, (0.025, 0.975)).tolist()
    return Estimate(one.point, min(low, one.point), max(high, one.point))


def _flagged(side: Side) -> Estimate:
    hits, of = side.flagged, side.judged
    prompts = np.repeat(np.arange(len(of)), of)
    flags = (np.arange(len(prompts)) - np.repeat(np.cumsum(of) - of, of)) < np.repeat(hits, of)
    # each prompt counts once, however many of its samples were judged
    found = share(flags, weights=np.repeat(1 / of, of), groups=prompts)
    return Estimate(None, None, None) if found is None else Estimate(found.estimate, found.low, found.high)


def _tails(drawn: Floats) -> float:
    """Twice the smaller chance to either side of 0, never below what so many draws can tell."""
    tail = min(float((drawn <= 0).mean()), float((drawn >= 0).mean()))
    return min(1.0, max(2 * tail, 2 / len(drawn)))
