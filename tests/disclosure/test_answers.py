from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.disclosure.answers import QUOTED, applies, ask
from headgate.disclosure.questions import load, names

GAPS = load("disclosure_gaps")


def answers(card: str, name: str = "disclosure_gaps") -> dict[str, str]:
    return {one.item: one.answer for one in ask(card, load(name))}


def test_an_answer_quotes_the_card() -> None:
    card = (
        "# Set\nWe asked.  **Three annotators** were paid $15 per hour; ethics approval was given by our\nreview board."
    )
    given = {one.item: one for one in ask(card, GAPS)}
    assert (given["payment"].answer, given["number"].answer, given["ethics_review"].answer) == ("present",) * 3
    assert card[given["payment"].start : given["payment"].end] == given["payment"].quote
    assert given["payment"].quote.startswith("Three annotators** were paid")
    assert (given["consent"].answer, given["consent"].quote) == ("absent", "")
    assert given["ethics_review"].answer_to == "ethics review"


def test_a_long_quote_is_cut_around_its_match() -> None:
    card = "word " * 100 + "annotators were paid well " + "more " * 100
    (one,) = (one for one in ask(card, GAPS) if one.item == "payment")
    assert "annotators were paid" in one.quote
    assert len(one.quote) <= QUOTED


@pytest.mark.parametrize(
    ("card", "answer"),
    [
        ("Annotators were paid.", "present"), ("Annotators were not paid.", "denied"),
        ("Not only were annotators paid, they were thanked.", "present"),
        ("The labels are not final, but annotators were paid.", "present"),
        ("We will make sure that annotators are paid.", "unclear"), ("Were annotators paid?", "unclear"),
        ("You must ensure:\n- annotators are paid", "unclear"), ("`annotators were paid`", "present"),
        ("To ensure quality, annotators were paid.", "present"), ("Annotators were paid: no", "denied"),
        ("Annotators were not paid in round one. Annotators were paid in round two.", "present"),
        ("A paid API was used by annotators.", "absent"),
    ],
)  # fmt: skip
def test_negations_and_plans(card: str, answer: str) -> None:
    assert answers(card)["payment"] == answer


def test_where_a_set_has_no_such_answer_a_negation_gives_nothing() -> None:
    assert answers("It was not fine-tuned with RLHF.", "withheld_facts")["training_method"] == "silent"
    assert (
        answers("Fidelity will be measured by FID 3.2 of the synthetic set.", "metric_coverage")["fidelity"]
        == "mentioned"
    )


def test_what_stands_under_a_heading() -> None:
    assert answers("## Out-of-scope use\n\nToken classification.\n", "norm_statements")["norm"] == "present"
    assert answers("## Out-of-scope use\n\n[More Information Needed]\n", "norm_statements")["norm"] == "absent"


def test_whether_a_set_applies() -> None:
    assert applies("Labelled by crowdworkers.", GAPS)
    assert not applies("Weather in cells of a grid.", GAPS)
    assert applies("", load("values_lens"))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400) | st.lists(st.sampled_from([
    "annotators", "were", "paid", "not", "\n", "# ", "- ", "consent", "```", "<!--", "[More Information Needed]", "7B",
    "trained on", "synthetic", "must not use", ".", "?", "architecture", "disclosed", "e\u0301", "\u0130", "|", "---\n",
]), max_size=40).map(" ".join), st.sampled_from(names()))  # fmt: skip
def test_every_quote_is_in_the_card(card: str, name: str) -> None:
    questions = load(name)
    given = ask(card, questions)
    assert [one.item for one in given] == [item.name for item in questions.items]
    for one in given:
        assert one.answer in questions.answers
        assert one.quote == card[one.start : one.end]
        assert bool(one.quote) == (one.answer != questions.none)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(
    "part",
    ["annotators were not paid by annotators ", "a/", "<a", "[", "](", "{{", "@a{", "```\n", "- a:\n", " ", "1 ", "\u201c",
     "not disclosed model architecture size hardware and ", "must not be used only for research use ", "more information needed "],
)  # fmt: skip
def test_hostile_text_costs_little(name: str, part: str) -> None:
    questions = load(name)
    card = part * (12_000 // len(part))
    before = time.process_time()
    ask(card, questions)
    assert time.process_time() - before < 3  # 0.3 s here; without bounds it was minutes
