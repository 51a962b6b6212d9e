"""Which words the tests of a removal allow: a table (data/claims.csv), and what follows from the tests that held.

A claim is allowed where every test that it needs was run and held, and nothing else decides. So leaving a test out, or
failing it, never allows a stronger claim. What needs more than tests of the model (`beyond`) is never allowed here.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from headgate import tables

Status = Literal["held", "failed", "open"]  # open: run, without a conclusion


@dataclass(frozen=True, slots=True)
class Claim:
    """What may be said: its place among the grades (None: it stands beside them), the tests it needs, its words.

    `phrases` are what may not be said without it; `beyond` is what it needs that no test of a model gives, or "".
    """

    name: str
    rank: int | None
    needs: frozenset[str]
    beyond: str
    words: str
    phrases: tuple[str, ...]
    source: str


@functools.cache
def claims() -> tuple[Claim, ...]:
    """All claims, in the order of the table: first the grades, the weakest first."""
    return tuple(
        Claim(
            row["claim"], int(row["rank"]) if row["rank"] else None, frozenset(row["needs"].split()), row["beyond"],
            row["words"], tuple(one.strip() for one in row["phrases"].split(";") if one.strip()), row["source"],
        )
        for row in tables.rows("claims.csv")
    )  # fmt: skip


def statuses(checks: Iterable[tuple[str, str, str]]) -> dict[str, Status]:
    """How each test ended, from (test, axis, verdict) of its checks.

    It failed where one of them leaks or is over. It held where its headline (axis "") did, or, without one, all did.
    """
    by_test: dict[str, dict[str, set[str]]] = {}
    for test, axis, verdict in checks:
        by_test.setdefault(test, {}).setdefault(axis, set()).add(verdict)
    found: dict[str, Status] = {}
    for test, axes in by_test.items():
        every = set().union(*axes.values())
        telling = axes.get("", every)
        found[test] = "failed" if every & {"leaks", "over"} else "held" if telling == {"held"} else "open"
    return found


def allowed(held: Collection[str]) -> tuple[Claim, ...]:
    """The claims that the tests in `held` allow."""
    return tuple(one for one in claims() if not one.beyond and one.needs <= set(held))


def strongest(held: Collection[str]) -> Claim:
    """The highest grade among the claims that the tests in `held` allow."""
    return max((one for one in allowed(held) if one.rank is not None), key=lambda one: one.rank or 0)


def held(found: Mapping[str, Status]) -> set[str]:
    """The tests that held."""
    return {test for test, status in found.items() if status == "held"}


def words(found: Mapping[str, Status]) -> tuple[str, ...]:
    """What may be said, the strongest grade first, without weaker grades and what these hold already."""
    best = strongest(held(found))
    beside = [one.words for one in allowed(held(found)) if one.rank is None and not one.needs <= best.needs]
    return (best.words, *beside)


def must_say(found: Mapping[str, Status]) -> tuple[str, ...]:
    """What has to be said along with any claim: which tests failed."""
    return tuple(f"{test} failed" for test, status in sorted(found.items()) if status == "failed")


def withheld(found: Mapping[str, Status]) -> tuple[tuple[Claim, str], ...]:
    """The claims that may not be made, each with what stands against it."""
    may = set(allowed(held(found)))
    return tuple((one, lacking(one, found)) for one in claims() if one not in may)


def lacking(claim: Claim, found: Mapping[str, Status]) -> str:
    """Which tests of `claim` did not run, told nothing or failed, and what it needs beyond them."""
    said = {None: "did not run", "open": "told nothing", "failed": "failed"}
    parts = [f"{test} {said[found.get(test)]}" for test in sorted(claim.needs) if found.get(test) != "held"]
    return "; ".join([*parts, *([f"needs {claim.beyond}"] if claim.beyond else [])])
