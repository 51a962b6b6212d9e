from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import catalog, tables
from headgate.errors import UsageError
from headgate.report import explain as module
from headgate.report.explain import READERS, VERDICTS, explain, method_of, text
from headgate.report.explain_words import Context, Found

OPEN = [method.name for stage in catalog.CHECKING for method in catalog.methods(stage) if not method.sensitive]
SENSITIVE = [method.name for stage in catalog.CHECKING for method in catalog.methods(stage) if method.sensitive]
FACTS = ("card_text", "card_states_none", "no_licence_file", "parents", "several", "licence", "interval")
VALUES = {"found": 1.0, "clear": 0.0, "untold": None}
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


def test_every_open_check_has_words_and_no_other() -> None:
    words = {row["check"] for row in tables.rows("explanations.csv")}
    assert set(OPEN) - words == set(), "these checks lack words in data/explanations.csv"
    assert words - set(OPEN) == set()
    assert {row["check"] for row in tables.rows("rivals.csv")} == set(OPEN)


def test_every_row_of_the_words_is_whole() -> None:
    for row in tables.rows("explanations.csv"):
        assert row["unit"] in ("fault", "trait", "count", "share", "none"), row
        for verdict in VERDICTS:
            assert row[verdict].endswith("."), row
            assert set(re.findall(r"\{(\w*)\}", row[verdict])) <= {"value", "n"}, row
    for row in tables.rows("rivals.csv"):
        assert row["when"] in (*VERDICTS, "any"), row
        assert row["rival"].endswith("."), row
        # what a fact settles has a reason either way, everything else has one reason
        assert bool(row["rejected"]) + bool(row["open"]) == (2 if row["fact"] else 1), row
        assert row["fact"] in ("", *FACTS), row


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_of_every_check_names_a_rival_with_its_reason(name: str, verdict: str) -> None:
    for looked in ({}, dict.fromkeys(FACTS, True), dict.fromkeys(FACTS, False)):
        for reader in READERS:
            made = explain(Found("hf:model:a/b", name, VALUES[verdict], n=6, run="r1"), reader, Context(looked))
            assert made.against
            for one in made.against:
                assert one.status in ("rejected", "open")
                assert len(one.reason) > 15
                assert f"{one.rival} {one.status.capitalize()}: {one.reason}" in text(made)


def test_the_verdict_is_that_of_the_value() -> None:
    def of(check: str, value: float | None) -> str:
        return explain(Found("x", check, value, n=6)).verdict

    assert [of("licence_missing", v) for v in (1.0, 0.0, None, float("nan"))] == ["found", "clear", "untold", "untold"]
    assert [of("disclosure_gaps", v) for v in (2.0, 0.0, None)] == ["found", "clear", "untold"]
    assert [of("toxicity", v) for v in (0.001, 0.0)] == ["found", "clear"]
    assert of("values_lens", None) == "untold"
    # a base model, a norm or a clause is no fault; a broken licence is one
    assert [explain(Found("x", c, 1.0)).fault for c in ("never_aligned", "licence_conflict")] == [False, True]


@pytest.mark.parametrize("name", SENSITIVE)
def test_what_a_sensitive_check_found_is_explained_to_nobody(name: str) -> None:
    for check in (name, f"{name}.part"):
        with pytest.raises(UsageError, match="sensitive"):
            explain(Found("hf:model:a/b", check, 1.0, n=1), "engineer")


def test_a_fact_settles_a_rival_and_its_absence_leaves_it_open() -> None:
    found = Found("hf:model:a/b", "licence_missing", 1.0, n=1)
    told = {
        known: next(one for one in explain(found, "plain", Context(looked)).against if "LICENSE file" in one.rival)
        for known, looked in (
            ("yes", {"no_licence_file": True}),
            ("no", {"no_licence_file": False}),
            ("nobody looked", {}),
        )
    }
    assert told["yes"].status == "rejected"
    assert told["yes"].reason == "The list of its files was collected, and no such file is in it."
    assert told["no"].status == told["nobody looked"].status == "open"
    assert "not known" in told["nobody looked"].reason


def test_an_interval_excludes_an_accident_only_where_there_is_one() -> None:
    without = explain(Found("x", "q16", 0.2, n=10))
    within = explain(Found("x", "q16", 0.2, 0.1, 0.4, 10))
    status = [next(o.status for o in made.against if "accident" in o.rival) for made in (without, within)]
    assert status == ["open", "rejected"]
    assert any("not put into numbers" in line for line in without.unknown)
    assert not any("not put into numbers" in line for line in within.unknown)


def test_what_is_not_known_is_said() -> None:
    lines = explain(Found("x", "licence_missing", None, n=0), "plain", Context({}, 1, labelled=False)).unknown
    assert lines == (
        "Not known is not clean: it may be either way.", "No person has checked it by hand.",
        "Somebody contests this, and nobody has ruled on it yet.",
    )  # fmt: skip
    formal = explain(Found("x", "licence_missing", 1.0, n=1), "regulator", Context({}, 0, labelled=True)).unknown
    assert formal[1] == "A determination by a human reviewer is on record."
    assert "no determination of law" in formal[-1]


@pytest.mark.parametrize("reader", ["engineer", "regulator"])
def test_what_the_method_cannot_see_stands_in_its_own_words(reader: str) -> None:
    made = explain(Found("x", "licence_missing", 1.0, n=1), reader)
    assert made.limits == (
        "Its method cannot see: a licence in a LICENSE file or in the prose of a card; that is another check's work."
    )
    assert explain(Found("x", "licence_missing", 1.0, n=1)).limits == ""


def test_a_reader_nobody_knows_and_a_check_nobody_knows() -> None:
    with pytest.raises(UsageError, match="Choose from plain, engineer, regulator"):
        explain(Found("x", "licence_missing", 1.0), "child")
    made = explain(Found("x", "somebody_elses", 0.5, n=3))
    assert made.says == "What the check somebody_elses measured comes to 0.5."
    assert [one.status for one in made.against] == ["open"]
    assert method_of("../evil") is None


def test_an_axis_is_told_apart_from_the_whole() -> None:
    assert explain(Found("x", "toxicity.violence", 0.25, n=4)).says == (
        "What the part violence of the check toxicity measured comes to 25 %."
    )
    assert explain(Found("x", "membership.area", 0.0, n=4)).says.startswith("In the part area: One cannot tell")


def numbers(words: str) -> list[float]:
    return [float(one.replace(",", "")) for one in NUMBER.findall(words)]


@given(
    name=st.sampled_from(OPEN), reader=st.sampled_from(READERS),
    value=st.none() | st.floats(0, 1) | st.integers(0, 6).map(float),
    half=st.none() | st.floats(0, 1), n=st.none() | st.integers(0, 10**9),
    evidence=st.none() | st.text(max_size=40),
)  # fmt: skip
def test_every_number_in_the_text_is_a_stored_one(
    name: str, reader: str, value: float | None, half: float | None, n: int | None, evidence: str | None
) -> None:
    low, high = (None, None) if value is None or half is None else (max(0.0, value - half), value + half)
    found = Found("hf:model:a/b", name, value, low, high, n, evidence, "run-one")
    made = explain(found, reader)
    method = method_of(name)
    assert method
    words = "\n".join([made.says, *made.why, *made.unknown, *(f"{o.rival} {o.reason}" for o in made.against)])
    # the evidence is stored itself, and a summary of the method is quoted for a regulator
    for quoted in (module.told.plain(evidence, 600) if evidence else "", method.summary[1:], name):
        words = words.replace(quoted, " ") if quoted else words
    stored = [one for one in (value, low, high, n) if one is not None]
    for number in numbers(words):
        if reader == "plain":  # three digits, a share in per cent
            near = [
                abs(number - scale * one) <= 0.005 * abs(scale * one) + 1e-300 for one in stored for scale in (1, 100)
            ]
            assert any(near), (number, words)
        else:
            assert number in stored, (number, words)


def test_the_numbers_that_matter_are_there() -> None:
    found = Found("hf:dataset:a/b", "toxicity", 0.1234567, 0.1, 0.15, 4000, "x", "r")
    assert set(numbers(" ".join(explain(found, "engineer").why))) == {0.1234567, 0.1, 0.15, 4000.0}
    assert set(numbers(" ".join(explain(found, "regulator").why))) == {0.1234567, 0.1, 0.15, 4000.0}
    assert explain(found).says == "12.3 % of the texts are graded mild or toxic."
    assert explain(found).why[0] == "As far as chance goes, it may be as low as 10 % or as high as 15 %."


def test_a_part_of_a_measurement_is_a_figure_and_no_fault() -> None:
    part = explain(Found("hf:model:a/b", "group_fairness.recall", 0.75, 0.5, 0.9, 40, "a 0.9, b 0.15"))
    assert part.says == "What the part recall of the check group_fairness measured comes to 0.75."
    assert (part.verdict, part.fault) == ("figure", False)
    assert [one.status for one in part.against] == ["open"]
    assert explain(Found("hf:model:a/b", "group_fairness", 1.0, n=40)).fault


def test_what_was_measured_of_a_protected_copy_is_a_figure() -> None:
    made = explain(Found("file:sha256:00", "cuda.psnr", 23.5, n=40))
    assert (made.verdict, made.fault) == ("figure", False)
    assert explain(Found("file:sha256:00", "cuda.drop", None, n=40)).verdict == "untold"
