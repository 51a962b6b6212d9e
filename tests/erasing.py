"""A subject of the removal tests whose class is to be erased: digits, and all training items of one digit."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from sklearn.datasets import load_digits

from headgate.nn.adapters import CLASSES, class_losses
from headgate.nn.networks import convolutional
from headgate.nn.training import train
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, Examples, ForgetSet, Role, Subject
from headgate.repair.splits import split


@cache
def class_subject(seed: int = 0, erased: int = 3) -> tuple[Subject, ForgetSet, dict[Role, Behaviour]]:
    """900 digits in training, all `erased` among them to forget; the others' queries are of that class, clean of the
    rest. Never change its model.
    """
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    order = np.random.default_rng(seed).permutation(len(x))
    items = examples(x[order], y[order], ids=[f"digit-{n}" for n in order])
    rows, held = take(items, np.arange(900)), take(items, np.arange(900, len(x)))

    def retrain(kept: Examples, again: int) -> torch.nn.Module:
        model = convolutional((1, 8, 8), 10, widths=(8, 16), hidden=32, seed=again)
        train(model, kept, class_losses, epochs=15, rate=5e-3, seed=again)
        return model

    parts = split(take(held, held.y == erased), take(held, held.y != erased), seed=seed)
    forget = ForgetSet(tuple(one for one, y in zip(rows.ids, rows.y, strict=True) if y == erased), "a class")
    return Subject("digits", retrain(rows, seed), rows, CLASSES, (), retrain), forget, parts
