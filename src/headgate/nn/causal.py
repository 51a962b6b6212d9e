"""Causal language models (Hugging Face's interface) as subjects.

`x` holds token ids padded on the right (n x length), `y` the same ids where an answer is asked and -100 elsewhere.
The outcome of an item is the probability of its answer a token, exp(mean log-likelihood), as TOFU defines it
(arXiv 2401.06121, section 2.2.1).
"""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from headgate.nn.adapters import over
from headgate.repair.shapes import Adapter, Array, Doubles, Examples

_BATCH = 64


def lengths(y: torch.Tensor) -> torch.Tensor:
    """Of each item how many answers are asked (n): the tokens of an answer, or one."""
    return (y != -100).sum(1).clamp(min=1) if y.ndim == 2 and not y.is_floating_point() else torch.ones(len(y))


def token_losses(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of each token that is asked (n x length - 1), 0 elsewhere, in nats."""
    width = asked_width(y)
    logits = model(input_ids=x[:, :width]).logits[:, :-1]
    found = functional.cross_entropy(logits.transpose(1, 2), y[:, 1:width], ignore_index=-100, reduction="none")
    return functional.pad(found, (0, y.shape[1] - width))


def answer_losses(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of each whole answer (n), summed over its tokens."""
    return token_losses(model, x, y).sum(1)


def mean_losses(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of a token of each answer (n): what a language model is trained on."""
    return answer_losses(model, x, y) / lengths(y).to(x.device)


def asked_width(y: torch.Tensor) -> int:
    """How many columns any item needs: what follows the last token asked changes nothing before it."""
    try:
        return max(int((y != -100).any(0).nonzero().max()) + 1, 2)
    except RuntimeError:  # inside vmap the values are not known, and of no token asked there is no last
        return y.shape[1]


def _losses(model: torch.nn.Module, items: Examples) -> Doubles:
    return over(model, items, lambda x, y: answer_losses(model, x, y), batch=_BATCH).astype(float)


def _probability(model: torch.nn.Module, items: Examples) -> Doubles:
    asked = np.maximum((items.y[:, 1:] != -100).sum(1), 1)
    found: Doubles = np.exp(-_losses(model, items) / asked)
    return found


def _features(model: torch.nn.Module, items: Examples) -> Array:
    """The last hidden state, averaged over the tokens of each answer (n x d)."""

    def averaged(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        hidden = model(input_ids=x, output_hidden_states=True).hidden_states[-1]
        asked = (y != -100).unsqueeze(-1)
        mean: torch.Tensor = (hidden * asked).sum(1) / asked.sum(1).clamp(min=1)
        return mean

    return over(model, items, averaged, batch=_BATCH)


def _save(model: torch.nn.Module, folder: Path) -> None:
    model.save_pretrained(folder, safe_serialization=True)  # type: ignore[operator]


CAUSAL = Adapter("causal", _probability, _losses, _features, copy.deepcopy, answer_losses, None, _save)
