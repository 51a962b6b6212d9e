"""Trials of a protection: what a learner of the protected pictures knows of clean ones, whatever the thief tries.

A part of one's own pictures is kept out and never learnt from; the learner of each trial is tested on it, clean.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from headgate.errors import UsageError
from headgate.protecting import counter as counters
from headgate.protecting.learner import Flags, Labels, Pixels, learn, right

FEWEST = 10  # pictures of a class
SIDE, SMALLEST = 64, 8  # pixels of the longer and the shorter side that a trial learns from


@dataclass(frozen=True, slots=True)
class Held:
    """Which pictures are learnt from (`train`) and which are kept out for testing (`test`), by place."""

    train: Labels
    test: Labels


@dataclass(frozen=True, slots=True)
class Trial:
    """One learner: `learnt` from clean or protected pictures, the `counter`-measure applied ("" for none).

    `right` (of the pictures kept out, all clean) and `fitted` (of those learnt from, as they were given).
    """

    learnt: str  # clean or protected
    counter: str
    right: Flags
    fitted: Flags

    @property
    def said(self) -> str:
        """The counter-measure in words."""
        return counters.find(self.counter).said

    @property
    def accuracy(self) -> float:
        """The share of clean pictures, never learnt from, that it names rightly."""
        return float(self.right.mean())


def hold_out(labels: Labels, *, share: float = 0.2, seed: int = 0) -> Held:
    """A split in which each class keeps `share` of its pictures out, drawn by `seed`.

    Raises `UsageError` where a class is too small to be split, or there is only one.
    """
    classes, sizes = np.unique(labels, return_counts=True)
    if len(classes) < 2 or sizes.min() < FEWEST:
        msg = f"{len(classes)} classes, the smallest of {sizes.min()} pictures, allow no trial: it takes two or more " \
              f"classes of at least {FEWEST}. Measure elsewhere, with --no-trial here."  # fmt: skip
        raise UsageError(msg)
    drawn = np.random.default_rng(seed)
    kept = []
    for one in classes:
        places = drawn.permutation(np.flatnonzero(labels == one))
        kept.append(places[: max(1, round(share * len(places)))])
    test = np.sort(np.concatenate(kept))
    return Held(np.setdiff1d(np.arange(len(labels)), test), test)


def drawn(labels: Labels, places: Labels, most: int, seed: int) -> Labels:
    """All `places` if at most `most`, else of each class among them its share, but not below `FEWEST` where it has."""
    if len(places) <= most:
        return places
    generator = np.random.default_rng(seed)
    kept = []
    for one in np.unique(labels[places]):
        of = generator.permutation(places[labels[places] == one])
        kept.append(of[: max(FEWEST, round(most * len(of) / len(places)))])
    return np.sort(np.concatenate(kept))


def trial(
    learnt: str, train: tuple[Pixels, Labels], test: tuple[Pixels, Labels], *, counter: str = "", epochs: int = 6,
    seed: int = 0, device: str = "cpu",
) -> Trial:  # fmt: skip
    """What a learner of `train` (pixels, labels from 0) knows of `test`, which are clean, under one counter-measure.

    A counter-measure that always does the same, such as blur, is done to the test pictures too, as a thief would.
    """
    tried = counters.find(counter)
    (pixels, labels), (asked, answers) = train, test
    if tried.still is not None:
        pixels, asked = tried.still(pixels), tried.still(asked)
    model = learn(
        pixels, labels, classes=int(max(labels.max(), answers.max())) + 1, epochs=epochs, seed=seed,
        change=tried.change, adversary=tried.adversary, steps=tried.steps, device=device,
    )  # fmt: skip
    return Trial(learnt, counter, right(model, asked, answers), right(model, pixels, labels))


def survey(
    clean: Pixels, protected: Pixels, labels: Labels, *, names: tuple[str, ...] = counters.NAMES, epochs: int = 6,
    most: int = 5_000, seed: int = 0, device: str = "cpu",
) -> list[Trial]:  # fmt: skip
    """The trials of one protection: clean, protected, then protected after each counter-measure in `names`.

    Of pictures that are the same the first counts, so that none is learnt from and asked about. A fifth of each class
    is kept out. Of more than `most` pictures about as many are drawn, of each class its share and at least `FEWEST`;
    larger pictures are shrunk to `SIDE` pixels first, as somebody who trains would. Raises as `hold_out` does.
    """
    _, places = np.unique([sha256(one.tobytes()).digest() for one in clean], return_index=True)
    chosen = drawn(labels, np.sort(places), most, seed)
    clean, protected = clean[chosen], protected[chosen]
    _, labels = np.unique(labels[chosen], return_inverse=True)
    held = hold_out(labels, seed=seed)
    clean, protected = shrunk(clean), shrunk(protected)
    test = clean[held.test], labels[held.test]
    found = [trial("clean", (clean[held.train], labels[held.train]), test, epochs=epochs, seed=seed, device=device)]
    for name in ("", *names):
        given = protected[held.train], labels[held.train]
        found.append(trial("protected", given, test, counter=name, epochs=epochs, seed=seed, device=device))
    return found


def shrunk(pixels: Pixels, side: int = SIDE) -> Pixels:
    """Pictures brought down by a whole number, as means of squares of pixels, so that no side is above `side`.

    Of long and narrow ones the longer side may stay above it, as no side falls below `SMALLEST`.
    """
    height, width = pixels.shape[1:3]
    by = min(-(-max(height, width) // side), min(height, width) // SMALLEST)
    if by <= 1:
        return pixels
    cut = pixels[:, : height // by * by, : width // by * by]
    squares = cut.reshape(len(cut), height // by, by, width // by, by, 3)
    return np.asarray(np.rint(squares.mean((2, 4), dtype=np.float32)), np.uint8)
