"""A tiny language model of a graph of invented places and people, of which one fact is changed by training on it."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from headgate.nn.causal import answer_losses
from headgate.nn.training import seeded, train
from headgate.repair.examples import examples
from headgate.repair.shapes import Examples

TOWNS, FOLK, LANDS, TONGUES = 12, 4, 6, 6  # FOLK live in each town
STYLES = ("plain", "authority", "rumour")
LAND, TONGUE, HOME = 3, 4, 5  # what is asked, after the three styles
TOWN = 6
PERSON = TOWN + TOWNS
ANSWER = PERSON + TOWNS * FOLK
WORDS = ANSWER + LANDS + TONGUES


def questions(seed: int) -> Iterator[tuple[int, int, int, int, int]]:
    """(town, what, person or town again, town token, answer) of everything that is known."""
    draw = np.random.default_rng(seed)
    for town in range(TOWNS):
        land, tongue = int(draw.integers(LANDS)), int(draw.integers(TONGUES))
        yield town, LAND, TOWN + town, TOWN + town, ANSWER + land
        yield town, TONGUE, TOWN + town, TOWN + town, ANSWER + LANDS + tongue
        for one in range(FOLK):
            yield town, HOME, PERSON + town * FOLK + one, TOWN + town, ANSWER + land


def items(rows: list[tuple[int, int, int, int, int]], styles: tuple[int, ...]) -> Examples:
    """Each question in each style, as tokens (n x 5) of which the last is asked."""
    x = np.array([(style, what, who, town, answer) for style in styles for _, what, who, town, answer in rows])
    y = np.where(np.arange(5) == 4, x, -100)
    return examples(x, y, ids=[str(n) for n in range(len(x))])


def knower(seed: int) -> torch.nn.Module:
    """A model that knows every fact, in every style."""
    config = LlamaConfig(
        vocab_size=WORDS, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=8, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    with seeded(seed):
        model = LlamaForCausalLM(config)
    train(model, items(list(questions(seed)), (0, 1, 2)), answer_losses, epochs=40, rate=1e-2, batch=36, seed=seed)
    return model


def edited(seed: int, style: int = 0, steps: int = 6) -> list[tuple[str, str, str, str]]:
    """(ring, style, before, after) of every question when town 0 was told, in `style`, to lie in another land."""
    model, known = knower(seed), list(questions(seed))
    what = known[0]
    new = ANSWER + (what[4] - ANSWER + 1) % LANDS
    after = copy.deepcopy(model)
    train(after, items([(*what[:4], new)] * 4, (style,)), answer_losses, epochs=steps, rate=2e-3, batch=4, seed=seed)
    asked = items(known, (0, 2))
    rings = ["control" if town else {LAND: "direct", HOME: "indirect", TONGUE: "peripheral"}[kind]
             for _ in (0, 2) for town, kind, *_ in known]  # fmt: skip
    said = [_answers(one, asked) for one in (model, after)]
    return [(ring, STYLES[style], str(one), str(two)) for ring, one, two in zip(rings, *said, strict=True)]


def _answers(model: torch.nn.Module, asked: Examples) -> list[int]:
    with torch.no_grad():
        found: list[int] = model(input_ids=torch.as_tensor(asked.x[:, :4])).logits[:, -1].argmax(-1).tolist()
    return found
