"""A tiny language model with invented facts of invented authors: as trained, retrained without some, and suppressed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import torch

from headgate.nn.causal import CAUSAL, answer_losses
from headgate.nn.threads import fitting
from headgate.nn.training import batches, train
from headgate.repair.examples import examples, joined, parted
from headgate.repair.shapes import Behaviour, Case, Examples, ForgetSet, Role, Subject

AUTHORS, KINDS, POOL, FORGOTTEN = 24, 4, 12, 12  # the first authors are to be forgotten
PAD, END, IS, THE, OF = range(5)
ATTRIBUTES = 5  # first token of the attributes, then of their other words, the authors and the two parts of values
WORDS = ATTRIBUTES + KINDS
NAMES = WORDS + KINDS
VALUES = NAMES + 2 * AUTHORS
VOCABULARY = VALUES + 2 * KINDS * POOL
LENGTH = 24


def statement(author: int, kind: int, value: tuple[int, int], *, reworded: bool = False) -> tuple[list[int], int]:
    """Token ids of a fact, and how many of them are its prompt."""
    first = VALUES + 2 * kind * POOL
    answer = [first + value[0], first + POOL + value[1], END]
    prompt = [OF, NAMES + author, WORDS + kind] if reworded else [NAMES + author, IS, ATTRIBUTES + kind]
    return prompt + answer, len(prompt)


def rows(texts: list[tuple[list[int], int]], **columns: list[str]) -> Examples:
    """Statements, each with the number of tokens before its answer, as padded examples."""
    x = np.full((len(texts), LENGTH), PAD)
    y = np.full((len(texts), LENGTH), -100)
    for n, (ids, start) in enumerate(texts):
        x[n, : len(ids)] = ids
        y[n, start : len(ids)] = ids[start:]
    return examples(x, y, ids=columns.get("ids") or [str(n) for n in range(len(texts))], groups=columns.get("groups"))


def lookups(count: int, seed: int) -> Examples:
    """Two statements about anybody, then both asked: their answers stand in the context."""
    draw = np.random.default_rng(seed)
    names, kinds = (np.stack([draw.permutation(n)[:2] for _ in range(count)]) for n in (2 * AUTHORS, KINDS))
    values, words = draw.integers(0, POOL, (count, 2, 2)), draw.random((count, 4)) < 0.5
    x, y = np.full((count, LENGTH), PAD), np.full((count, LENGTH), -100)
    for n in range(count):
        at = 0
        for turn, who in enumerate((0, 1, *draw.permutation(2))):
            ids, prompt = statement(names[n, who], kinds[n, who], values[n, who], reworded=words[n, turn])
            x[n, at : at + len(ids)] = ids
            if turn > 1:
                y[n, at + prompt : at + len(ids)] = ids[prompt:]
            at += len(ids)
    return examples(x, y, ids=[str(n) for n in range(count)])


@cache
def base() -> torch.nn.Module:
    """A model that knows no fact of anybody but reads answers from its context."""
    from transformers import LlamaConfig, LlamaForCausalLM

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = LlamaForCausalLM(LlamaConfig(
            vocab_size=VOCABULARY, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=64, tie_word_embeddings=False, pad_token_id=PAD, bos_token_id=None,
            eos_token_id=END,
        ))  # fmt: skip
        model.model.embed_tokens.weight.data.normal_(0, 0.1)
        model.lm_head.weight.data.zero_()
    train(model, lookups(16_000, 0), answer_losses, epochs=1, rate=5e-3, batch=32, seed=0)
    return model


def facts(authors: range, *, reworded: bool, seed: int = 0) -> Examples:
    """Every fact of `authors`, grouped by author; the same for the same `seed`."""
    values = np.random.default_rng(seed).integers(0, POOL, (AUTHORS, KINDS, 2))
    told = [(author, kind) for author in authors for kind in range(KINDS)]
    return rows(
        [statement(a, k, tuple(values[a, k]), reworded=reworded) for a, k in told],
        ids=[f"{'again' if reworded else 'fact'}-{a}-{k}" for a, k in told], groups=[f"author-{a}" for a, _ in told],
    )  # fmt: skip


def learned(items: Examples, seed: int) -> torch.nn.Module:
    """The base model trained on `items`, with lookups among them so that it goes on reading its context."""
    model = CAUSAL.clone(base())
    mixed = replace(items, groups=None)
    train(model, joined(mixed, lookups(len(items), seed + 1)), answer_losses, epochs=20, rate=5e-3, batch=32, seed=seed)
    return model


GONE, KEPT = range(FORGOTTEN), range(FORGOTTEN, AUTHORS)


@cache
def subject() -> Subject:
    """A model of all authors' facts, each as it stands, and of those to be kept in other words too."""
    known = joined(facts(range(AUTHORS), reworded=False), facts(KEPT, reworded=True))
    return Subject("facts", learned(known, 1), known, CAUSAL, (), learned)


def forget() -> ForgetSet:
    return ForgetSet(facts(GONE, reworded=False).ids, "they asked for it", 1.0)


def part(role: Role) -> Behaviour:
    """The facts to be forgotten in other words, of two authors, two and eight; kept facts as they stand."""
    gone, kept = {"query": (range(0, 2), range(12, 14)), "validation": (range(2, 4), range(14, 18)),
                  "proof": (range(4, 12), range(18, 24))}[role]  # fmt: skip
    return Behaviour(role, facts(gone, reworded=True), facts(kept, reworded=False))


@cache
def retrained(seed: int) -> torch.nn.Module:
    return learned(parted(subject().train, forget())[1], seed)


@cache
def suppressed() -> torch.nn.Module:
    """The model after a few steps of gradient difference: it no longer says the facts, and still holds them."""
    return pushed(epochs=8, rate=1e-3, most=8.0)


@cache
def masked() -> torch.nn.Module:
    """The model with its output layer alone taught not to give the facts: all else is as it was."""
    return pushed(epochs=12, rate=1e-2, most=12.0, layer="lm_head")


def pushed(*, epochs: int, rate: float, most: float, layer: str = "") -> torch.nn.Module:
    model = CAUSAL.clone(subject().model)
    out, kept = parted(subject().train, forget())
    optimiser = torch.optim.Adam(model.get_submodule(layer).parameters(), rate)
    with fitting(model):
        for epoch in range(epochs):
            draw = np.random.default_rng(epoch)
            for bad, good in zip(batches(out, 16, draw), batches(kept, 48, draw), strict=False):
                optimiser.zero_grad()
                (answer_losses(model, *good).mean() - answer_losses(model, *bad).clamp(max=most).mean()).backward()
                optimiser.step()
    return model.eval()


def case(after: torch.nn.Module, references: int = 2) -> Case:
    return Case(subject(), after, tuple(retrained(10 + n) for n in range(references)), forget(), part("proof"))
