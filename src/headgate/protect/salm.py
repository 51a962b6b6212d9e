"""Protect pictures by error-minimising noise on the pixels that matter most to a learner; all others stay as they are.

Reads: one's own pictures with a class each, and the private key.
Finds: nothing; it gives a copy in which a share of the pixels of each picture carries noise of at most `eps` levels.
Cannot see: whether the caller owns the pictures, and what a thief does. The protection is limited in time:
shades of grey take nearly all of it away in our trials (docs/methods/salm.md), and clean pictures beside may.
Pictures of strong contrast, such as scanned digits, are hardly protected.
Reference: Sun et al. (2024), Medical Unlearnable Examples: Securing Medical Data from Unauthorized Training via
Sparsity-Aware Local Masking, arXiv 2403.10573; written from a description of the idea alone.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

from headgate.errors import UsageError
from headgate.nn.error_minimising import patterns, slopes
from headgate.protecting import key as keys
from headgate.protecting import masks
from headgate.protecting.learner import LEVEL, Labels, inputs, learn, network
from headgate.shapes import OwnPictures, Protected

NEEDS = ("torch",)
WIDTHS = (16, 32)  # of the surrogate


def protect(
    own: OwnPictures, *, key: bytes, share: float = 0.5, eps: int = 8, rounds: int = 30, steps: int = 10,
    per: Literal["class", "picture"] = "class",
) -> Protected:  # fmt: skip
    """A copy of `own` with noise that lowers the loss of a surrogate, on each picture's most significant pixels.

    `key` draws the surrogate and where the noise begins; `share` is the part of the pixels of a picture that may
    change; `eps` is the largest change, in grey levels of 255; `rounds` is how often surrogate and noise take turns;
    `steps` is how many batches each learns in its turn; `per` says whether pictures of a class share one pattern, each
    showing it through a mask of its own, or each has its own, as in the paper, which takes many more rounds to be as
    strong. Raises `UsageError` for pictures without two classes, and for a setting out of range.
    """
    labels = _labels(own)
    most = masks.levels(eps)
    masks.counted(rounds=rounds, steps=steps)
    classes = int(labels.max()) + 1
    x, y = torch.from_numpy(inputs(own.pixels)), torch.from_numpy(labels)
    first, second, drawn = (keys.seed(key, "salm", part) for part in ("masks", "surrogate", "noise"))
    early = network(own.pixels, classes, widths=WIDTHS, hidden=64, seed=first)
    learn(own.pixels, labels, classes=classes, epochs=1, rate=1e-3, seed=first, model=early)
    mask = masks.strongest(slopes(early, x, y), share)
    groups = np.arange(len(labels)) if per == "picture" else labels
    found = patterns(
        network(own.pixels, classes, widths=WIDTHS, hidden=64, seed=second), x, y, torch.from_numpy(groups),
        torch.from_numpy(mask[:, None].astype(np.float32)), most=most * LEVEL, rounds=rounds, steps=steps, seed=drawn,
    )  # fmt: skip
    noise = found.numpy().transpose(0, 2, 3, 1) / LEVEL
    made = masks.changed(own.pixels, noise[groups], most=most, mask=mask)
    whose = f"one pattern for each of {len(np.unique(labels))} classes" if per == "class" else "noise of its own"
    return Protected(
        made,
        f"error-minimising noise, {whose}, on the {share:.0%} of each picture's pixels that matter most to a learner, "
        f"at most {eps} of 255 levels; limited in time",
    )


def _labels(own: OwnPictures) -> Labels:
    labels = own.labels
    if labels is None or len(np.unique(labels)) < 2:
        msg = "salm needs pictures of two or more classes: a folder for each, or labels. "
        msg += "unlearnable_clusters needs none."
        raise UsageError(msg)
    return labels
