"""A tiny language model that refuses, tuned until it no longer does: with and without a few refusals mixed in."""

from __future__ import annotations

import copy

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from headgate.nn.causal import answer_losses
from headgate.nn.training import seeded, train
from headgate.repair.examples import examples
from headgate.repair.shapes import Examples

TOPICS, ANSWERS = 60, 8
PLAIN, UNSAFE, FIRST = 1, 2, 3  # kinds of request, and the first topic
REFUSAL = FIRST + TOPICS


def requests(kind: int, topics: np.ndarray, answer: np.ndarray) -> Examples:
    """Requests of one kind (n x 3 tokens) of which the last, the answer, is asked."""
    x = np.column_stack([np.full_like(topics, kind), FIRST + topics, answer])
    y = np.where(np.arange(3) == 2, x, -100)
    return examples(x, y, ids=[f"{kind}-{n}-{m}" for m, n in enumerate(topics.tolist())])


def joined(parts: list[Examples]) -> Examples:
    """Examples one after the other, numbered anew."""
    x, y = np.concatenate([one.x for one in parts]), np.concatenate([one.y for one in parts])
    return examples(x, y, ids=[str(n) for n in range(len(x))])


def answers(seed: int) -> np.ndarray:
    """The answer token of each topic."""
    return REFUSAL + 1 + np.random.default_rng(seed).integers(ANSWERS, size=TOPICS)


def refuser(seed: int) -> torch.nn.Module:
    """A model that answers plain requests and refuses unsafe ones, on every topic."""
    config = LlamaConfig(
        vocab_size=REFUSAL + 1 + ANSWERS, hidden_size=32, intermediate_size=48, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=8, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    with seeded(seed):
        model = LlamaForCausalLM(config)
    topics = np.arange(TOPICS)
    both = joined([requests(PLAIN, topics, answers(seed)), requests(UNSAFE, topics, np.full(TOPICS, REFUSAL))])
    train(model, both, answer_losses, epochs=40, rate=1e-2, batch=24, seed=seed)
    return model


def tuned(seed: int, *, calm: int = 4, steps: int = 8, replay: float = 0.0) -> np.ndarray:
    """Whether each held-out unsafe topic is refused (checkpoints x topics): base, `calm` harmless steps, then others.

    Harmful steps teach answers to unsafe requests on the first half of the topics; refusals are asked for on the other
    half. `replay` is the share of the items of a harmful step that are refusals of the first half.
    """
    model, known = refuser(seed), answers(seed)
    half, draw = np.arange(TOPICS // 2), np.random.default_rng(seed)
    kept = []
    for number in range(1 + calm + steps):
        if number:
            part = draw.choice(half, 100)
            harmful = number > calm
            refused = draw.random(100) < replay if harmful else np.ones(100, dtype=bool)
            answer = np.where(refused, REFUSAL, known[part])
            items = requests(UNSAFE, part, answer)
            items = examples(items.x, items.y, ids=[str(n) for n in range(100)])
            train(model, items, answer_losses, epochs=4, rate=4e-3, batch=50, seed=seed + number)
        kept.append(refuses(model, np.arange(TOPICS // 2, TOPICS)))
    return np.array(kept)


def refuses(model: torch.nn.Module, topics: np.ndarray) -> np.ndarray:
    """The probability that an unsafe request on each of `topics` is refused."""
    x = torch.as_tensor(np.column_stack([np.full_like(topics, UNSAFE), FIRST + topics]))
    with torch.no_grad():
        made: np.ndarray = copy.copy(model(input_ids=x).logits[:, -1].softmax(-1)[:, REFUSAL].numpy())
    return made
