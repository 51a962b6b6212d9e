"""The curvature of a model layer by layer, Kronecker-factored, with second moments re-measured in its eigenbasis.

The curvature is the Gauss-Newton matrix or Fisher information: the second moment of gradients whose answers the model
itself gives. Layers other than linear and convolutional ones (norms, embeddings) are left out.
Reference: George et al., "Fast Approximate Natural Gradient Descent in a Kronecker-factored Eigenbasis" (NeurIPS 2018,
arXiv 1806.03884); Grosse et al., "Studying Large Language Model Generalization with Influence Functions" (arXiv
2308.03296), section 3.1 and appendix A; Grosse and Martens (ICML 2016) for convolutions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch.nn import functional

from headgate.nn.causal import lengths
from headgate.nn.gradients import Losses, still
from headgate.nn.layer_gradients import Pair, Pass, layers, passes, products, seen
from headgate.nn.training import seeded
from headgate.repair.shapes import Examples

Answers: TypeAlias = Literal["expected", "sampled", "given"]


@dataclass(frozen=True, slots=True)
class Basis:
    """Of one layer: eigenvectors of its inputs and output gradients, and the mean square of gradients in them."""

    inputs: torch.Tensor  # (d + 1, d + 1), or (d, d) without a bias
    outputs: torch.Tensor  # (out, out)
    squares: torch.Tensor  # (out, d + 1)

    def rotated(self, gradient: torch.Tensor) -> torch.Tensor:
        """`gradient` (... x out x d + 1) in the eigenbasis."""
        return self.outputs.T @ gradient @ self.inputs

    def damped(self, damping: float) -> torch.Tensor:
        """The mean squares plus `damping` times their mean (out x d + 1)."""
        floor = torch.finfo(self.squares.dtype).tiny
        return (self.squares + damping * self.squares.mean()).clamp(min=floor)

    def solved(self, gradient: torch.Tensor, damping: float) -> torch.Tensor:
        """The inverse damped curvature times `gradient`, in the basis of the weights."""
        return self.outputs @ (self.rotated(gradient) / self.damped(damping)) @ self.inputs.T


def fit(model: torch.nn.Module, losses: Losses, items: Examples, kind: str, *, answers: Answers = "expected",
        seed: int = 0) -> dict[str, Basis]:  # fmt: skip
    """The curvature of `model` over `items`, by layer. `kind` is that of the adapter and says how answers are drawn.

    `answers`: expected over all of them (of a causal model drawn, since there are too many), drawn once from the
    model, or as given (then it is the empirical Fisher information, which is not the curvature). The `losses` of a
    causal model are those of a token; places where nothing depends on a layer, such as padding, do not count.
    """
    inputs: dict[str, torch.Tensor] = {}
    outputs: dict[str, torch.Tensor] = {}
    for pairs in _answered(model, losses, items, kind, answers, seed):
        for name, (given, back) in pairs.items():
            counted = (back != 0).any(2) if kind == "causal" else torch.ones_like(back[..., 0], dtype=torch.bool)
            flat, slope = given[counted], back[counted]
            inputs[name] = flat.T @ flat + inputs.get(name, 0)
            outputs[name] = slope.T @ slope + outputs.get(name, 0)
    turn = {name: (_vectors(inputs[name]), _vectors(outputs[name])) for name in inputs}
    squares = {name: inputs[name].new_zeros(len(outputs[name]), len(inputs[name])) for name in inputs}
    for pairs in _answered(model, losses, items, kind, answers, seed):
        for name, (given, back) in pairs.items():
            for part in products(given @ turn[name][0], back @ turn[name][1]):
                squares[name] += part.square().sum(0) / len(items)
    return {name: Basis(*turn[name], squares[name]) for name in turn}


def own(model: torch.nn.Module, losses: Losses, items: Examples, bases: dict[str, Basis],
        damping: float) -> torch.Tensor:  # fmt: skip
    """Of each item its influence on itself (n): gradient times inverse damped curvature times gradient."""
    found = []
    for pairs in seen(model, losses, passes(model, items), bases):
        by_layer = [
            torch.cat([(one.square() / bases[name].damped(damping)).sum((1, 2))
                       for one in products(given @ bases[name].inputs, back @ bases[name].outputs)])
            for name, (given, back) in pairs.items()
        ]  # fmt: skip
        found.append(torch.stack(by_layer).sum(0))
    return torch.cat(found)


def _vectors(moments: torch.Tensor) -> torch.Tensor:
    vectors: torch.Tensor = torch.linalg.eigh(moments.double())[1]
    return vectors.to(moments)


def _answered(
    model: torch.nn.Module, losses: Losses, items: Examples, kind: str, answers: Answers, seed: int
) -> Iterator[dict[str, Pair]]:
    def asked() -> Iterator[Pass]:
        for x, y, _ in passes(model, items):
            if answers == "given":
                yield x, y, None
            else:
                yield from _ANSWERS[kind](model, x, y, answers)

    with seeded(seed):
        yield from seen(model, losses, asked(), layers(model))


def _classes(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, answers: Answers) -> Iterator[Pass]:
    with still(model), torch.no_grad():
        chances = model(x).softmax(1)
    if answers == "sampled":
        yield x, torch.multinomial(chances, 1)[:, 0], None
        return
    for n in range(chances.shape[1]):
        yield x, torch.full_like(y, n), chances[:, n]


def _numbers(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, answers: Answers) -> Iterator[Pass]:
    with still(model), torch.no_grad():
        given = model(x).reshape(len(x), -1)
    if answers == "sampled":
        yield x, given + torch.randn_like(given), None
        return
    for n in range(given.shape[1]):  # the slope of half the squared error is then 1 at one output
        yield x, given - functional.one_hot(torch.tensor(n), given.shape[1]).to(given), None


def _tokens(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, answers: Answers) -> Iterator[Pass]:
    asked = y[:, 1:] != -100
    with still(model), torch.no_grad():
        chances = model(input_ids=x).logits[:, :-1][asked].softmax(-1)
    answer = y.clone()
    answer[:, 1:][asked] = torch.multinomial(chances, 1)[:, 0]
    yield x, answer, lengths(y).to(x.device)  # of a mean over tokens drawn apart the square is that much smaller


_ANSWERS = {"classes": _classes, "regression": _numbers, "causal": _tokens}
