from __future__ import annotations

import numpy as np
import torch

from headgate.nn.answering import answers
from headgate.repair.examples import take
from headgate.repair.questions import Pair, asked
from tests.facts import known, pairs


def one_by_one(model: torch.nn.Module, tokeniser: object, row: np.ndarray, wanted: np.ndarray) -> str:
    """The likeliest tokens from whole rows without pads or a cache."""
    tokens = row[: int(np.argmax(wanted != -100))].tolist()
    begin = len(tokens)
    with torch.no_grad():
        while len(tokens) < begin + int((wanted != -100).sum()):
            tokens.append(int(model(input_ids=torch.tensor([tokens])).logits[0, -1].argmax()))
            if tokens[-1] == tokeniser.eos_token_id:  # type: ignore[attr-defined]
                break
    return str(tokeniser.decode(tokens[begin:], skip_special_tokens=True)).strip()  # type: ignore[attr-defined]


def test_it_says_what_it_learned() -> None:
    given = known()
    found = answers(given.subject.model, given.tokeniser, given.subject.train)
    assert sum(one == pair.answer for one, pair in zip(found, pairs(), strict=True)) >= 18


def test_batches_of_any_size_say_the_same_as_one_at_a_time() -> None:
    given = known()
    some = take(given.subject.train, np.arange(6))
    rows = [one_by_one(given.retrained, given.tokeniser, x, y) for x, y in zip(some.x, some.y, strict=True)]
    longest = int((some.y != -100).sum(1).max())
    assert [
        one[: len(row)]
        for one, row in zip(answers(given.retrained, given.tokeniser, some, most=longest), rows, strict=True)
    ] == rows
    assert answers(given.retrained, given.tokeniser, some, batch=2) == answers(given.retrained, given.tokeniser, some)


def test_an_item_without_a_prompt_gets_no_answer() -> None:
    given = known()
    items = asked([Pair("a", "b")], given.tokeniser, template="{answer}{question}")
    assert answers(given.subject.model, given.tokeniser, items) == ("",)
