from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import pairwise, product

import pytest

from headgate import catalog
from headgate.repair.claims import allowed, claims, held, lacking, must_say, statuses, strongest, withheld, words

GRADES = [one for one in claims() if one.rank is not None]
TESTS = sorted(set().union(*(one.needs for one in claims())))
# the eight tests that any torch model can be put to
EIGHT = ("behaviour_rate", "membership", "relearning", "quantisation", "neighbour_damage", "paraphrase_gap",
         "corrective_curve", "worst_case_forget")  # fmt: skip


def subsets() -> Iterator[frozenset[str]]:
    """Every subset of all the tests that any claim needs."""
    for bits in range(2 ** len(TESTS)):
        yield frozenset(test for place, test in enumerate(TESTS) if bits >> place & 1)


@functools.cache
def may(tests: frozenset[str]) -> frozenset[str]:
    return frozenset(one.name for one in allowed(tests))


@functools.cache
def grade(tests: frozenset[str]) -> int:
    return strongest(tests).rank or 0


def test_every_test_named_is_a_method_of_prove() -> None:
    assert set(TESTS) <= {method.name for method in catalog.methods("prove")}


def test_leaving_out_any_test_never_allows_more() -> None:
    assert len(TESTS) == 15
    compared = 0
    for tests in subsets():
        for one in tests:
            fewer = tests - {one}
            assert may(fewer) <= may(tests)
            assert grade(fewer) <= grade(tests)
            compared += 1
    assert compared == 15 * 2**14


def test_failing_or_leaving_out_a_test_never_allows_more_than_holding_it() -> None:
    order = {"none": 0, "open": 0, "failed": 0, "held": 1}
    for ends in product(("none", "open", "failed", "held"), repeat=6):
        checks = [(test, "", {"held": "held", "failed": "leaks", "open": "inconclusive"}[end])
                  for test, end in zip(EIGHT[:6], ends, strict=True) if end != "none"]  # fmt: skip
        found = statuses(checks)
        assert {test for test, end in zip(EIGHT[:6], ends, strict=True) if order[end]} == held(found)
        assert may(frozenset(held(found))) >= {"attempted"}
        failed = [test for test, end in zip(EIGHT[:6], ends, strict=True) if end == "failed"]
        assert must_say(found) == tuple(f"{test} failed" for test in sorted(failed))


def test_grades_rise_and_each_needs_what_the_one_below_needs() -> None:
    assert [one.rank for one in GRADES] == list(range(len(GRADES)))
    assert all(lower.needs < higher.needs for lower, higher in pairwise(GRADES))
    assert not GRADES[0].needs


@pytest.mark.parametrize(
    ("tests", "expected"),
    [("", "attempted"), ("relearning membership quantisation", "attempted"), ("behaviour_rate", "suppressed"),
     ("behaviour_rate membership neighbour_damage quantisation", "suppressed"),
     ("behaviour_rate relearning", "suppressed"), ("behaviour_rate relearning quantisation", "robust"),
     ("behaviour_rate relearning quantisation membership", "removed"),
     (" ".join(EIGHT), "removed without damage")],
)  # fmt: skip
def test_the_strongest_grade(tests: str, expected: str) -> None:
    assert strongest(tests.split()).name == expected


def test_without_relearning_nothing_is_robust_or_removed_whatever_else_held() -> None:
    every = frozenset(TESTS) - {"relearning"}
    assert not may(every) & {"robust", "removed", "removed without damage"}
    banned = {phrase for one, _ in withheld(dict.fromkeys(every, "held")) for phrase in one.phrases}
    assert {"robust", "removed from the weights"} <= banned


def test_what_goes_beyond_a_model_follows_from_no_tests() -> None:
    assert not may(frozenset(TESTS)) & {"use prevented", "irreversible", "safe"}
    prevented = next(one for one in claims() if one.name == "use prevented")
    assert lacking(prevented, dict.fromkeys(TESTS, "held")).startswith("needs a test where the model is used")


def test_a_test_holds_by_its_headline_and_fails_by_any_axis() -> None:
    found = statuses([
        ("a", "", "held"), ("a", "x", "inconclusive"), ("b", "", "held"), ("b", "x", "over"), ("c", "x", "held"),
        ("c", "y", "held"), ("d", "x", "held"), ("d", "y", "inconclusive"), ("e", "", "inconclusive"),
        ("e", "x", "held"), ("f", "", "nonsense"), ("g", "", "held"), ("g", "", "inconclusive"),
    ])  # fmt: skip
    assert found == {"a": "held", "b": "failed", "c": "held", "d": "open", "e": "open", "f": "open", "g": "open"}


def test_words_say_the_strongest_and_what_stands_beside_it() -> None:
    found = statuses([("behaviour_rate", "", "held"), ("membership", "", "held"), ("relearning", "", "leaks")])
    said = words(found)
    assert [one.startswith(start) for one, start in zip(said, ("On held-out", "Losses give"), strict=True)] == [
        True
    ] * 2
    against = {one.name: why for one, why in withheld(found)}
    assert against["robust"] == "quantisation did not run; relearning failed"
    assert "suppressed" not in against
    assert words({}) == (GRADES[0].words,)
