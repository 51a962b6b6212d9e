"""Invented facts about invented people, and a tiny language model that knows them: shared by tests of causal subjects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from headgate.nn.causal import CAUSAL
from headgate.nn.tiny_llama import byte_pairs, fit, tiny_llama
from headgate.repair.examples import take
from headgate.repair.questions import Pair, asked
from headgate.repair.shapes import Behaviour, Examples, ForgetSet, Model, Role, Subject

PEOPLE = ("Ola Brint", "Tam Quell", "Rus Vandel", "Ivo Marsk", "Lin Ferro")
ASKED = ("Where was {} born?", "What does {} bake?", "Which tool does {} use?", "Where does {} live?")
SAID = ("In {}.", "A {} cake.", "A {} hammer.", "Near {}.")
WORDS = ("Darvo", "plum", "copper", "Elm Hill", "Sorna", "lemon", "wooden", "Oak Bay", "Pellin", "almond", "silver",
         "Ash Row", "Kestra", "cherry", "rubber", "Fir Dale", "Umbral", "ginger", "stone", "Yew End")  # fmt: skip
FORGOTTEN = 2  # people


@dataclass(frozen=True)
class Known:
    """A subject that knows 20 facts about 5 people, 4 each; the first two are to be forgotten."""

    subject: Subject
    tokeniser: Any
    forget: ForgetSet
    parts: dict[Role, Behaviour]
    retrained: Model


def pairs() -> list[Pair]:
    """20 questions and answers, grouped by person."""
    return [
        Pair(ASKED[n % 4].format(PEOPLE[n // 4]), SAID[n % 4].format(word), PEOPLE[n // 4])
        for n, word in enumerate(WORDS)
    ]


@cache
def known(seed: int = 0) -> Known:
    """The subject of `seed`; treat it as read-only, it is shared."""
    given = pairs()
    tokeniser = byte_pairs([one.question + " " + one.answer for one in given], size=330)
    train = asked(given, tokeniser)

    def fitted(items: Examples, of: int) -> Model:
        model = tiny_llama(len(tokeniser), width=48, layers=2, heads=2, seed=of)
        fit(model, items, epochs=60, rate=5e-3, batch=4, seed=of)
        return model

    bad, rest = take(train, np.arange(4 * FORGOTTEN)), take(train, np.arange(4 * FORGOTTEN, 20))
    roles: tuple[Role, ...] = ("query", "validation", "proof")
    parts = {
        role: Behaviour(role, take(bad, np.arange(len(bad)) % 3 == n), take(rest, np.arange(len(rest)) % 3 == n))
        for n, role in enumerate(roles)
    }
    subject = Subject("facts", fitted(train, seed), train, CAUSAL, (), fitted)
    return Known(subject, tokeniser, ForgetSet(bad.ids, "two people", 1.0), parts, fitted(rest, seed + 100))
