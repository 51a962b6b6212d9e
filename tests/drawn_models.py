"""Diffusion models of small digits that several tests share: trained once a process, never changed."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import nn

from headgate.nn.diffusion import Diffusion
from headgate.repair.examples import parted
from headgate.repair.shapes import Case, Examples, Model, Subject
from headgate.synthetic.drawn import Drawn, drawn, subject

ERASED, ANCHOR = 3, 9
EPOCHS = 60


@dataclass(frozen=True, slots=True)
class Models:
    """The digits, a model of all of them, and models that never saw the erased class."""

    digits: Drawn
    subject: Subject
    references: tuple[Model, ...]

    def case(self, after: Model, references: int = 2) -> Case:
        return Case(self.subject, after, self.references[:references], self.digits.forget, self.digits.parts["proof"])

    @property
    def kept(self) -> Examples:
        return parted(self.digits.train, self.digits.forget)[1]


@lru_cache(maxsize=1)
def models() -> Models:
    digits = drawn(0, erased=ERASED)
    whole = subject(digits, 0, epochs=EPOCHS)
    kept = parted(digits.train, digits.forget)[1]
    assert whole.retrain is not None
    return Models(digits, whole, tuple(whole.retrain(kept, 101 + n) for n in range(3)))


def swapped(model: Diffusion, gone: int = ERASED, anchor: int = ANCHOR) -> Diffusion:
    """A weak erasure: the class's label is given another's embedding, and the rest of the model left as it is."""
    changed = copy.deepcopy(model)
    with torch.no_grad():
        changed.conditions.weight[gone] = changed.conditions.weight[anchor]
    return changed


class Negated(nn.Module):
    """A weak erasure: asked for the class, twice the anchor's score less the class's own (negative guidance)."""

    def __init__(self, model: Diffusion, gone: int = ERASED, anchor: int = ANCHOR) -> None:
        super().__init__()
        self.model, self.gone, self.anchor = model, gone, anchor

    @property
    def conditions(self) -> nn.Embedding:
        return self.model.conditions

    def at(self, noisy: torch.Tensor, level: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return self.model.at(noisy, level, condition)

    def forward(self, noisy: torch.Tensor, level: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        plain = self.model(noisy, level, y)
        away = 2 * self.model(noisy, level, torch.full_like(y, self.anchor)) - plain
        return torch.where((y == self.gone)[:, None], away, plain)
