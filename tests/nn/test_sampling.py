from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch

from headgate.nn.sampling import answered
from headgate.nn.tiny_llama import tiny_llama


class Counting(torch.nn.Module):
    """After a token always comes the next, of 6; where `even`, any token is as likely as another."""

    def __init__(self, *, even: bool = False) -> None:
        super().__init__()
        self.even = even

    def forward(self, input_ids: torch.Tensor, **_: object) -> SimpleNamespace:
        scores = torch.nn.functional.one_hot((input_ids + 1) % 6, 6).float()
        return SimpleNamespace(logits=scores * 0 if self.even else scores * 20, past_key_values=None)


def ids(*tokens: int) -> np.ndarray:
    return np.array(tokens, np.int64)


def test_every_prompt_is_continued_whatever_its_length() -> None:
    prompts = [ids(1), ids(0, 4), ids(3), ids(5, 5, 5)]
    assert answered(Counting(), prompts, 3).tolist() == [[2, 3, 4], [5, 0, 1], [4, 5, 0], [0, 1, 2]]
    assert answered(Counting(), prompts, 3, batch=1).tolist() == answered(Counting(), prompts, 3).tolist()


def test_draws_follow_the_seed_and_the_temperature() -> None:
    prompts = [ids(1)] * 600
    first, again, other = (answered(Counting(even=True), prompts, 1, temperature=1.0, seed=n) for n in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    counts = np.bincount(first[:, 0], minlength=6)
    assert counts.min() > 65  # of 100 expected, 3.8 standard deviations
    assert (answered(Counting(), prompts, 1, temperature=0.5) == 2).all()
    # at temperature 20 the next token's odds are e against 1 of each other: 0.352
    share = (answered(Counting(), prompts, 1, temperature=20.0, seed=1) == 2).mean()
    assert abs(share - np.e / (np.e + 5)) < 0.08


def test_what_is_kept_of_the_prompt_between_tokens_changes_nothing() -> None:
    model = tiny_llama(30, width=16, layers=2, heads=2, length=32, seed=1)
    for one in model.parameters():
        one.data *= 3  # else every prompt has the same answer
    prompts = [ids(1, 2, 3), ids(7), ids(9, 8)]
    found = answered(model, prompts, 5)
    for prompt, tokens in zip(prompts, found, strict=True):
        so_far = prompt.tolist()
        for token in tokens:
            with torch.no_grad():
                assert int(model(input_ids=torch.tensor([so_far])).logits[0, -1].argmax()) == token
            so_far.append(int(token))
