from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.disclosure.blanks import LONGEST, blanked
from headgate.disclosure.segments import WIDEST, segments


def told(card: str) -> list[tuple[str, str]]:
    text = blanked(card)
    return [(piece.kind, " ".join(text[piece.start : piece.end].split())) for piece in segments(text)]


def test_a_card_falls_into_headings_sentences_items_and_rows() -> None:
    card = "# Data\nOne here. Two\ngoes on.\n\nThree\n- first\n- second\n\n| a | b |\n|---|---|\n"
    assert told(card) == [
        ("heading", "# Data"), ("sentence", "One here."), ("sentence", "Two goes on."), ("sentence", "Three"),
        ("item", "- first"), ("item", "- second"), ("row", "| a | b |"), ("row", "|---|---|"),
    ]  # fmt: skip


def test_an_item_knows_its_heading_and_the_line_it_belongs_to() -> None:
    pieces = segments(blanked("## Use\nYou must ensure:\n- approval\n- consent\n\nDone.\n"))
    assert [(piece.heading, piece.lead) for piece in pieces if piece.kind == "item"] == [
        ("## Use", "You must ensure:")
    ] * 2
    assert pieces[-1].lead == ""


def test_prose_after_it_still_counts() -> None:
    assert told("---\na: b\n---\nOne.\n```\ncode\n```\nTwo.\n@misc{x, y={z}} Three.") == [
        ("sentence", "One."), ("sentence", "Two."), ("sentence", "Three."),
    ]  # fmt: skip


def test_signs_of_layout_do_not_part_words() -> None:
    assert told("Do **NOT** use [this](https://a.b/c) with `x`.") == [("sentence", "Do NOT use this with x .")]


def test_a_placeholder_takes_its_label_with_it() -> None:
    assert told("Curated by: [More Information Needed] Funded by: TODO We paid all of them.") == [
        ("sentence", "We paid all of them.")
    ]
    assert told("A long sentence that says very much in many words. Notes: TBD")[0] == (
        "sentence", "A long sentence that says very much in many words.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND.',
        "IN NO EVENT SHALL THE AUTHORS BE LIABLE FOR ANY CLAIM.",
        "Unless required by applicable law or agreed to in writing, it is distributed on an AS IS BASIS.",
        "You agree not to use the Model or Derivatives of the Model in any way that violates the law.",
        "You can't use the model to deliberately produce nor share illegal or harmful outputs.",
        "Users (both direct and downstream) should be made aware of the risks.",
    ],
)
def test_text_of_licences_and_templates_is_marked(text: str) -> None:
    assert {kind for kind, _ in told(text)} == {"licence"}


def test_the_list_below_a_licence_clause_is_licence() -> None:
    card = "You agree not to use the Model or Derivatives of the Model:\n- to harm minors\n- for fraud\n\nPlease cite us.\n"
    assert [kind for kind, _ in told(card)] == ["licence", "licence", "licence", "sentence"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab. \n#-*|`~<>!{}[]()@:1\x1f…'\"_\\"), max_size=400) | st.text(max_size=300))
def test_places_stay_true(card: str) -> None:
    text = blanked(card)
    assert len(text) == min(len(card), LONGEST)
    last = 0
    for piece in segments(text):
        assert last <= piece.start < piece.end <= len(text)
        assert piece.end - piece.start <= WIDEST
        last = piece.end
