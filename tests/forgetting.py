"""Toys of the removal tests: a line of ten weights, and a tiny language model that has learnt fictitious facts."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from headgate.nn.adapters import CLASSES
from headgate.nn.causal import CAUSAL, answer_losses
from headgate.nn.training import seeded, train
from headgate.repair.examples import examples, take
from headgate.repair.shapes import Behaviour, Examples, ForgetSet, Subject

PEOPLE, QUESTIONS, ANSWERS = 20, 2, 8
ASKED, LENGTH = 4, 5  # where an answer begins, and how long a question with its answer is


def clusters(seed: int = 0, number: int = 60) -> Examples:
    """Points (n x 2) around three corners, their class the corner."""
    generator = np.random.default_rng(seed)
    y = np.arange(number) % 3
    x = np.array([[0, 0], [4, 0], [0, 4]])[y] + generator.normal(0, 0.6, (number, 2))
    return examples(x.astype(np.float32), y, ids=[f"point-{n}" for n in range(number)])


def facts(seed: int = 0) -> Examples:
    """Templated questions on invented people: person, question, answer as token ids (n x 5), -100 where not asked."""
    generator = np.random.default_rng(seed)
    people, questions = np.divmod(np.arange(PEOPLE * QUESTIONS), QUESTIONS)
    first = PEOPLE + QUESTIONS
    answers = first + generator.integers(ANSWERS, size=(len(people), 1))
    x = np.column_stack([np.zeros_like(people), 1 + people, 1 + PEOPLE + questions, answers + 1, answers + 1])
    x[:, ASKED] = 1 + first + ANSWERS + generator.integers(ANSWERS, size=len(people))
    y = np.where(np.arange(LENGTH) >= LENGTH - 2, x, -100)
    return examples(x, y, ids=[f"fact-{n}" for n in range(len(x))], groups=[f"person-{n}" for n in people])


def storyteller(seed: int = 0) -> Subject:
    """A language model of 14 thousand parameters that knows the facts of `seed` by heart."""
    items = facts(seed)
    config = LlamaConfig(
        vocab_size=int(items.x.max()) + 1, hidden_size=32, intermediate_size=48, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=16, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    with seeded(seed):
        model = LlamaForCausalLM(config)
    train(model, items, answer_losses, epochs=60, rate=1e-2, batch=20, seed=seed)
    return Subject("facts", model, items, CAUSAL)


def people_out(subject: Subject, number: int = 4) -> tuple[ForgetSet, Behaviour]:
    """The facts on `number` people as what should go; the others are clean."""
    people = {f"person-{n}" for n in range(number)}
    out = np.array([one in people for one in subject.train.groups or ()])
    ids = tuple(one for one, gone in zip(subject.train.ids, out, strict=True) if gone)
    return ForgetSet(ids, "asked for", 1.0), Behaviour(
        "validation", take(subject.train, out), take(subject.train, ~out)
    )


def with_role(behaviour: Behaviour, role: str) -> Behaviour:
    """The same items in another role."""
    return dataclasses.replace(behaviour, role=role)  # type: ignore[arg-type]


def point_subject(seed: int = 0) -> Subject:
    """A perceptron that has learnt the corners."""
    from headgate.nn.adapters import class_losses
    from headgate.nn.networks import perceptron

    items = clusters(seed)

    def made(some: Examples, drawn: int) -> torch.nn.Module:
        model = perceptron(2, 3, hidden=(8,), seed=drawn)
        train(model, some, class_losses, epochs=30, rate=3e-2, batch=20, seed=drawn)
        return model

    return Subject("points", made(items, seed), items, CLASSES, retrain=made)
