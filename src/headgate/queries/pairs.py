"""Pairs of queries that count the same people but for one person, if that person has the secret.

Reference: Gadotti et al. (2019), arXiv 1804.06752, sections on the differential and the cloning attack. Their attacker
guesses by further queries which sets of attributes single a person out; here the auditor reads it in the own table.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from headgate.queries.table import Condition, Conditions, Table

CANDIDATES = 2_000  # sets of attributes that are looked at for one person
FEWEST = 7  # people in the smaller query: fewer are held back by most endpoints


@dataclass(frozen=True, slots=True)
class Pair:
    """Conditions `shared` by both queries, and `apart`, of which the second asks the contrary.

    All of `shared` and `apart` hold of one person only. So the queries `shared` and `shared` without `apart`
    differ by that person.
    """

    shared: tuple[Condition, ...]
    apart: Condition

    def queries(self, *more: Condition) -> tuple[Conditions, Conditions]:
        """The wider and the narrower query, both with the conditions `more`."""
        return (*self.shared, *more), (*self.shared, Condition(self.apart.column, self.apart.value, False), *more)


def pairs_of(
    table: Table, person: int, known: tuple[str, ...], secret: str, most: int, drawn: np.random.Generator
) -> list[Pair]:
    """Up to `most` pairs for the person of row `person` by attributes `known`, in random order.

    A pair is left out where fewer than `FEWEST` others are in it for either value of `secret`.
    """
    said = [Condition(name, str(table.columns[name][person])) for name in known]
    values = [Condition(secret, value) for value in np.unique(table.columns[secret]).tolist()]
    bit, found = 1 << person, list[Pair]()
    for chosen, apart in _candidates(len(said), drawn):
        shared = tuple(said[one] for one in chosen)
        group = table.matching(shared)
        if group & table.set_of(said[apart]) != bit:
            continue
        others = group & ~bit
        if any((others & table.set_of(one)).bit_count() >= FEWEST for one in values):
            found.append(Pair(shared, said[apart]))
            if len(found) == most:
                break
    return found


def _candidates(known: int, drawn: np.random.Generator) -> list[tuple[tuple[int, ...], int]]:
    """Sets of attributes with one more attribute, all where there are few, in random order."""
    if known <= 8:
        every = [
            (chosen, apart)
            for apart in range(known)
            for size in range(known)
            for chosen in combinations([one for one in range(known) if one != apart], size)
        ]
        return [every[one] for one in drawn.permutation(len(every))]
    some = dict.fromkeys(_one(known, drawn) for _ in range(CANDIDATES))
    return list(some)


def _one(known: int, drawn: np.random.Generator) -> tuple[tuple[int, ...], int]:
    order = drawn.permutation(known)[: int(drawn.integers(1, min(known, 8) + 1))].tolist()
    return tuple(sorted(order[1:])), order[0]
