"""How surely one person's secret is guessed from an own endpoint's counts, against guessing the commoner value.

Reads: an own or consented table, of which an endpoint in this process answers counts; no address, no network.
Finds: the share of people guessed right by a differential, a cloning and a learned attack, each with an interval, by
number of queries, and the most queries before any leaves the baseline. Rates only: no guess, no row, no name.
Cannot see: attacks of another kind; several analysts who put answers together; what the endpoint's users know besides.
The auditor reads in the table which attributes single a person out, which an attacker has to try.
Reference: Gadotti et al. (2019), When the signal is in the noise: exploiting Diffix's sticky noise, arXiv 1804.06752.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from headgate import frames
from headgate.errors import UsageError
from headgate.queries import endpoints
from headgate.queries.leak import BASELINE, Leak, Rate, leak
from headgate.queries.table import Answer, Table, table_of
from headgate.shapes import Finding, Measured, Shown

NEEDS = ("sklearn",)
RISKS = ("2.1", "2.2")
FEWEST = 50  # people with a pair of queries, below which nothing is said


def measure(
    *, table: Path, secret: str = "secret", known: str | None = None,  # noqa: S107 - names a column
    endpoint: Literal["sticky", "private", "suppressed", "published"] = "sticky", queries: int = 300,
    people: int = 600, epsilon: float = 0.1, margin: float = 0.1, seed: int = 0,
) -> Measured:  # fmt: skip
    """Rates of guesses of a secret, with intervals, and whether they stay near those of guessing blindly.

    `table` is an own CSV, JSON lines or Parquet file with a row for each person; `secret` names a column of two
    values; `known` names the columns the attacker knows, joined by commas, all others if not given; `endpoint` is what
    answers: sticky noise, differential privacy, any counts with small cells hidden, or such counts published once;
    `queries` is how many each attack may ask of a person; `people` is how many people are asked about, half of each
    value; `epsilon` is the whole budget of the private endpoint for what is asked about one person; `margin` is how
    far above the baseline an attack may be: it holds where the interval of each ends within, and does not where that
    of one begins beyond, among all people or among those it had answers about; `seed` is of all that is drawn. Raises
    `UsageError` and `BadInput` in one line each.
    """
    if not 0 <= margin < BASELINE:
        msg = f"a margin of {margin:g} is none. Give one from 0 to below {BASELINE:g}."
        raise UsageError(msg)
    given = frames.read(table)
    chosen = tuple(one.strip() for one in known.split(",")) if known else tuple(given.columns)
    columns = [one for one in dict.fromkeys(chosen) if one != secret]
    made = table_of({name: given.words(name) for name in [*columns, secret]})
    answer, renew = _endpoint(endpoint, made, secret, epsilon, queries, seed)
    found = leak(answer, made, secret, known=columns, people=people, queries=queries, seed=seed, renew=renew)
    return measured(found, given.ref, margin=margin)


def measured(found: Leak, ref: str, *, margin: float = 0.1) -> Measured:
    """`found` of an own endpoint as findings; `ref` names the table, such as `file:sha256:...`."""
    people = found.rates[0].people
    worst = max(found.rates, key=lambda one: (one.above(margin), one.high))
    budget = None if found.suggested is None else float(found.suggested)
    said = (
        "no attack leaves the baseline" if budget is None else "the most queries before an attack leaves the baseline"
    )
    enough = found.paired >= FEWEST
    leaks = any(one.above(margin) for one in found.rates)
    near = all(one.near(margin) for one in found.rates)
    why = (
        f"{worst.attack}: {worst.accuracy:.3f} ({worst.low:.3f} to {worst.high:.3f}) of {people} people; "
        f"{worst.right_of_reached} of the {worst.reached} it had answers about"
    )
    if not leaks and not enough:
        why = f"only {found.paired} people could be singled out, fewer than {FEWEST}"
    elif not leaks and not near:
        why += "; ask about more --people"
    return Measured(
        ref,
        [
            *(_finding(one) for one in found.rates),
            Finding("baseline", BASELINE, None, None, people, "people drawn so that half have the secret, exactly"),
            Finding("queries_per_person", found.asked, None, None, people, "median, by the attack that asked most"),
            Finding("suggested_budget", budget, None, None, people, said),
        ],
        tables=(_by_budget(found),),
        asked=f"no attack is right more often than by guessing blindly, by more than {margin:g}",
        met=False if leaks else True if enough and near else None,
        because=why,
        notes=(f"in the whole table the commoner value is that of {found.commoner:.1%}",
               f"{found.paired} of {people} people could be singled out by a pair of queries"),
    )  # fmt: skip


def _endpoint(
    name: str, made: Table, secret: str, epsilon: float, queries: int, seed: int
) -> tuple[Answer, Callable[[], None] | None]:
    if name == "private":  # two attacks ask of each person
        private = endpoints.private(made, epsilon=epsilon, queries=max(1, 2 * queries), seed=seed)
        return private, private.renew
    if name == "sticky":
        return endpoints.sticky(made, seed=seed), None
    return (endpoints.suppressed if name == "suppressed" else endpoints.published)(made, secret), None


def _finding(one: Rate) -> Finding:
    said = f"{one.right} of {one.people} guessed right with {one.queries} queries; answers about {one.reached}"
    return Finding(f"accuracy_{one.attack}", one.accuracy, one.low, one.high, one.people, said)


def _by_budget(found: Leak) -> Shown:
    columns = ("attack", "queries", "accuracy", "low", "high", "answered", "right_of_answered")
    rows = [
        (one.attack, one.queries, one.accuracy, one.low, one.high, one.reached, one.right_of_reached)
        for one in sorted(found.by_budget, key=lambda one: (one.attack, one.queries))
    ]
    return Shown("accuracy by queries per person; intervals of all rows at once", columns, rows)
