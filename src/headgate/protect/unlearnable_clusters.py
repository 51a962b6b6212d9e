"""Protect pictures without looking at labels: each cluster of them gets one pattern that makes it look like another.

Reads: one's own pictures, and the private key; never their classes. With `encoder`, a model in a local folder.
Finds: nothing; it gives a copy in which each picture carries the pattern of its cluster, at most `eps` levels.
Cannot see: whether the caller owns the pictures, and what a thief does. It protects little where clusters have little
to do with what the thief learns, as without an encoder that knows such pictures (docs/methods/unlearnable_clusters.md
has where it fails). What protection there is is limited in time.
Reference: Zhang et al. (2023), Unlearnable Clusters: Towards Label-agnostic Unlearnable Examples, arXiv 2301.01217;
written from a description of the idea alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch

from headgate.nn.cluster_shift import centres, shifts
from headgate.protecting import key as keys
from headgate.protecting import masks, surrogates
from headgate.protecting.learner import LEVEL, inputs, learn, network
from headgate.shapes import OwnPictures, Protected

NEEDS = ("torch",)


def protect(
    own: OwnPictures, *, key: bytes, clusters: int = 10, eps: int = 16,
    surrogate: Literal["pca", "convolutions"] = "pca", encoder: Path | None = None, passes: int = 3,
    steps: int = 100,
) -> Protected:  # fmt: skip
    """A copy of `own` in which each cluster of pictures carries a pattern that draws it towards a wrong cluster.

    `key` draws the beginnings and the surrogate; `clusters` is how many there are; `eps` is the
    largest change of a pixel, in grey levels of 255; `surrogate` is what clusters are told by: principal components, or
    random convolutions; `encoder` is a local folder with a model in safetensors that tells them instead;
    `passes` is how often a network that learns to tell the clusters sees the pictures; patterns move its features;
    `steps` is how many steps that takes. Raises `UsageError` for a setting out of range or too few pictures.
    """
    most = masks.levels(eps)
    masks.counted(steps=steps, passes=passes)
    begun, first, drawn = (keys.seed(key, "unlearnable_clusters", part) for part in ("clusters", "network", "noise"))
    if encoder is not None:
        values = surrogates.encoded(own.pixels, encoder)
    else:
        values = surrogates.features(own.pixels, surrogate, seed=begun)
    places = surrogates.clustered(values, clusters, seed=begun).places
    model = network(own.pixels, clusters, seed=first)
    learn(own.pixels, places, classes=clusters, epochs=passes, seed=first, model=model)
    body = model[:-1].requires_grad_(False)
    x, of = torch.from_numpy(inputs(own.pixels)), torch.from_numpy(places)
    there = centres(body, x, of)
    towards = there[torch.from_numpy(surrogates.wrong(there.numpy()))]
    found = shifts(body, x, of, towards, most=most * LEVEL, steps=steps, seed=drawn)
    noise = found.numpy().transpose(0, 2, 3, 1) / LEVEL
    told = (
        "an encoder" if encoder else {"pca": "principal components", "convolutions": "random convolutions"}[surrogate]
    )
    return Protected(
        masks.changed(own.pixels, noise[places], most=most),
        f"one pattern for each of {clusters} clusters told by {told}, without labels, at most {eps} of 255 levels; "
        "limited in time",
    )
