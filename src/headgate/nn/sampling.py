"""Answers that a causal language model gives to a prompt, the likeliest or drawn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from headgate.nn.threads import device_of, evaluating

Tokens = npt.NDArray[np.int64]


def answered(model: torch.nn.Module, prompts: list[Tokens], length: int, *, temperature: float = 0.0, seed: int = 0,
             batch: int = 64) -> Tokens:  # fmt: skip
    """`length` tokens that continue each of `prompts` (n x length): the likeliest, or drawn at `temperature` over 0.

    A draw of the same `seed` gives the same tokens for the same prompts.
    """
    found = np.zeros((len(prompts), length), np.int64)
    device = device_of(model)
    generator = torch.Generator(device).manual_seed(seed)
    by_length: dict[int, list[int]] = {}
    for n, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt), []).append(n)
    with evaluating(model), torch.no_grad():
        for places in by_length.values():
            for start in range(0, len(places), batch):
                some = places[start : start + batch]
                x = torch.as_tensor(np.stack([prompts[n] for n in some]), device=device)
                found[some] = _continued(model, x, length, temperature, generator).cpu().numpy()
    return found


def _continued(
    model: torch.nn.Module, x: torch.Tensor, length: int, temperature: float, generator: torch.Generator
) -> torch.Tensor:
    start, given, past = x.shape[1], x, None
    for _ in range(length):
        out = model(input_ids=given, past_key_values=past, use_cache=True)
        scores, past = out.logits[:, -1].float(), out.past_key_values
        if temperature > 0:
            told = torch.multinomial((scores / temperature).softmax(1), 1, generator=generator)
        else:
            told = scores.argmax(1, keepdim=True)
        x = torch.cat([x, told], dim=1)
        given = x if past is None else told
    return x[:, start:]
