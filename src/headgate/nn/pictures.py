"""Diffusion models as subjects: they draw, and a judge that learned from real pictures says what the drawing shows.

Every example draws one picture of its class y from noise that its id fixes; its own x only teaches, or is an exemplar.
"""

from __future__ import annotations

import copy
from hashlib import sha256

import numpy as np
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn.adapters import penultimate, save
from headgate.nn.diffusion import draw, velocity_losses
from headgate.nn.networks import perceptron
from headgate.nn.threads import device_of, fitting
from headgate.nn.training import tensor, train
from headgate.repair.examples import examples
from headgate.repair.shapes import Adapter, Array, Case, Doubles, Examples, Subject

_BATCH = 2_048


def judge(items: Examples, *, seed: int = 0, epochs: int = 30) -> nn.Sequential:
    """A classifier of pictures (n x 1 x 8 x 8, 0 to 1) that learns from `items`, roughened a little each time."""
    model = perceptron(items.x[0].size, int(items.y.max()) + 1, hidden=(128, 64), seed=seed)

    def losses(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        given = model(x + 0.1 * torch.randn_like(x))  # drawings are never quite as smooth as scans
        return nn.functional.cross_entropy(given, y, reduction="none")

    train(model, items, losses, epochs=epochs, rate=3e-3, decay=1e-2, seed=seed)
    return model


def diffusion(judge: nn.Module, *, sure: float = 0.9) -> Adapter:
    """What can be asked of diffusion models whose drawings `judge` names.

    `outcomes`: whether the drawing shows y, the judge giving y at least the probability `sure`: a judge knows nothing
    but its classes, and calls a scrawl the one that it is least unlike; `losses`: error of the velocity of x at fixed
    draws of noise; `probabilities` and `features`: what the judge thinks of the drawing (n x classes), and the input of
    its last layer.
    """

    def probabilities(model: nn.Module, items: Examples) -> Array:
        with torch.no_grad():
            found: Array = judge(tensor(drawings(model, items))).softmax(1).numpy()
        return found

    def outcomes(model: nn.Module, items: Examples) -> Doubles:
        shown: Doubles = (probabilities(model, items)[np.arange(len(items)), items.y] >= sure).astype(float)
        return shown

    def features(model: nn.Module, items: Examples) -> Array:
        return penultimate(judge, examples(drawings(model, items), items.y, ids=items.ids))

    def losses(model: nn.Module, items: Examples) -> Doubles:
        was, device = model.training, device_of(model)
        with fitting(model.eval()), torch.no_grad():
            parts = [
                velocity_losses(model, tensor(items.x[n : n + _BATCH], device), tensor(items.y[n : n + _BATCH], device))
                for n in range(0, len(items), _BATCH)
            ]
        model.train(was)
        return torch.cat(parts).cpu().numpy().astype(float) if parts else np.empty(0)

    return Adapter("diffusion", outcomes, losses, features, copy.deepcopy, velocity_losses, probabilities, save)


def drawings(model: nn.Module, items: Examples) -> Array:
    """One picture an item (n x 1 x side x side, 0 to 1): of class y, from the noise of its id."""
    if not len(items):
        return np.empty((0, 1, 8, 8), np.float32)
    device, side, parts = device_of(model), round(items.x[0].size ** 0.5), []
    was = model.training
    with fitting(model.eval()):
        for start in range(0, len(items), _BATCH):
            noise = torch.from_numpy(noises(items.ids[start : start + _BATCH], side * side)).to(device)
            flat = draw(model, tensor(items.y[start : start + _BATCH], device), noise)
            parts.append(((flat + 1) / 2).reshape(-1, 1, side, side).cpu().numpy())
    model.train(was)
    return np.concatenate(parts)


def noises(ids: tuple[str, ...], pixels: int) -> Array:
    """Standard normal noise (n x pixels) that depends on each id alone."""
    rows = [
        np.random.default_rng(int.from_bytes(sha256(one.encode()).digest()[:8], "big")).standard_normal(pixels)
        for one in ids
    ]
    return np.asarray(rows, np.float32)


def wishes(classes: Array, like: Examples, name: str) -> Examples:
    """Items that ask for `classes` (n) and have no picture of their own; their noises follow from `name`."""
    blank = np.zeros((len(classes), *like.x.shape[1:]), np.float32)
    return examples(blank, np.asarray(classes), ids=[f"{name}-{n}" for n in range(len(classes))])


def drawing(subject: Subject, *models: nn.Module) -> None:
    """Raise `UsageError` unless `subject`, and each of `models`, is a diffusion model with a table of conditions."""
    if subject.adapter.kind != "diffusion":
        msg = f"{subject.name} is of kind {subject.adapter.kind}, which draws nothing. Give a diffusion model."
        raise UsageError(msg)
    for model in (subject.model, *models):
        if not isinstance(getattr(model, "conditions", None), nn.Embedding) or not hasattr(model, "at"):
            msg = f"a {type(model).__name__} lacks `conditions` or `at`. See headgate.nn.diffusion.Diffusion."
            raise UsageError(msg)


def missing_class(case: Case) -> int:
    """The one class that the proof's queries ask for; raises `UsageError` where there are several, or no such model."""
    drawing(case.subject, case.after, *case.references)
    asked = np.unique(case.behaviour.queries.y)
    if len(asked) != 1:
        msg = f"the queries ask for {len(asked)} classes. Prove the removal of one class at a time."
        raise UsageError(msg)
    return int(asked[0])


def frechet(first: Array, second: Array) -> float:
    """The Frechet distance of two sets of features (n x d each), as in FID, but in the space that is given.

    Heusel et al. (NeurIPS 2017), equation 6: |m - w|^2 + tr(C + D - 2 (C D)^(1/2)).
    """
    one, two = (np.cov(part, rowvar=False) for part in (first, second))
    values, vectors = np.linalg.eigh(one)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ two @ root).clip(0)).sum()
    apart = float(np.square(first.mean(0) - second.mean(0)).sum())
    return max(0.0, apart + float(np.trace(one) + np.trace(two) - 2 * shared))
