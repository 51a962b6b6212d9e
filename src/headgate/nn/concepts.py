"""Concepts as directions in a model's features, and which of them carry a class.

A concept is a direction that a linear probe found in what the last layer sees; an item's activation of it is the
probe's score. A linear head over the activations is a post-hoc concept bottleneck; integrated gradients through its
softmax, from the mean activation of all items, say how much each concept adds to the probability of a class.

Reference: Yuksekgonul, Wang, Zou, "Post-hoc Concept Bottleneck Models" (ICLR 2023, arXiv 2205.15480); Sundararajan,
Taly, Yan, "Axiomatic Attribution for Deep Networks" (ICML 2017, arXiv 1703.01365).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from headgate.errors import UsageError
from headgate.repair.shapes import Array, Doubles

_RIDGE = 1e-2  # of the standardised features' variance
_STEPS = 64  # of the integral, at midpoints


@dataclass(frozen=True, slots=True)
class Bank:
    """k concepts: their names, the features' means and spreads (d), directions (k x d) and offsets (k)."""

    names: tuple[str, ...]
    mean: Doubles
    spread: Doubles
    directions: Doubles
    offsets: Doubles

    def activations(self, features: Array) -> Doubles:
        """How strongly each row of `features` (n x d) has each concept: about 1 with it and -1 without (n x k)."""
        found: Doubles = (np.asarray(features, float) - self.mean) / self.spread @ self.directions.T + self.offsets
        return found


@dataclass(frozen=True, slots=True)
class Head:
    """The bottleneck's last layer: weights (classes x k) and offsets (classes)."""

    weights: Doubles
    offsets: Doubles

    def probabilities(self, activations: Doubles) -> Doubles:
        """Of each row of `activations` (n x k) the probability of each class (n x classes)."""
        scores = activations @ self.weights.T + self.offsets
        raised = np.exp(scores - scores.max(1, keepdims=True))
        found: Doubles = raised / raised.sum(1, keepdims=True)
        return found


def bank(features: Array, members: npt.ArrayLike) -> Bank:
    """One concept for each name in `members` (n), by ridge probes of its items against all others, equally weighted.

    Raises `UsageError` for fewer than two names.
    """
    given = np.asarray(members).astype(str)
    names = sorted(set(given.tolist()))
    if len(names) < 2:
        msg = f"concepts need two names at least, not {len(names)}. Give items of several classes or groups."
        raise UsageError(msg)
    rows = np.asarray(features, float)
    mean, spread = rows.mean(0), np.maximum(rows.std(0), 1e-6)
    rows = (rows - mean) / spread
    probes = [_probe(rows, given == name) for name in names]
    return Bank(
        tuple(names), mean, spread, np.stack([one[:-1] for one in probes]), np.asarray([one[-1] for one in probes])
    )


def head(activations: Doubles, classes: npt.ArrayLike, *, ridge: float = 1e-3) -> Head:
    """Multinomial logistic regression of `classes` (n, from 0) on `activations` (n x k)."""
    x, y = torch.as_tensor(activations), torch.as_tensor(np.asarray(classes, np.int64))
    layer = torch.zeros(int(y.max()) + 1, activations.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([layer], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        found = functional.cross_entropy(x @ layer[:, :-1].T + layer[:, -1], y) + ridge * layer.square().sum()
        found.backward()  # type: ignore[no-untyped-call]
        return found

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    fitted = layer.detach().numpy()
    return Head(fitted[:, :-1], fitted[:, -1])


def carried(by: Head, activations: Doubles, start: Doubles, wanted: int) -> Doubles:
    """How much each concept adds to the probability of the class `wanted`, of each row of `activations` (n x k).

    Each row sums to the difference of the probabilities there and at `start` (k), up to the steps of the integral.
    """
    apart, total = activations - start, np.zeros_like(activations)
    for step in range(_STEPS):
        p = by.probabilities(start + (step + 0.5) / _STEPS * apart)
        total += p[:, [wanted]] * (by.weights[wanted] - p @ by.weights)
    found: Doubles = apart * total / _STEPS
    return found


def probed(train: Array, members: npt.ArrayLike, held: Array, held_members: npt.ArrayLike) -> float:
    """Balanced accuracy on `held` (m x d) of a new linear probe fitted to `train` (n x d); chance is 0.5.

    `members` (n) and `held_members` (m) tell which rows have the concept.
    """
    fitted = bank(train, np.where(np.asarray(members, bool), "with", "without"))
    return balanced(fitted.activations(held)[:, fitted.names.index("with")], held_members)


def balanced(activations: Doubles, members: npt.ArrayLike) -> float:
    """Balanced accuracy of taking activations (n) above 0 for members (n) and no others; chance is 0.5."""
    said, truth = activations > 0, np.asarray(members, bool)
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def _probe(rows: Doubles, member: npt.NDArray[np.bool_]) -> Doubles:
    weight = np.where(member, 0.5 / max(member.sum(), 1), 0.5 / max((~member).sum(), 1))
    wide = np.column_stack([rows, np.ones(len(rows))])
    damping = np.diag(np.append(np.full(rows.shape[1], _RIDGE), 0.0))
    weighted = wide * weight[:, None]
    found: Doubles = np.linalg.solve(weighted.T @ wide + damping, weighted.T @ np.where(member, 1.0, -1.0))
    return found
