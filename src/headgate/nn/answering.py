"""What a causal language model answers by itself: the likeliest token after the likeliest token, until the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from headgate.nn.threads import device_of, evaluating
from headgate.repair.shapes import Examples


def answers(model: Any, tokeniser: Any, items: Examples, *, most: int = 0, batch: int = 64) -> tuple[str, ...]:
    """The answers of `model` to the prompts of `items` (the tokens before the first that is asked), as texts.

    Up to `most` tokens each, or as many as the longest answer asked has. Raises nothing; an item without a prompt gets
    the empty text.
    """
    most = most or max(1, int((items.y != -100).sum(1).max()))
    prompts = [row[: int(np.argmax(asked != -100))] for row, asked in zip(items.x, items.y, strict=True)]
    found = [""] * len(prompts)
    places = [n for n, one in enumerate(prompts) if len(one)]
    with evaluating(model), torch.no_grad():
        for start in range(0, len(places), batch):
            here = places[start : start + batch]
            for n, tokens in zip(here, _continued(model, tokeniser, [prompts[n] for n in here], most), strict=True):
                found[n] = tokeniser.decode(tokens, skip_special_tokens=True).strip()
    return tuple(found)


def _continued(model: Any, tokeniser: Any, prompts: list[np.ndarray], most: int) -> list[list[int]]:
    width = max(map(len, prompts))
    end = tokeniser.eos_token_id if tokeniser.eos_token_id is not None else 0
    x = torch.full((len(prompts), width), end, dtype=torch.int64)
    mask = torch.zeros_like(x)
    for n, one in enumerate(prompts):  # what is generated follows on the right: pads stand on the left
        x[n, width - len(one) :] = torch.as_tensor(one)
        mask[n, width - len(one) :] = 1
    device = device_of(model)
    made = model.generate(
        input_ids=x.to(device), attention_mask=mask.to(device), max_new_tokens=most, do_sample=False, use_cache=True,
        num_beams=1, eos_token_id=tokeniser.eos_token_id, pad_token_id=end,
    )  # fmt: skip
    rows: list[list[int]] = made[:, width:].cpu().tolist()
    return rows
