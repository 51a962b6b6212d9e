"""The review queue: which items to look at next, and what is left to settle. Pure functions over arrays and rows.

Half of a batch is what a label helps most with, half is drawn at random with a known chance, since what was chosen
for its score says nothing of how common a thing is, or whether the score can be believed.
Reference: the expected value of a perfect label for a decision at a threshold (R. A. Howard, 1966, Information
value theory), times the width of the interval and the artifact's reach; draws with known chance as in
D. G. Horvitz and D. J. Thompson (1952), A generalization of sampling without replacement from a finite universe.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ENOUGH = 2  # independent labels after which an item leaves the queue
_SURE = 0.01  # no stated probability is taken for surer than this
_NARROW = 0.01  # no interval for narrower


class Pick(NamedTuple):
    """An item served: its place in the pool, and the probability with which it was drawn, None where chosen."""

    place: int
    chance: float | None


class Said(NamedTuple):
    """The newest label of one labeller on one item, in their role; `contested` appeals have the role appeal."""

    subject: str
    labeller: str
    role: str
    label: str
    made: datetime
    chance: float | None = None


def worth(value: Floats, low: Floats, high: Floats, weight: Floats, *, threshold: float = 0.5) -> Floats:
    """How much one label of each item would lessen the error of deciding at `threshold`; NaN where nothing is known.

    `value` (items,) is the stated probability, [`low`, `high`] its interval (NaN: the widest), `weight` (items,)
    the artifact's reach from 0 to 1. Deciding at t costs min(p (1 - t), (1 - p) t) on average, most at p = t, and
    nothing once the truth is known. Raises `ValueError` for a threshold outside (0, 1).
    """
    import numpy as np

    if not 0 < threshold < 1:
        msg = f"threshold {threshold} is not between 0 and 1."
        raise ValueError(msg)
    p = np.clip(value, _SURE, 1 - _SURE)
    error = np.minimum(p * (1 - threshold), (1 - p) * threshold) / (threshold * (1 - threshold))
    width = np.clip(np.nan_to_num(high - low, nan=1.0), _NARROW, 1.0)
    found: Floats = error * width * weight
    return found


def pick(gain: Floats, size: int, *, random_share: float = 0.5, seed: int | None = None) -> list[Pick]:
    """`size` items of the pool `gain` (items,): a share at random with equal chance, then those of most gain.

    The random ones come from the whole pool, NaN included, the chosen ones from the rest of it. The two are mixed,
    so that whoever labels does not know which is which. `seed` repeats a draw.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    size = min(size, len(gain))
    drawn = min(size, int(np.ceil(size * random_share)))
    places = rng.choice(len(gain), drawn, replace=False) if drawn else np.empty(0, np.int64)
    left = np.where(np.isnan(gain), -np.inf, gain)
    left[places] = -np.inf
    best = np.argpartition(-left, size - drawn - 1)[: size - drawn] if size > drawn else np.empty(0, np.int64)
    best = best[np.isfinite(left[best])]
    chance = drawn / len(gain) if drawn else None
    picks = [Pick(int(n), chance) for n in places] + [Pick(int(n), None) for n in best]
    return [picks[n] for n in rng.permutation(len(picks))]


def waiting(said: Iterable[Said], labeller: str) -> dict[str, float | None]:
    """Items that have one label, of somebody else than `labeller`, with the chance they were drawn with."""
    return {
        subject: next((one.chance for one in rows if one.chance is not None), None)
        for subject, rows in _reviews(said).items()
        if len(rows) < ENOUGH and all(one.labeller != labeller for one in rows)
    }


def closed(said: Iterable[Said]) -> set[str]:
    """Items that are not new any more: somebody has reviewed or ruled on them."""
    return {one.subject for one in said if one.role in {"review", "adjudication"}}


def unsettled(said: Iterable[Said]) -> dict[str, set[str]]:
    """Items that need a ruling, each with its reviewers.

    They are those of which two labels do not agree and nobody ruled, and those with an appeal since the ruling.
    """
    listed = list(said)
    ruled = _newest(one for one in listed if one.role == "adjudication")
    appealed = _newest(one for one in listed if one.role == "appeal")
    reviews = _reviews(listed)
    split = (subject for subject, rows in reviews.items() if _split(rows) and subject not in ruled)
    found = {subject: {one.labeller for one in reviews[subject]} for subject in split}
    for subject, made in appealed.items():
        if subject not in ruled or ruled[subject] <= made:
            found.setdefault(subject, {one.labeller for one in reviews.get(subject, [])})
    return found


def pairs(said: Iterable[Said]) -> list[tuple[str, str]]:
    """The first two labels of every item that has two, for agreement; a pair of labellers always in the same order."""
    found = []
    for rows in _reviews(said).values():
        if len(rows) >= ENOUGH:
            first = sorted(rows, key=lambda one: (one.made, one.labeller))[:ENOUGH]
            one, other = sorted(first, key=lambda label: label.labeller)
            found.append((one.label, other.label))
    return found


def _split(rows: list[Said]) -> bool:
    labels = [one.label for one in rows]
    decided = {label for label in labels if label != "unsure"}
    return len(rows) >= ENOUGH and (len(decided) != 1 or sum(label != "unsure" for label in labels) < ENOUGH)


def _reviews(said: Iterable[Said]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for one in said:
        if one.role == "review":
            found.setdefault(one.subject, []).append(one)
    return found


def _newest(said: Iterable[Said]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for one in said:
        found[one.subject] = max(found.get(one.subject, one.made), one.made)
    return found
