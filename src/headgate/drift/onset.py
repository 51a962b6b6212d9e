"""When behaviour changed over the checkpoints of a fine-tune: rates, the change point and how surely it lies there.

The rate of a behaviour at each checkpoint is taken to be one share before the change and another after it; both have
Jeffreys' Beta(1/2, 1/2) prior, so that the weight of every place of the change is a ratio of Beta functions and nothing
is fitted. The same prompts are asked at every checkpoint, hence differences are redrawn by prompt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """The rate at each checkpoint with its ends, and its difference from the first with simultaneous ends (k)."""

    rate: Floats
    low: Floats
    high: Floats
    change: Floats
    change_low: Floats
    change_high: Floats


@dataclass(frozen=True, slots=True)
class Onset:
    """Where the rate changed: the first checkpoint after the change, with the places that hold 95 % of the weight.

    `chance` is the posterior probability that it changed at all, at even odds before; `place` is None below 1/2.
    `before` and `after` are the mean rates on both sides; `sudden` is the share of the whole change, first to last
    checkpoint, that fell between `place` - 1 and `place`, None where the whole change is nothing.
    """

    chance: float
    place: int | None
    places: tuple[int, ...]
    before: float
    after: float
    sudden: float | None


def curve(flags: npt.ArrayLike, *, draws: int = 2000, confidence: float = 0.95, seed: int = 0) -> Curve:
    """Rates of `flags` (checkpoints, prompts), shares from 0 to 1 of a prompt's completions that show the behaviour.

    Intervals are bootstrapped over prompts; those of the differences hold for all checkpoints at once (the largest
    standardised difference, as wide as Student's t with as many prompts asks). Raises `UsageError` for fewer than 2
    checkpoints or prompts.
    """
    from scipy.stats import norm, t

    given = _checked(flags)
    rate = given.mean(1)
    generator = np.random.default_rng(seed)
    prompts = given.shape[1]
    # prompts that say the same at every checkpoint are drawn together, so that their names and order decide nothing
    kinds, many = np.unique(given, axis=1, return_counts=True)
    at_once = max(1, 2**23 // len(many))  # draws held together
    drawn = (
        np.concatenate(
            [
                generator.multinomial(prompts, many / prompts, size=min(at_once, draws - done)) @ kinds.T
                for done in range(0, draws, at_once)
            ]
        )
        / prompts
    )  # draws x checkpoints
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail), axis=0)
    change, moved = rate - rate[0], drawn - drawn[:, :1]
    spread = np.maximum(moved.std(0), 1e-12)
    reach = np.quantile((np.abs(moved - change) / spread)[:, 1:].max(1), confidence)
    # where no prompt changed no draw does either, and a change of up to about 3 in n would not have been seen
    unseen = -np.log(1 - confidence) / prompts
    # few prompts: their spread is itself uncertain, and is counted as if two more had changed, one either way
    reach = t.isf(norm.sf(reach), prompts - 1)
    spread = np.sqrt(moved.var(0) * prompts / (prompts - 1) + 1 / (prompts + 2) ** 2)
    half = np.where(np.arange(len(rate)) > 0, np.maximum(reach * spread, unseen), 0.0)
    return Curve(rate, low, high, change, np.maximum(change - half, -1), np.minimum(change + half, 1))


def onset(flags: npt.ArrayLike, *, confidence: float = 0.95) -> Onset:
    """Where the rate of `flags` (checkpoints, prompts) changed. Raises `UsageError` as `curve` does."""
    from scipy.special import betaln, logsumexp

    given = _checked(flags)
    steps, prompts = given.shape
    hits = np.concatenate(([0.0], given.sum(1).cumsum()))
    asked = np.arange(steps + 1) * float(prompts)

    def weight(found: Floats, of: Floats) -> Floats:
        return np.asarray(betaln(found + 0.5, of - found + 0.5) - betaln(0.5, 0.5))

    places = np.arange(1, steps)
    none = float(weight(hits[-1], asked[-1]))
    each = weight(hits[places], asked[places]) + weight(hits[-1] - hits[places], asked[-1] - asked[places])
    some = float(logsumexp(each)) - np.log(len(places))
    chance = float(1 / (1 + np.exp(np.clip(none - some, -700, 700))))
    share = np.exp(each - logsumexp(each))
    place = int(places[share.argmax()])
    whole = float(given[-1].mean() - given[0].mean())
    jump = float(given[place].mean() - given[place - 1].mean())
    return Onset(
        chance,
        place if chance >= 0.5 else None,
        _most_likely(places, share, confidence),
        float(given[:place].mean()),
        float(given[place:].mean()),
        jump / whole if abs(whole) > 1e-12 else None,
    )


def _most_likely(places: npt.NDArray[np.int64], share: Floats, confidence: float) -> tuple[int, ...]:
    order = np.argsort(-share, kind="stable")
    needed = int(np.searchsorted(share[order].cumsum(), confidence)) + 1
    return tuple(sorted(places[order[:needed]].tolist()))


def _checked(flags: npt.ArrayLike) -> Floats:
    given = np.asarray(flags, dtype=np.float64)
    if given.ndim != 2 or min(given.shape) < 2:
        msg = f"flags of shape {given.shape}: give at least 2 checkpoints and 2 prompts that all of them answered."
        raise UsageError(msg)
    if not ((given >= 0) & (given <= 1)).all():
        msg = "flags are shares from 0 to 1, and a prompt that one checkpoint did not answer is left out of all."
        raise UsageError(msg)
    return given
