"""What the layers inside a causal language model would answer, were they read as its last one is (the logit lens).

Reference: nostalgebraist, "interpreting GPT: the logit lens" (2020); Patil, Hase, Bansal, "Can Sensitive Information Be
Deleted From LLMs?" (ICLR 2024, arXiv 2309.17410), section 4.1, the head projection attack.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from headgate.errors import UsageError
from headgate.nn.causal import asked_width
from headgate.nn.threads import device_of, evaluating
from headgate.nn.training import batches
from headgate.repair.shapes import Examples

Ranks = npt.NDArray[np.int64]
_NORMS = ("norm", "ln_f", "final_layer_norm", "final_layernorm", "layer_norm")
_BATCH = 32


def ranks(model: torch.nn.Module, items: Examples, reader: torch.nn.Module) -> Ranks:
    """The rank of every token that is asked in what each layer of `model` would answer (layers x tokens; 0 the first).

    Layers are the embedding, every block and the last of them, each read by the final norm and output layer of
    `reader`: `model` itself, or another of its shape. Tokens stand in the order of the items. An equal score counts
    as a better one. Raises `UsageError` for a model that shows no hidden states or has no output layer.
    """
    read, found = reading(reader), list[torch.Tensor]()
    device = device_of(model)
    with evaluating(model), torch.no_grad():
        for x, y in batches(items, _BATCH, None, device):
            width = asked_width(y)
            x, y = x[:, :width], y[:, :width]
            asked = y[:, 1:] != -100
            answers = y[:, 1:][asked]
            hidden = model(input_ids=x, output_hidden_states=True).hidden_states
            if not hidden:
                msg = f"{type(model).__name__} shows no hidden states. Give a causal model of transformers."
                raise UsageError(msg)
            last = len(hidden) - 1
            parts = [_rank(read(one[:, :-1][asked], n == last), answers) for n, one in enumerate(hidden)]
            found.append(torch.stack(parts).cpu())
    return torch.cat(found, dim=1).numpy()


def reading(model: torch.nn.Module) -> Callable[[torch.Tensor, bool], torch.Tensor]:
    """What turns hidden states (tokens x d) into scores of the vocabulary; the last layer's are normed already."""
    output: Any = getattr(model, "get_output_embeddings", None)
    head = output() if output is not None else None
    if not isinstance(head, torch.nn.Module):
        msg = f"{type(model).__name__} shows no output layer. Reading its layers takes a causal model of transformers."
        raise UsageError(msg)
    norm = _final_norm(model)

    def read(hidden: torch.Tensor, normed: bool) -> torch.Tensor:
        scores: torch.Tensor = head(hidden if normed or norm is None else norm(hidden))
        return scores

    return read


def _final_norm(model: torch.nn.Module) -> torch.nn.Module | None:
    body: Any = getattr(model, "get_decoder", None)
    inside = getattr(model, "base_model", model)
    # the decoder is found through the wrapping of adapters too
    for one in (body() if body is not None else None, inside, getattr(inside, "decoder", None)):
        for name in _NORMS:
            norm = getattr(one, name, None)
            if isinstance(norm, torch.nn.Module):
                return norm
    return None


def _rank(scores: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    own = scores.gather(1, answers[:, None])
    found = (scores >= own).sum(1) - 1
    return torch.where(torch.isfinite(own[:, 0]), found, scores.shape[1])
