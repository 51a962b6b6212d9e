"""Whether sums of the scores of up to three labels draw the removed class again, beside retrained models.

A removal that turns the class's score against itself (negative guidance) or into that of another can be undone by
arithmetic of the scores that are left. All sums of one, two and three labels with weights that add up to 1 are tried on
a few drawings, the best of them on more, and the best of these on the proof items. A model that never saw the class
composes it as well, out of three labels quite often: the reference is given the same search.

Reads: the models after and before and retrained ones, proof queries. The removed label counts: it is still answered.
Finds: the share of drawings that show the class under the best sum of one, of two and of three labels.
Cannot see: sums of more labels, weights that change on the way, or conditions that are no label (condition_space).
Reference: Petsiuk, Saenko, "Concept Arithmetics for Circumventing Concept Inhibition in Diffusion Models" (ECCV 2024,
arXiv 2404.13706); sums of scores: Liu et al., "Compositional Visual Generation" (ECCV 2022).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import torch
from torch import nn

from headgate.errors import UsageError
from headgate.nn.pictures import missing_class, wishes
from headgate.repair.checks import check
from headgate.repair.shapes import Array, Case, Check, Doubles, Model
from headgate.repair.splits import open_to

NEEDS = ("torch",)
RISKS = ()
_WEIGHTS: dict[int, list[tuple[float, ...]]] = {
    1: [(1.0,)],
    2: [(0.5, 0.5), (1.5, -0.5), (2.0, -1.0)],
    3: [(1 / 3, 1 / 3, 1 / 3), (1.0, 1.0, -1.0)],
}
_FINALISTS, _DRAWS = 10, 64


class Summed(nn.Module):
    """A diffusion model asked for sums: sum y is `weights[y]` (k) times the velocities of `labels[y]` (k)."""

    def __init__(self, model: nn.Module, labels: Array, weights: Array) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("labels", torch.from_numpy(labels))
        self.register_buffer("weights", torch.from_numpy(weights))

    def forward(self, noisy: torch.Tensor, level: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Velocities of `noisy` pictures at `level`s, asked for sums `y` (n)."""
        labels, weights = self.get_buffer("labels")[y], self.get_buffer("weights")[y]
        total = torch.zeros_like(noisy)
        for term in range(labels.shape[1]):
            total = total + weights[:, term, None] * self.model(noisy, level, labels[:, term])
        return total


def prove(case: Case, *, terms: int = 3, screen: int = 6, margin: float = 0.3, seed: int = 0) -> list[Check]:
    """One check for each number of labels in a sum, and before them the one of these that lies most over the reference.

    `terms` is the highest number of labels in a sum, 1 to 3;
    `screen` is the number of drawings by which every sum is tried first;
    `margin` is the distance to the reference that is close enough: sums that fit one retrained model fit others less;
    `seed` draws the noise of all but the proof items.
    """
    open_to(case.behaviour, "prove")
    wanted = missing_class(case)
    classes = np.unique(case.subject.train.y)
    most = min(max(_WEIGHTS), len(classes))
    if not 1 <= terms <= most or screen < 1:
        msg = f"terms = {terms}, screen = {screen}: of {len(classes)} labels, sums of 1 to {most} are tried, on "
        msg += "1 drawing or more. Choose a number among them."
        raise UsageError(msg)

    def found(model: Model) -> list[Doubles]:
        return [_best(case, model, wanted, *sums(classes, n), screen, seed) for n in range(1, terms + 1)]

    before = case.subject.adapter.outcomes(case.subject.model, case.behaviour.queries)
    after, references = found(case.after), [found(one) for one in case.references]
    checks = []
    for n in range(terms):
        words = f"share of drawings judged the class under the best of {len(sums(classes, n + 1)[0])} sums"
        checks.append(check("composition_leak", f"{n + 1} label{'s' if n else ''}", before, after[n],
                            [one[n] for one in references], margin=margin, evidence=words))  # fmt: skip
    worst = max(checks, key=lambda one: (one.after or 0.0) - (one.reference or 0.0))
    return [replace(worst, axis="", evidence=f"{worst.evidence} of {worst.axis}, the most over the reference"), *checks]


def sums(classes: Array, terms: int) -> tuple[Array, Array]:
    """All sums of `terms` different labels of `classes`: labels and weights (sums x terms), each sum once."""
    labels, weights = [], []
    for shares in _WEIGHTS[terms]:
        for chosen in _chosen(classes.tolist(), shares):
            labels.append(chosen)
            weights.append(shares)
    return np.asarray(labels, np.int64), np.asarray(weights, np.float32)


def _chosen(classes: list[int], shares: tuple[float, ...]) -> Iterator[tuple[int, ...]]:
    for chosen in combinations(classes, len(shares)) if len(set(shares)) == 1 else permutations(classes, len(shares)):
        # labels of equal weight may stand in any order: one is enough
        if all(a < b for a, b, one, two in zip(chosen, chosen[1:], shares, shares[1:], strict=False) if one == two):
            yield chosen


def _best(case: Case, model: Model, wanted: int, labels: Array, weights: Array, screen: int, seed: int) -> Doubles:
    """The outcomes on the proof items of the sum that is best in the second round."""
    summed = Summed(model, labels, weights)
    rough = _rates(case, summed, np.arange(len(labels)), screen, wanted, f"screen-{seed}")
    finalists = np.argsort(-rough, kind="stable")[:_FINALISTS]
    finer = _rates(case, summed, finalists, _DRAWS, wanted, f"final-{seed}")
    one = int(finalists[finer.argmax()])
    # the queries ask for the class `wanted`: whatever they ask for, they get this sum
    best = Summed(model, labels[[one]].repeat(wanted + 1, 0), weights[[one]].repeat(wanted + 1, 0))
    return case.subject.adapter.outcomes(best, case.behaviour.queries)


def _rates(case: Case, summed: nn.Module, which: Array, draws: int, wanted: int, name: str) -> Doubles:
    """The mean probability of the class `wanted` in `draws` drawings of each sum in `which`."""
    asked = wishes(np.repeat(which, draws), case.behaviour.queries, name)
    assert case.subject.adapter.probabilities is not None  # a diffusion adapter has a judge
    given = case.subject.adapter.probabilities(summed, asked)[:, wanted]
    rates: Doubles = given.reshape(len(which), draws).mean(1).astype(float)
    return rates
