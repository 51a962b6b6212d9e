from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from headgate import catalog
from headgate.govern.claim_limits import because, govern
from headgate.repair.claims import statuses

ORDER = ("attempted", "suppressed", "robust", "removed", "removed without damage")
HELD = ["behaviour_rate", "relearning", "quantisation", "membership", "neighbour_damage"]


def decided(rows: list[tuple[str, str, str | None]], *, sensitive: bool = False) -> dict[str, tuple[str, str]]:
    """Decisions from (subject, check, evidence)."""
    db = duckdb.connect()
    db.execute('CREATE TABLE findings (subject VARCHAR, "check" VARCHAR, evidence VARCHAR, sensitive BOOLEAN)')
    for row in rows:
        db.execute("INSERT INTO findings VALUES (?, ?, ?, ?)", [*row, sensitive])
    return {subject: (grade, told) for subject, grade, told in govern(db).fetchall()}


def test_each_grade_from_what_held() -> None:
    for number in range(len(HELD) + 1):
        rows: list[tuple[str, str, str | None]] = [("m", test, "held: after 0.01") for test in HELD[:number]]
        grade = decided([("other", "behaviour_rate", "held: x"), *rows]).get("m", ("attempted", ""))[0]
        assert grade == ("attempted", "suppressed", "suppressed", "robust", "removed", "removed without damage")[number]


def test_because_says_what_is_missing_and_what_failed() -> None:
    found = decided(
        [("m", "behaviour_rate", "held: a"), ("m", "relearning", "leaks: b"), ("m", "membership", "inconclusive")]
    )
    assert found["m"] == (
        "suppressed",
        "held: behaviour_rate; relearning failed; not robust: quantisation did not run; relearning failed; "
        "never by tests of a model: use prevented, irreversible, safe",
    )


@pytest.mark.parametrize(
    "verdict", ["leaks: x", "over: x", "inconclusive: x", "", None, "held", "HELD: x", "heldish: x"]
)
def test_only_a_verdict_of_held_holds(verdict: str | None) -> None:
    assert decided([("m", "behaviour_rate", verdict)])["m"][0] == ("suppressed" if verdict == "held" else "attempted")


def test_an_axis_that_fails_fails_its_test() -> None:
    rows: list[tuple[str, str, str | None]] = [("m", test, "held: x") for test in HELD]
    assert decided([*rows, ("m", "relearning.steps", "over: y")])["m"][0] == "suppressed"
    assert decided([*rows, ("m", "relearning.steps", "inconclusive: y")])["m"][0] == "removed without damage"
    assert decided([*rows, ("m", "relearning.4.5", "inconclusive: y")])["m"][0] == "removed without damage"


def test_models_are_judged_apart_and_other_findings_are_not_read() -> None:
    rows = [("a", "behaviour_rate", "held: x"), ("b", "relearning", "held: x"), ("c", "licence_missing", "held: x")]
    assert {ref: grade for ref, (grade, _) in decided(rows).items()} == {"a": "suppressed", "b": "attempted"}
    assert decided(rows, sensitive=True) == {}


def test_a_stronger_claim_never_follows_from_fewer_or_failed_findings() -> None:
    rows = [("m", test, "held: x") for test in HELD]
    best = ORDER.index(decided(list(rows))["m"][0])
    for number in range(len(rows)):
        fewer = ORDER.index(decided([*rows[:number], *rows[number + 1 :]])["m"][0])
        failed = ORDER.index(decided([*rows, ("m", rows[number][1], "leaks: y")])["m"][0])
        assert failed <= fewer < best


def test_because_of_the_highest_grade_names_no_next_one() -> None:
    assert "not " not in because(statuses([(test, "", "held") for test in HELD])).replace("not inferable", "")


def test_its_tests_are_methods_of_prove() -> None:
    assert set(HELD) <= {method.name for method in catalog.methods("prove")}


def test_the_page_lists_every_claim() -> None:
    from headgate.repair.claims import claims

    page = (Path(__file__).parents[2] / "docs/methods/claim_limits.md").read_text()
    assert all(f"| {one.name} |" in page for one in claims())
