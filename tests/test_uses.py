from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import uses
from headgate.errors import UsageError
from headgate.licences import knowledge

LABELS = Path(__file__).resolve().parents[1] / "docs" / "labels" / "declared_use.csv"
SLUGS = {
    "illegal", "minors", "harassment", "discrimination", "disinformation", "personal-data", "medical-advice",
    "legal-advice", "law-enforcement", "immigration", "weapons", "military", "critical-infrastructure", "self-harm",
    "sexual-content", "impersonation", "fraud", "malware", "spam", "unlicensed-profession", "automated-decision",
    "biometric", "undisclosed-ai", "competing-model", "exploitation", "terrorism", "high-risk",
}  # fmt: skip


def test_every_clause_that_licences_have_is_known() -> None:
    assert uses.slugs() == SLUGS | {"commercial"}
    named = {t.value for terms in knowledge.terms().values() for t in terms if t.term == "restricted_use"}
    assert named <= uses.slugs()


def test_the_table_is_well_formed() -> None:
    for row in uses._rows():
        assert row.words
        assert row.touch in {"conflict", "ask"} or (row.slug, row.touch) in {("any", "softer"), ("ordinary", "none")}


@pytest.mark.parametrize(
    ("use", "slug", "level"),
    [
        ("medical diagnosis chatbot, commercial", "medical-advice", "conflict"),
        ("medical diagnosis chatbot, commercial", "commercial", "conflict"),
        ("summarise our notes, medical-advice", "medical-advice", "conflict"),  # the clause itself is named
        ("Summarise our notes", "medical-advice", "none"),
        ("summarise our zorkmids", "medical-advice", "strange"),
        ("medical diagnosis, but not for patients", "medical-advice", "may"),
        ("spam filter", "spam", "may"),
        ("malware detection", "malware", "may"),
        ("summarise notes", "a clause that nobody knows", "strange"),
        ("Diagnostik für Patienten", "spam", "strange"),
        ("\uff4d\uff45\uff44\uff49\uff43\uff41\uff4c diagnosis", "medical-advice", "conflict"),  # fullwidth letters
    ],
)
def test_how_a_use_touches_a_clause(use: str, slug: str, level: str) -> None:
    assert uses.touch(use, slug).level == level


def test_one_word_does_not_count_twice() -> None:
    # `driver` is in both parts of the row that asks for a vehicle and for nobody at its wheel
    assert uses.touch("name our driver", "high-risk") == uses.Touch("may", ("driver",))
    assert uses.touch("a car without a driver", "high-risk").level == "conflict"


@pytest.mark.parametrize(
    ("use", "free", "research"),
    [
        ("a non-commercial archive", True, False), ("not for profit", True, False), ("no commercial use", True, False),
        ("academic study", True, True), ("research assistant", False, True), ("commercial archive", False, False),
    ],
)  # fmt: skip
def test_what_is_said_of_money_and_research(use: str, free: bool, research: bool) -> None:
    assert (uses.not_for_money(use), uses.for_research(use)) == (free, research)
    assert (uses.touch(use, "commercial").level == "conflict") == (use == "commercial archive")


@pytest.mark.parametrize("use", ["", " ,;", "x" * 1001])
def test_a_use_must_say_something(use: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        uses.touch(use, "spam")


@given(st.text(max_size=60), st.sampled_from(sorted(SLUGS)))
def test_a_word_that_nobody_knows_never_clears(text: str, slug: str) -> None:
    assert uses.touch(f"summarise notes {text} zorkmid", slug).level != "none"


def test_the_labelled_pairs() -> None:
    """The figures of the page: 108 pairs by the authors, one pass, one half of each clause seen while the words were chosen."""
    with LABELS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 108
    assert {row["slug"] for row in rows} == SLUGS
    counted = Counter((row["half"], row["label"], uses.touch(row["use"], row["slug"]).level) for row in rows)
    for half in ("development", "held"):
        assert counted[half, "conflict", "none"] + counted[half, "conflict", "strange"] == 0
        assert counted[half, "none", "conflict"] == 0
    # true conflicts told as conflicts: the gate figure
    assert (counted["development", "conflict", "conflict"], counted["development", "conflict", "may"]) == (28, 0)
    assert (counted["held", "conflict", "conflict"], counted["held", "conflict", "may"]) == (27, 1)
    assert (counted["held", "none", "none"], counted["held", "none", "strange"]) == (9, 5)
    clauses = [uses.touch(row["use"], slug).level for row in rows if row["label"] == "none" for slug in sorted(SLUGS)]
    assert clauses.count("conflict") == 0
