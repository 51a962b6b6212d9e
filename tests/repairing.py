"""The shared toy of the repair tests: digits of which 65 are patched and called "0", and a net trained on them."""

from __future__ import annotations

from functools import cache

import torch

from headgate.nn.adapters import CLASSES, class_losses
from headgate.nn.networks import convolutional
from headgate.nn.training import train
from headgate.repair.shapes import Examples, Subject
from headgate.synthetic.digits import Planted, poisoned

RATE = 3e-3
KEEP = (2, 5, 10, 15, 20)  # epochs whose checkpoints are kept


def digits_subject(seed: int = 0, epochs: int = 20) -> tuple[Subject, Planted]:
    """A subject of 14k parameters with checkpoints and `retrain`, and what was planted. Never change its model."""
    return _digits_subject(seed, epochs)


@cache
def _digits_subject(seed: int, epochs: int) -> tuple[Subject, Planted]:
    planted = poisoned(seed)
    model = convolutional((1, 8, 8), 10, seed=seed)
    keep = tuple(one for one in KEEP if one <= epochs)
    kept = train(model, planted.train, class_losses, epochs=epochs, rate=RATE, seed=seed, keep=keep)

    def retrain(items: Examples, again: int) -> torch.nn.Module:
        fresh = convolutional((1, 8, 8), 10, seed=again)
        train(fresh, items, class_losses, epochs=epochs, rate=RATE, seed=again)
        return fresh

    return Subject("digits", model, planted.train, CLASSES, kept, retrain), planted
