from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate import clauses

# Invented sentences, each with the types that a reader gives it.
SAID = [
    ("You may not use the model to generate malware or to harass anybody.", {"use_restriction"}),
    ("The weights are for academic research purposes only.", {"use_restriction"}),
    ("This adapter is for non-commercial use.", {"commercial_limit"}),
    ("For commercial licensing please contact the authors.", {"commercial_limit"}),
    ("If your products have more than 700 million monthly active users you must ask us.", {"commercial_limit"}),
    ("You must retain the above copyright notice.", {"attribution"}),
    ("Any use must give appropriate credit to the makers.", {"attribution"}),
    ("Derivatives must be released under the same license.", {"share_alike"}),
    ("THE MODEL COMES WITHOUT WARRANTY OF ANY KIND.", {"disclaimer"}),
    ("We are not liable for any damage.", {"disclaimer"}),
    ("Each contributor grants you a patent license.", {"patent"}),
    ("You will not use outputs of this model to train any other large language model.", {"training_ban"}),
    ("Do not generate images of real people.", {"real_person_ban"}),
    ("Any depiction of a person's likeness requires their explicit consent.", {"real_person_ban"}),
    ("This license terminates automatically if you breach it.", {"termination"}),
    ("You may distribute copies of the weights.", {"redistribution"}),
    ("Do not re-upload this file.", {"redistribution"}),
]
SILENT = [
    "The model was trained on three billion words of the web.",
    "It can be used for medical question answering.",
    "It was not trained on outputs of other models.",
    "We thank everybody who helped us to notice errors in the early drafts.",
    "The source code is on our site and the paper is under review.",
    "No real people were photographed for this data set.",
    "Copyright 2026 by the makers of the thing.",
    '"Patent" means something in the sense of the law of patents elsewhere.',
    "The end of each season terminates with a feast.",
]


@pytest.mark.parametrize(("sentence", "types"), SAID)
def test_a_sentence_carries_its_type(sentence: str, types: set[str]) -> None:
    found = {type_ for type_, _, _ in clauses.labelled(sentence)}
    assert types <= found
    assert found - types <= {"redistribution", "use_restriction", "commercial_limit"}


@pytest.mark.parametrize("sentence", SILENT)
def test_prose_carries_none(sentence: str) -> None:
    assert clauses.labelled(sentence) == []


def test_lines_and_quotes_of_a_text() -> None:
    text = (
        "Some terms\n==========\n\n"
        "# You may copy the work. You must\n# retain this copyright notice in all copies.\n\n\n"
        "   * Provided \"as is\",\n   * without warranty of any kind.\n"
    )  # fmt: skip
    found = clauses.clauses(text)
    assert [(one.type, one.line) for one in found] == [("attribution", 4), ("disclaimer", 8)]
    assert found[0].quote == "You must\n# retain this copyright notice in all copies."
    assert [part.line for part in clauses.paragraphs(text)] == [1, 4, 8]
    for one in found:
        assert text[one.start : one.end] == one.quote
        assert clauses.verified(text, one.quote)


def test_a_quote_is_short_and_holds_what_matched() -> None:
    filler = "and so on and so forth " * 40
    text = f"Whereas {filler}you must retain the copyright notice {filler}in the end"
    (one,) = clauses.clauses(text)
    assert len(one.quote) <= clauses.QUOTED
    assert "retain the copyright notice" in one.quote
    assert not one.quote.startswith(" ")
    assert set(one.quote.split()) <= set(text.split())  # whole words


def test_what_a_heading_says_is_quoted_from_the_sentence_after_it() -> None:
    (one,) = clauses.clauses("3. Disclaimer of Warranty. The work comes to you without any warranty of any kind.")
    assert one.quote == "The work comes to you without any warranty of any kind."
    (one,) = clauses.clauses("Disclaimer of Warranty.")
    assert one.quote == "Disclaimer of Warranty."


def test_no_quote_stands_in_another_text() -> None:
    assert clauses.verified("You  must\ncredit us.", "must credit us")
    assert not clauses.verified("You must credit us.", "must not credit us")
    assert not clauses.verified("You must credit us.", " ")


@given(st.text(alphabet='not use model to. \n*#>-train"warranty()copyright', max_size=400))
def test_spans_hold_whatever_the_text(text: str) -> None:
    parts = clauses.paragraphs(text)
    assert all(text[p.start : p.end].strip() == text[p.start : p.end] != "" for p in parts)
    assert "".join(text.split()) == "".join("".join(text[p.start : p.end].split()) for p in parts)
    assert [p.line for p in parts] == [text.count("\n", 0, p.start) + 1 for p in parts]
    for one in clauses.clauses(text):
        assert text[one.start : one.end] == one.quote
        assert one.line == text.count("\n", 0, one.start) + 1


@pytest.mark.parametrize("unit", ["not it to ", "not a ", "you may not use ", "without ", "a", "\n* ", '"'])
def test_no_text_takes_long(unit: str) -> None:
    began = time.monotonic()
    clauses.clauses((unit * 60_000)[:60_000])
    assert time.monotonic() - began < 15


def test_front_matter_is_told_from_prose() -> None:
    import re

    assert re.sub(clauses.FRONT, "", "---\nlicense: cc-by-nc-4.0\n---\nHello") == "Hello"
    assert re.sub(clauses.FRONT, "", "-----\nlicense\n-----\n") == "-----\nlicense\n-----\n"


def test_every_type_has_rules() -> None:
    assert set(clauses.stems()) == set(clauses.TYPES)
    assert all(clauses.stems().values())
