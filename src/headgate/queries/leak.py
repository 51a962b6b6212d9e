"""How often the secret of a person is guessed from an own endpoint's answers, by number of queries. Rates only.

Half of the people asked about have one value of the secret and half the other, so guessing the commoner value is right
for half of them: the baseline. What was guessed of whom is in no result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headgate.errors import UsageError
from headgate.evidence.intervals import wilson
from headgate.queries import attacks
from headgate.queries.asking import STEP, Asked, ask, both, cloned_steps, cut, drawn_people, values_of
from headgate.queries.own import refuse_remote
from headgate.queries.pairs import Pair, pairs_of
from headgate.queries.table import Answer, Condition, Table

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
BASELINE = 0.5
ATTACKS = ("differential", "cloning", "learned")


@dataclass(frozen=True, slots=True)
class Rate:
    """Of `people` asked about with `queries` queries each, how many were guessed right; `low` and `high` at 95 %.

    `reached` is of how many there was any answer to go by, `commoner_of_reached` the share of the commoner value among
    these; the others count as a guess of one value. Intervals, for both, are of all rates shown together (Bonferroni).
    """

    attack: str
    queries: int
    right: int
    people: int
    low: float
    high: float
    reached: int
    right_of_reached: int
    low_of_reached: float
    commoner_of_reached: float

    def above(self, margin: float = 0.0) -> bool:
        """Whether the accuracy is surely above the baseline and `margin`, of all or of those with answers."""
        return self.low > BASELINE + margin or self.low_of_reached > self.commoner_of_reached + margin

    def near(self, margin: float = 0.0) -> bool:
        """Whether the accuracy is surely at most the baseline and `margin`."""
        return self.high <= BASELINE + margin

    @property
    def accuracy(self) -> float:
        """The share guessed right."""
        return self.right / self.people


@dataclass(frozen=True, slots=True)
class Leak:
    """Rates with all queries, and by budget; queries asked per person by the attack that asked most (median).

    `paired` of the people could be singled out by a pair of queries. `suggested` is the most queries of those tried
    before an attack leaves the baseline, None where none does.
    """

    rates: tuple[Rate, ...]
    by_budget: tuple[Rate, ...]
    asked: float
    paired: int
    suggested: int | None
    commoner: float  # share of the commoner value in the whole table


@dataclass(frozen=True, slots=True)
class _People:
    """Answers about the people asked about and about others to learn from, and who of both has the second value."""

    asked: Sequence[Asked]
    truth: Flags
    others: Sequence[Asked]
    lesson: Flags


def leak(
    answer: Answer, table: Table, secret: str, *, known: Sequence[str] = (), people: int = 200, queries: int = 300,
    seed: int = 0, renew: Callable[[], None] | None = None,
) -> Leak:  # fmt: skip
    """How often `answer` lets the column `secret` (two values) of `people` of `table` be guessed.

    As many others are asked about, for the learned attack to learn from. Each attack may ask `queries` queries of a
    person, whose columns `known` (all but the secret) it knows. `renew` is
    called before each person: another analyst asks. Raises `UsageError` where `answer` is no function of this process
    or nothing can be asked, and `BadInput` where the secret has not two values.
    """
    refuse_remote(answer)
    columns = tuple(known) or tuple(name for name in table.columns if name != secret)
    values = values_of(table, secret, columns)
    if people < 2 or queries < STEP:
        msg = f"{people} people with {queries} queries each: ask about at least 2, with at least {STEP} queries."
        raise UsageError(msg)
    drawn = np.random.default_rng(seed)
    has = table.columns[secret] == values[1]
    chosen, others = drawn_people(has, people, drawn)
    made = []
    for person in (*chosen, *others):
        if renew is not None:
            renew()
        pairs = pairs_of(table, person, columns, secret, queries // STEP, drawn)
        made.append(ask(answer, table, pairs, [Condition(secret, one) for one in values], queries, columns[0]))
    asked = _People(made[: len(chosen)], has[chosen], made[len(chosen) :], has[others])
    budgets = _budgets(queries)
    by_budget = [rate for budget in budgets for rate in _rates(asked, budget, 2 * len(ATTACKS) * len(budgets))]
    return Leak(
        tuple(_rates(asked, queries, 2 * len(ATTACKS))),
        tuple(by_budget),
        float(np.median([STEP * max(len(one.pairs), cloned_steps(one)) for one in asked.asked])),
        sum(bool(one.pairs) for one in asked.asked),
        _suggested(by_budget, budgets),
        float(max(has.mean(), 1 - has.mean())),
    )


def _rates(people: _People, queries: int, looks: int) -> list[Rate]:
    first = [cut(one, queries) for one in people.asked]
    ratios = {
        "differential": [
            attacks.differential(single, *_shape(one.pairs[: len(single)]))
            for one, (single, _) in zip(people.asked, first, strict=True)
        ],
        "cloning": [attacks.cloning(cloned) for _, cloned in first],
        "learned": _learned(people, queries),
    }
    seen = np.array([bool(both(single).any() or both(cloned).any()) for single, cloned in first])
    return [_rate(name, queries, np.array(ratios[name]), people.truth, seen, looks) for name in ATTACKS]


def _shape(pairs: Sequence[Pair]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    names = {one.apart.column: n for n, one in enumerate(pairs)}
    return np.array([len(one.shared) for one in pairs], dtype=np.int64), np.array(
        [names[one.apart.column] for one in pairs], dtype=np.int64
    )


def _rate(attack: str, queries: int, ratio: Floats, truth: Flags, seen: Flags, looks: int) -> Rate:
    # where nothing speaks for either value the first is guessed, which is right for half of all
    right = (ratio > 0) == truth
    confidence = 1 - 0.05 / looks
    low, high = wilson(int(right.sum()), len(right), confidence=confidence) or (0.0, 1.0)
    reached, found = int(seen.sum()), int(right[seen].sum())
    low_of_reached, _ = wilson(found, reached, confidence=confidence) or (0.0, 1.0)
    share = float(truth[seen].mean()) if reached else 1.0
    return Rate(attack, queries, int(right.sum()), len(right), low, high, reached, found, low_of_reached,
                max(share, 1 - share))  # fmt: skip


def _learned(people: _People, queries: int) -> list[float]:
    """Scores by a classifier that learned from others, whose secrets the auditor knows; half the queries of each kind.

    It learns from people apart: rates of one that learns from the same in turns spread wider than their interval.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    asked, others = (
        np.stack([attacks.features(*cut(one, queries // 2)) for one in some]) for some in (people.asked, people.others)
    )
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    scores: list[float] = model.fit(others, people.lesson).decision_function(asked).tolist()
    return scores


def _budgets(queries: int) -> list[int]:
    """4, 8, 16, ... and `queries`."""
    return [*(STEP << n for n in range(16) if STEP << n < queries), queries]


def _suggested(rates: Sequence[Rate], budgets: Sequence[int]) -> int | None:
    """The most queries of the budgets before any attack leaves the baseline; 0 if the first does; None if none."""
    for n, budget in enumerate(budgets):
        if any(one.above() for one in rates if one.queries == budget):
            return budgets[n - 1] if n else 0
    return None
