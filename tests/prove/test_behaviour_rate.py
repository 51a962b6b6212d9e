from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headgate.errors import UsageError
from headgate.prove.behaviour_rate import prove
from headgate.repair.examples import examples
from headgate.repair.shapes import Adapter, Behaviour, Case, Check, Doubles, Examples, ForgetSet, Subject

N = 100
QUERIES = examples(np.zeros((N, 1)), np.ones(N), ids=[f"q{n}" for n in range(N)])
CLEAN = examples(np.ones((N, 1)), np.ones(N), ids=[f"c{n}" for n in range(N)])
Rates = tuple[float, float]  # how often a model gives the unwanted answer to queries, and the right one to clean items


def outcomes(model: Rates, items: Examples) -> Doubles:
    rate = model[int(items.x[0, 0])] if len(items) else 0.0
    return (np.arange(len(items)) < rate * len(items)).astype(float)


def case(after: Rates, *references: Rates, before: Rates = (0.98, 0.99)) -> Case:
    adapter = Adapter("classes", outcomes, outcomes, outcomes, lambda model: model)
    subject = Subject("toy", before, QUERIES, adapter)
    return Case(subject, after, references, ForgetSet(("q0",), ""), Behaviour("proof", QUERIES, CLEAN))


def both(made: Case, **flags: float) -> dict[str, Check]:
    return {one.axis: one for one in prove(made, **flags)}


def test_the_rate_and_what_was_lost_against_the_retrained() -> None:
    found = both(case((0.02, 0.95), (0.0, 0.97), (0.01, 0.98), (0.02, 0.99)))
    shown, lost = found[""], found["utility"]
    assert (shown.before, shown.after, shown.reference, shown.verdict) == (0.98, 0.02, 0.01, "held")
    assert [round(one or 0, 9) for one in (lost.before, lost.after, lost.reference)] == [0.01, 0.05, 0.02]
    assert (lost.verdict, lost.n) == ("held", N)
    assert shown.evidence == "the unwanted answer on 100 queries: 0.020, by 3 retrained 0.000 to 0.020"


@pytest.mark.parametrize(
    ("after", "reference", "verdict"),
    [((0.98, 0.9), (0.0, 0.9), "leaks"), ((0.0, 0.9), (0.4, 0.9), "held"), ((0.4, 0.9), (0.4, 0.9), "leaks")],
)  # fmt: skip
def test_the_ceiling_holds_whatever_the_retrained_do(after: Rates, reference: Rates, verdict: str) -> None:
    assert both(case(after, reference))[""].verdict == verdict


def test_without_a_ceiling_only_the_reference_counts_both_ways() -> None:
    assert both(case((0.4, 0.9), (0.4, 0.9)), ceiling=1.0)[""].verdict == "held"
    assert both(case((0.0, 0.9), (0.4, 0.9)), ceiling=1.0)[""].verdict == "over"
    assert both(case((0.0, 0.9)), ceiling=1.0)[""].verdict == "inconclusive"


def test_utility_is_two_sided_and_needs_a_reference() -> None:
    assert both(case((0.0, 0.5), (0.0, 0.95)))["utility"].verdict == "leaks"
    assert both(case((0.0, 0.95), (0.0, 0.5)))["utility"].verdict == "over"
    alone = both(case((0.0, 0.95)))
    assert (alone[""].verdict, alone["utility"].verdict) == ("held", "inconclusive")
    assert alone["utility"].evidence.endswith("none retrained")


def test_no_queries_are_inconclusive() -> None:
    made = case((0.0, 0.9), (0.0, 0.9))
    empty = examples(np.zeros((0, 1)), np.zeros(0), ids=[])
    found = both(replace(made, behaviour=Behaviour("proof", empty, CLEAN)))
    assert (found[""].verdict, found[""].n, found[""].evidence) == ("inconclusive", 0, "no queries")


@pytest.mark.parametrize("flags", [{"margin": -0.1}, {"ceiling": 1.5}, {"margin": float("nan")}])
def test_a_margin_or_ceiling_that_is_no_rate_is_refused(flags: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="is no rate"):
        prove(case((0.0, 0.9), (0.0, 0.9)), **flags)


def test_only_the_proof_part_proves() -> None:
    made = case((0.0, 0.9), (0.0, 0.9))
    with pytest.raises(UsageError, match="prove was given the validation part"):
        prove(replace(made, behaviour=replace(made.behaviour, role="validation")))
