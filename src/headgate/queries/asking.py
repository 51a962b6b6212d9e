"""Whom to ask about, and the answers to the queries about each: kept in memory for as long as they are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import BadInput, UsageError
from headgate.plain import plain
from headgate.queries.pairs import Pair
from headgate.queries.table import Answer, Condition, Table

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
DUMMIES = 8  # conditions without effect for each pair of the cloning attack
STEP = 4  # queries of one pair: two, for each value of the secret


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers about one person, to both kinds of queries; see `attacks`."""

    pairs: Sequence[Pair]
    single: Floats
    cloned: Floats
    most: int  # queries of each attack


def values_of(table: Table, secret: str, columns: Sequence[str]) -> list[str]:
    """The two values of `secret`. Raises `UsageError` for columns that are not there, `BadInput` for other numbers."""
    for name in (secret, *columns):
        table.set_of(Condition(name, ""))  # says so where there is none
    if secret in columns:
        msg = f"{plain(secret, 60)} is the secret: it cannot be known."
        raise UsageError(msg)
    values: list[str] = np.unique(table.columns[secret]).tolist()
    if len(values) != 2:
        msg = f"the secret {plain(secret, 60)} has {len(values):,} values; give a column with two, such as yes and no."
        raise BadInput(msg)
    return values


def drawn_people(has: Flags, people: int, drawn: np.random.Generator) -> tuple[list[int], list[int]]:
    """Two lists of rows, drawn without replacement, half of each with each value of `has`: to ask about, to learn from.

    As many as `people` in each, or as the rarer value allows. Raises `BadInput` where fewer than two have it.
    """
    each = min(people, int(has.sum()), int((~has).sum())) // 2
    if not each:
        msg = "fewer than two people have one of the values of the secret, so nothing can be told of chance."
        raise BadInput(msg)
    some = np.stack([drawn.choice(np.flatnonzero(one), 2 * each, replace=False) for one in (~has, has)])
    asked, others = (drawn.permutation(one.ravel()).tolist() for one in (some[:, :each], some[:, each:]))
    return asked, others


def ask(
    answer: Answer, table: Table, pairs: Sequence[Pair], values: Sequence[Condition], queries: int, column: str
) -> Asked:
    """Ask what `pairs` ask for both `values` of the secret, alone and with conditions on `column` without effect.

    Each kind of query is asked up to `queries` times, the pairs in turn.
    """
    single = np.full((len(pairs), 2, 2), np.nan)
    steps = queries // STEP
    dummies = min(DUMMIES, steps)
    cloned = np.full((min(len(pairs), -(-steps // dummies)), dummies, 2, 2), np.nan)
    nobody = [Condition(column, _absent(table, column, n), False) for n in range(dummies)]
    for n, pair in enumerate(pairs):
        for side, value in enumerate(values):
            single[n, side] = [_count(answer(one)) for one in pair.queries(value)]
    for n, pair in enumerate(pairs[: len(cloned)]):
        for m, dummy in enumerate(nobody[: steps - n * dummies]):
            for side, value in enumerate(values):
                cloned[n, m, side] = [_count(answer(one)) for one in pair.queries(value, dummy)]
    return Asked(pairs, single, cloned, queries)


def cloned_steps(one: Asked) -> int:
    """How many pairs the cloning attack asked for each value, dummies counted."""
    return int(min(one.cloned.shape[0] * one.cloned.shape[1], one.most // STEP))


def both(answers: Floats) -> Flags:
    """Whether both queries of a pair had an answer."""
    return np.asarray(np.isfinite(answers).all(-1))


def cut(one: Asked, queries: int) -> tuple[Floats, Floats]:
    """The answers to the first `queries` queries of each kind."""
    steps = queries // STEP
    pairs, dummies = one.cloned.shape[:2]
    kept = np.arange(pairs * dummies).reshape(pairs, dummies) < steps
    return one.single[:steps], np.where(kept[..., None, None], one.cloned, np.nan)


def _absent(table: Table, column: str, number: int) -> str:
    """A value that nobody has in `column`."""
    value = f"none such {number}"
    while table.set_of(Condition(column, value)):
        value += "."
    return value


def _count(given: int | None) -> float:
    return float("nan") if given is None else float(given)
